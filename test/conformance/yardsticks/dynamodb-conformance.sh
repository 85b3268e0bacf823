#!/usr/bin/env bash
# Cases recorded from AWS: tier 1 and tier 2. Run `npm ci` in the checkout first.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" "$@"
export DYNAMODB_ENDPOINT=$SERVER_URL
cd "$suite"
npx vitest run tests/tier1 tests/tier2 2>&1 | tee "$out/dynamodb-conformance.log"
