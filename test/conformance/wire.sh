# Bad requests and bare HTTP.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/support/run.sh"
js wire_*.test.mjs
