source "$MILLRACE_ROOT/tools/dev/common.sh"
install_packages build test tidy
cd "$MILLRACE_ROOT"
cmake --preset tidy >/dev/null
ninja -C build/tidy generated_shapes
files=("$@")
[ ${#files[@]} -gt 0 ] || mapfile -t files < <(git diff --name-only --diff-filter=d "$(git merge-base HEAD main)" -- 'src/*.cc'; git ls-files -m 'src/*.cc')
[ ${#files[@]} -gt 0 ] || { say "Nothing differs from main; name files, or: ./dev tidy \$(git ls-files 'src/*.cc')"; exit 0; }
printf '%s\n' "${files[@]}" | sort -u | xargs -P "$JOBS" -n 1 clang-tidy-16 -p build/tidy --quiet --warnings-as-errors='*'
