#!/usr/bin/env bash
# ElectroDB's tests: a library that people use, against this server. Run `npm install` in the checkout first.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" "$@"
export LOCAL_DYNAMO_ENDPOINT=$SERVER_URL
cd "$suite"
# Its set-up ends at what the server has not (indexes of several attributes, say); what needs those tables then fails.
{ npm run test:init || true; npx mocha -r ts-node/register ${SPECS:-"./test/**.spec.*"}; } 2>&1 | tee "$out/electrodb.log"
