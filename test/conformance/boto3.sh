# The same server through boto3: botocore checks checksums and parses strictly, and its waiters and paginators are used as people use them.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/support/run.sh"
python=$MILLRACE_ROOT/build/venv/bin/python
[ -x "$python" ] || python=python3
"$python" -m pytest -q -p no:cacheprovider boto3_tests
