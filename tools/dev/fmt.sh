source "$MILLRACE_ROOT/tools/dev/common.sh"
command -v clang-format-16 >/dev/null || install_packages test
cd "$MILLRACE_ROOT"
mapfile -t files < <(git ls-files '*.cc' '*.h')
if [ "${1:-}" = --check ]; then
  clang-format-16 --dry-run --Werror "${files[@]}" && say "Formatting is clean"
else
  clang-format-16 -i "${files[@]}"
fi
