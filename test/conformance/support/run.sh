# Sourced by the suites beside this folder: finds the binary and the packages, runs what it is given.
: "${MILLRACE_ROOT:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)}"
export MILLRACE_ROOT
export MILLRACE_BINARY=${MILLRACE_BINARY:-$MILLRACE_ROOT/build/dev/src/millrace}
[ -x "$MILLRACE_BINARY" ] || { echo "no binary at $MILLRACE_BINARY: ./dev build dev" >&2; exit 1; }
cd "$MILLRACE_ROOT/test/conformance"

# js FILE...: with the AWS SDK for JavaScript; each file has its own server.
js() {
  [ -d node_modules ] || npm ci --no-audit --no-fund --loglevel=error
  node --test --test-timeout="${MILLRACE_TEST_TIMEOUT:-180000}" "$@"
}
