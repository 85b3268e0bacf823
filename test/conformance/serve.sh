# The program: options, start, end, and what it says when it cannot start.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/support/run.sh"
js serve_*.test.mjs
