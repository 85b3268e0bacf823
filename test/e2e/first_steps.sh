# The README's first steps, word for word, with the AWS CLI: what a newcomer types must work.
set -euo pipefail
: "${MILLRACE_ROOT:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
export MILLRACE_ROOT
source "$MILLRACE_ROOT/tools/dev/common.sh"
python_venv
PATH=$MILLRACE_ROOT/build/venv/bin:$PATH
work=$(mktemp -d)
start_server "$work/server.log" "${MILLRACE_BINARY:-$MILLRACE_ROOT/build/dev/src/millrace}" --port 0 --data "$work/data"
trap 'kill -TERM $SERVER_PID 2>/dev/null; wait $SERVER_PID 2>/dev/null || true; rm -rf "$work"' EXIT

# The shell blocks between the two headings, but for the one that starts the server.
awk '/^## First steps/ {on=1} /^## Guides/ {on=0} on && /^```sh/ {code=1; next} /^```/ {code=0} on && code' "$MILLRACE_ROOT/README.md" |
  grep -v '^\./dev run' | sed "s|http://127.0.0.1:4566|$SERVER_URL|g" >"$work/steps.sh"
grep -q create-event-source-mapping "$work/steps.sh" || die "the README's first steps are not where they were"

cd "$work"
set -x
source "$work/steps.sh" >"$work/said.log"
set +x
grep -q 'the mill turns' "$work/said.log" || die "the item that was put is not in the scan"

# The function is turned by the item that was there (TRIM_HORIZON); it says so in its next tail, or the mapping does.
for ((asked = 0; asked < 600; asked++)); do
  result=$(aws lambda list-event-source-mappings --function-name listener --query 'EventSourceMappings[0].LastProcessingResult' --output text)
  [ "$result" = OK ] && break
done
[ "$result" = OK ] || die "the function was not turned: $result"

python3 - "$SERVER_URL" <<'PY'
import sys, boto3
assert boto3.client("dynamodb", endpoint_url=sys.argv[1]).list_tables()["TableNames"] == ["notes"]
PY
echo "The README's first steps work"
