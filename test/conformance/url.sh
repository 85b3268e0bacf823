# Function URLs: buffered, streaming, CORS, AWS_IAM.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/support/run.sh"
js url_*.test.mjs
