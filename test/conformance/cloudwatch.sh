# CloudWatch: metrics through three protocols.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/support/run.sh"
js cloudwatch_*.test.mjs
