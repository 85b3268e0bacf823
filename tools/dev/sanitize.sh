source "$MILLRACE_ROOT/tools/dev/common.sh"
install_packages build test
install_runtime_packages
# Libraries come without its instrumentation: what they lock inside is not seen. tsan.supp says the same of the one that is linked in.
export TSAN_OPTIONS="ignore_noninstrumented_modules=1:suppressions=$MILLRACE_ROOT/tools/dev/tsan.supp${TSAN_OPTIONS:+:$TSAN_OPTIONS}"
for preset in ${1:-asan tsan}; do
  build_preset "$preset"
  ctest --test-dir "build/$preset" --output-on-failure -j"$JOBS"
done
