# Functions: made, invoked, failing, streaming.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/support/run.sh"
js lambda_*.test.mjs
