source "$MILLRACE_ROOT/tools/dev/common.sh"
# Every ring of tests, shortest first: checks, unit tests, real SDKs and crash tests, a little fuzzing.
pattern=${1:-}
install_packages build test
install_runtime_packages
npm_ci "$MILLRACE_ROOT/test/conformance"
python_venv
cd "$MILLRACE_ROOT"
mkdir -p build/test
passed=0 failed=0
step() {  # step NAME COMMAND...: runs it, counts it, goes on after a failure so that one run shows them all
  local name=$1 began=$SECONDS
  shift
  say "$name"
  if "$@"; then passed=$((passed + 1)); printf '    %s: ok (%d s)\n' "$name" $((SECONDS - began))
  else failed=$((failed + 1)); printf '    %s: FAILED (%d s)\n' "$name" $((SECONDS - began)); fi
}

build_preset dev
if [ -n "$pattern" ]; then exec ctest --test-dir build/dev --output-on-failure -R "$pattern"; fi

step "Layers" python3 tools/check_layers.py
step "Formatting" bash tools/dev/fmt.sh --check
step "Generated docs are up to date" python3 tools/list_operations.py --check build/dev/src/millrace
step "Unit tests" ctest --test-dir build/dev --output-on-failure -j"$JOBS"
step "Node runtime program" node --test runtimes/node/test/
step "Python runtime program" python3 -m unittest discover -s runtimes/python/test
for suite in test/conformance/*.sh test/e2e/*.sh test/sim/*.sh; do
  [ -f "$suite" ] && step "$(basename "$(dirname "$suite")"): $(basename "$suite" .sh)" bash "$suite"
done
step "Fuzzing from the corpus, 5 s each" bash tools/dev/fuzz.sh 5

printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
