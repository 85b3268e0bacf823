# The demonstration, as a newcomer runs it but smaller and on the test binary: every step of it must work.
set -euo pipefail
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
MILLRACE_PRESET=dev DEMO_USERS=600 DEMO_BIDS=200 ./dev demo --once --port "${DEMO_PORT:-4599}" --data "$data"
grep -q '<svg' build/demo/bid-lag.svg
