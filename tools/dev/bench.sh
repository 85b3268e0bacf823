source "$MILLRACE_ROOT/tools/dev/common.sh"
install_packages build bench
install_runtime_packages
build_preset release-lto millrace http_ping
exec python3 bench/run.py --millrace build/release-lto/src/millrace --http-ping build/release-lto/bench/http_ping "$@"
