source "$MILLRACE_ROOT/tools/dev/common.sh"
install_packages build
install_runtime_packages
build_preset release millrace
exec build/release/src/millrace serve "$@"
