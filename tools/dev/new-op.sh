source "$MILLRACE_ROOT/tools/dev/common.sh"
exec python3 tools/new_op.py "$@"
