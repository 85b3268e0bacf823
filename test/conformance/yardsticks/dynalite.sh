#!/usr/bin/env bash
# dynalite's own tests; its server is replaced by a way to ours. Run `npm install` in the checkout first. PATTERN picks tests.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" "$@"
export MILLRACE_URL=$SERVER_URL DYNALITE_ROOT=$suite
cd "$suite"
: >"$out/dynalite.log"
for file in test/*.js; do # one by one: an assertion that comes late would end all that follow
  [ "$file" = test/helpers.js ] && continue
  npx mocha --require "$here/instead_of_dynalite.cjs" --require should --timeout 30000 --reporter dot \
    ${PATTERN:+--grep "$PATTERN"} "$file" >>"$out/dynalite.log" 2>&1 || true
done
grep -E '^ +[0-9]+ (passing|failing)' "$out/dynalite.log" | awk '{n[$2] += $1} END {for (kind in n) print n[kind], kind}'
