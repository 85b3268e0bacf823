source "$MILLRACE_ROOT/tools/dev/common.sh"
install_packages build
build_preset dev millrace
python3 tools/list_operations.py build/dev/src/millrace
