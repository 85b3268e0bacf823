# CloudWatch Logs: groups, streams, events, filter patterns, functions' logs.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/support/run.sh"
js logs_*.test.mjs
