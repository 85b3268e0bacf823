source "$MILLRACE_ROOT/tools/dev/common.sh"
install_packages build bench
install_runtime_packages
build_preset release-lto millrace http_ping bench_empty
arguments=()
for argument in "$@"; do
  arguments+=("$argument")
  [ "$argument" = --peers ] || continue
  "$MILLRACE_ROOT/bench/peers/install.sh" build/bench-peers
  arguments+=(build/bench-peers)
done
exec python3 bench/run.py --millrace build/release-lto/src/millrace --http-ping build/release-lto/bench/http_ping --cpp-function build/release-lto/bench/bench_empty.zip "${arguments[@]}"
