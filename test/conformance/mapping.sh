# Event source mappings, setting by setting.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/support/run.sh"
js mapping_*.test.mjs
