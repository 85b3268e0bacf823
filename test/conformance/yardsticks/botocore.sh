#!/usr/bin/env bash
# botocore's own smoke tests for the services that Millrace has. Needs a Python with botocore's test requirements: PYTHON names it.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" "$@"
export AWS_ENDPOINT_URL=$SERVER_URL
python=${PYTHON:-$MILLRACE_ROOT/build/venv/bin/python}
cd "$suite"
"$python" -m pytest -q -p no:cacheprovider tests/integration/test_smoke.py -k 'dynamodb or lambda' 2>&1 | tee "$out/botocore.log"
