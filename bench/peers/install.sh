#!/usr/bin/env bash
# install.sh FOLDER: the peers of bench/measures/peers.py, from npm, PyPI and Maven Central. Needs node, python3, java and mvn.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$1
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)  # maven would take it as relative to the pom
for tool in npm python3 java mvn; do command -v "$tool" >/dev/null || { echo "peers need $tool" >&2; exit 1; }; done
if ! cmp -s "$here/package.json" "$folder/package.json" || [ ! -d "$folder/node_modules" ]; then
  cp "$here/package.json" "$folder/"
  (cd "$folder" && npm install --omit=dev --no-audit --no-fund --loglevel=error)
fi
if ! cmp -s "$here/requirements.txt" "$folder/requirements.txt"; then
  python3 -m venv "$folder/python"
  "$folder/python/bin/pip" install --quiet -r "$here/requirements.txt"
  cp "$here/requirements.txt" "$folder/"
fi
if ! cmp -s "$here/pom.xml" "$folder/pom.xml"; then
  mvn -q -f "$here/pom.xml" dependency:copy-dependencies "-DoutputDirectory=$folder/dynamodb-local"
  cp "$here/pom.xml" "$folder/"
fi
