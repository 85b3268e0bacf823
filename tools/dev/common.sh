# Sourced by the commands of ./dev: saying what happens, installing what is missing, building.
set -euo pipefail
: "${MILLRACE_ROOT:?run this through ./dev}"
JOBS=${MILLRACE_JOBS:-$(nproc)}

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }
die() { printf '%s\n' "$*" >&2; exit 1; }

# packages_of SECTION...: the package names of these sections of packages.txt.
packages_of() {
  awk -v want=" $* " '/^\[/ {s=substr($1,2,length($1)-2); next} /^#|^$/ {next} index(want, " " s " ") {print $1}' \
    "$MILLRACE_ROOT/tools/dev/packages.txt"
}

# A program that is already here by other means (a Node from elsewhere, say) counts as installed.
have_package() {
  case "$1" in
    nodejs) command -v node >/dev/null && return ;;
    npm|git|curl|wrk|ccache|mold|cmake|python3) command -v "$1" >/dev/null && return ;;
    python3-venv) python3 -c 'import ensurepip' 2>/dev/null && return ;;
    g++) command -v g++ >/dev/null && return ;;
  esac
  dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed
}

install_packages() {
  command -v apt-get >/dev/null || die "This set-up installs Debian 12 packages; apt-get is not here. Install: $(packages_of "$@" | tr '\n' ' ')"
  local missing=() package as_root=()
  for package in $(packages_of "$@"); do have_package "$package" || missing+=("$package"); done
  [ ${#missing[@]} -eq 0 ] && return
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "Missing packages, and neither root nor sudo to install them: ${missing[*]}"
    as_root=(sudo)
  fi
  say "Installing Debian packages: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# npm_ci FOLDER: installs the locked packages there unless the lock has not changed since.
npm_ci() {
  local folder=$1 stamp="$1/node_modules/.millrace-lock"
  [ -f "$folder/package-lock.json" ] || return 0
  cmp -s "$folder/package-lock.json" "$stamp" 2>/dev/null && return
  say "Installing Node packages of $folder"
  (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error)
  cp "$folder/package-lock.json" "$stamp"
}

# The Python packages of the conformance tests, in a venv under build/.
python_venv() {
  local venv="$MILLRACE_ROOT/build/venv" lock="$MILLRACE_ROOT/test/conformance/requirements.txt"
  cmp -s "$lock" "$venv/.millrace-lock" 2>/dev/null && return
  say "Installing Python packages of the tests"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$lock"
  cp "$lock" "$venv/.millrace-lock"
}

# boto3 for Python functions. Pure Python: the folder serves whatever Python runs them.
python_sdk() {
  local folder="$MILLRACE_ROOT/runtimes/python/sdk" stamp="$MILLRACE_ROOT/runtimes/python/sdk/site-packages/.millrace-lock"
  cmp -s "$folder/requirements.txt" "$stamp" 2>/dev/null && return
  python_venv
  say "Installing the AWS SDK that Python functions find"
  rm -rf "$folder/site-packages"
  "$MILLRACE_ROOT/build/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
    --target "$folder/site-packages" -r "$folder/requirements.txt"
  # Sandboxes cannot write byte code, so it is there before them.
  "$MILLRACE_ROOT/build/venv/bin/python" -m compileall -q "$folder/site-packages" "$MILLRACE_ROOT/runtimes/python/millrace_runtime"
  cp "$folder/requirements.txt" "$stamp"
}

install_runtime_packages() {
  local lock
  python_sdk
  for lock in "$MILLRACE_ROOT"/runtimes/node/*/package-lock.json; do
    if [ -f "$lock" ]; then npm_ci "$(dirname "$lock")"; fi
  done
}

# build_preset PRESET [TARGET...]
build_preset() {
  local preset=$1
  shift
  cd "$MILLRACE_ROOT"
  [ -f "build/$preset/build.ninja" ] || { say "Configuring $preset"; cmake --preset "$preset" >"/tmp/millrace-configure-$$.log" || { cat "/tmp/millrace-configure-$$.log"; exit 1; }; }
  say "Building $preset ($JOBS jobs)"
  ninja -C "build/$preset" -j"$JOBS" "$@"
}

# start_server LOG_FILE ARGS...: starts the binary, waits for its ready line, sets SERVER_PID and SERVER_URL.
start_server() {
  local log=$1 binary=$2
  shift 2
  : >"$log"
  "$binary" serve "$@" >"$log" 2>"$log.err" &
  SERVER_PID=$!
  local tries=0
  until SERVER_URL=$(grep -om1 'http://[^ ]*' "$log"); do
    kill -0 "$SERVER_PID" 2>/dev/null || { cat "$log.err" >&2; die "millrace did not start"; }
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || die "millrace did not become ready in 60 s; see $log.err"
    read -rt 0.1 <> <(:) || true
  done
}
