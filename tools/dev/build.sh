source "$MILLRACE_ROOT/tools/dev/common.sh"
preset=${1:-release}
install_packages build
[ "$preset" = release ] || [ "$preset" = release-lto ] || install_packages test
[ "$preset" = tidy ] && install_packages tidy
build_preset "$preset"
