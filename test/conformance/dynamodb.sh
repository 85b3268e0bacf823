# Tables, items, expressions and streams through the AWS SDK for JavaScript.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/support/run.sh"
js dynamodb_*.test.mjs
