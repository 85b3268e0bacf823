#!/usr/bin/env bash
# The signing vectors of aws-c-auth against src/wire/sigv4*; needs no server. ../sigv4_vectors/README.md says what is compared.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
vectors=${1:?usage: aws-c-auth.sh DIR   (a checkout of aws-c-auth, outside this repository)}/tests/aws-signing-test-suite/v4
ninja -C "$root/build/dev" sigv4_vectors
"$root/build/dev/test/conformance/sigv4_vectors/sigv4_vectors" "$vectors"
