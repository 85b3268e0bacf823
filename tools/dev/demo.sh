source "$MILLRACE_ROOT/tools/dev/common.sh"
once=0 port=4566 data="$MILLRACE_ROOT/millrace-data"
while [ $# -gt 0 ]; do
  case "$1" in
    --once) once=1 ;;
    --port) port=$2; shift ;;
    --data) data=$2; shift ;;
    *) die "usage: ./dev demo [--once] [--port N] [--data DIR]" ;;
  esac
  shift
done
install_packages build
install_runtime_packages
build_preset "${MILLRACE_PRESET:-release}" millrace
cd "$MILLRACE_ROOT"
mkdir -p build/demo
say "Starting Millrace (data in $data)"
start_server build/demo/server.log "build/${MILLRACE_PRESET:-release}/src/millrace" --port "$port" --data "$data"
trap 'kill -TERM $SERVER_PID 2>/dev/null; wait $SERVER_PID 2>/dev/null' EXIT
export AWS_ENDPOINT_URL=$SERVER_URL AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=demo AWS_SECRET_ACCESS_KEY=demo
export NODE_NO_WARNINGS=1 MILLRACE_PID=$SERVER_PID NODE_PATH="$MILLRACE_ROOT/runtimes/node/sdk/node_modules"
node examples/stream-table/demo.mjs
node examples/bid-lag/demo.mjs
if [ "$once" = 1 ]; then exit 0; fi
cat <<TXT

Millrace goes on running at $SERVER_URL until Ctrl-C. Try:
  curl -N \$(cat build/demo/stream-url)
  aws --endpoint-url $SERVER_URL dynamodb scan --table-name stream-user-table --max-items 2
  curl $SERVER_URL/_millrace/health
  curl $SERVER_URL/_millrace/metrics
TXT
wait "$SERVER_PID"
