source "$MILLRACE_ROOT/tools/dev/common.sh"
install_packages build test
install_runtime_packages
for preset in ${1:-asan tsan}; do
  build_preset "$preset"
  ctest --test-dir "build/$preset" --output-on-failure -j"$JOBS"
done
