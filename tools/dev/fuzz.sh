source "$MILLRACE_ROOT/tools/dev/common.sh"
# Crashing inputs are kept in build/fuzz/crashes; each becomes a file in test/fuzz/corpus and a test.
seconds=${1:-60}
only=${2:-}
install_packages build test
build_preset fuzz fuzz_targets
cd "$MILLRACE_ROOT"
mkdir -p build/fuzz/crashes
failed=0
for target in build/fuzz/test/fuzz/*_fuzz; do
  name=$(basename "$target" _fuzz)
  [ -z "$only" ] || [ "$only" = "$name" ] || continue
  mkdir -p "build/fuzz/found/$name"
  say "Fuzzing $name for $seconds s"
  if ! "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
      -artifact_prefix="build/fuzz/crashes/$name-" "build/fuzz/found/$name" "test/fuzz/corpus/$name" >"build/fuzz/$name.log" 2>&1; then
    tail -40 "build/fuzz/$name.log"
    failed=1
  fi
  grep -E 'number_of_executed_units' "build/fuzz/$name.log" || true
done
exit $failed
