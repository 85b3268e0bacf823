#!/usr/bin/env bash
# ElectroDB's tests: a library that people use, against this server. Run `npm install` in the checkout first.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" "$@"
export LOCAL_DYNAMO_ENDPOINT=$SERVER_URL
cd "$suite"
# Its set-up ends at the first table that is refused (docs/conformance.md), with others still on their way: each run makes more of them.
{ for _ in 1 2 3 4 5; do npm run test:init && break; done || true; npx mocha -r ts-node/register ${SPECS:-"./test/**.spec.*"}; } 2>&1 | tee "$out/electrodb.log"
