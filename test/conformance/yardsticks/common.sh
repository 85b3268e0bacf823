# Sourced by the yardsticks: starts the server, gives its URL, ends it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${MILLRACE_ROOT:=$(cd "$here/../../.." && pwd)}"
export MILLRACE_ROOT
source "$MILLRACE_ROOT/tools/dev/common.sh"
[ $# -ge 1 ] && [ -d "$1" ] || die "usage: $(basename "$0") DIR   (a checkout of the suite, outside this repository)"
suite=$(cd "$1" && pwd)
out=$MILLRACE_ROOT/build/yardsticks
mkdir -p "$out"
data=$(mktemp -d)
unset AWS_PROFILE AWS_SESSION_TOKEN
start_server "$out/server.log" "${MILLRACE_BINARY:-$MILLRACE_ROOT/build/dev/src/millrace}" --port 0 --data "$data" --durability os
trap 'kill -TERM $SERVER_PID 2>/dev/null; wait $SERVER_PID 2>/dev/null || true; rm -rf "$data"' EXIT
export AWS_ACCESS_KEY_ID=AKIDTEST AWS_SECRET_ACCESS_KEY=secret AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
