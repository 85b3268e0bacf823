source "$MILLRACE_ROOT/tools/dev/common.sh"
install_packages build test
install_runtime_packages
npm_ci "$MILLRACE_ROOT/test/conformance"
python_venv
say "Everything ./dev test needs is here"
