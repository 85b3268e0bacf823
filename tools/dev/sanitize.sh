source "$MILLRACE_ROOT/tools/dev/common.sh"
install_packages build test
install_runtime_packages
# RocksDB comes from Debian, without TSan's instrumentation: what it locks inside is not seen, and would be reported.
export TSAN_OPTIONS="ignore_noninstrumented_modules=1${TSAN_OPTIONS:+:$TSAN_OPTIONS}"
for preset in ${1:-asan tsan}; do
  build_preset "$preset"
  ctest --test-dir "build/$preset" --output-on-failure -j"$JOBS"
done
