#!/usr/bin/env bash
# dynalite's own tests; its server is replaced by a way to ours. Run `npm install` in the checkout first. PATTERN picks tests.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" "$@"
export MILLRACE_URL=$SERVER_URL DYNALITE_ROOT=$suite
cd "$suite"
npx mocha --require "$here/instead_of_dynalite.cjs" --require should --timeout 30000 ${PATTERN:+--grep "$PATTERN"} --reporter dot 2>&1 | tee "$out/dynalite.log"
