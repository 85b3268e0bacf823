# Killed and started again.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/support/run.sh"
js crash_*.test.mjs
