source "$MILLRACE_ROOT/tools/dev/common.sh"
install_packages build test
build_preset dev generated_shapes
python3 tools/check_layers.py
bash tools/dev/fmt.sh --check
python3 tools/check_headers.py
[ -x build/dev/src/millrace ] && python3 tools/list_operations.py --check build/dev/src/millrace
say "All checks pass"
