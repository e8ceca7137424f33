#!/usr/bin/env bash
# Runs a Matrix homeserver (Synapse) on loopback for people and tests: an independent login service.
#
#   tests/synapse/start.sh [--port N] [--dir DIR]
#
# Prints "listening on http://127.0.0.1:PORT" to standard output when it answers. Ends when its standard input
# closes or on SIGTERM, SIGINT or SIGHUP; "sleep infinity | tests/synapse/start.sh" keeps it without a terminal.
# Without --port the system chooses a free one; without --dir the data is new for each start and removed at the end.
# Open registration by m.login.dummy. Names are held in lower case; a leading "_" and all digits are refused.
# Needs python3 with venv and pip; the first start installs Synapse into target/synapse. Exit codes: 0 stopped,
# 2 wrong arguments, 3 could not run.
set -euo pipefail

readonly VERSION="1.163.2"
readonly START_LIMIT_S=90 STOP_LIMIT_S=15

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
home="${CARGO_TARGET_DIR:-$root/target}/synapse"
python="$home/venv/bin/python"
port="" dir="" keep=yes server=""

fail() { printf 'synapse: %s\n' "$2" >&2; exit "$1"; }

while (($#)); do
    case "$1" in
        --port) port="${2:-}"; shift 2 || fail 2 "--port needs a number" ;;
        --dir) dir="${2:-}"; shift 2 || fail 2 "--dir needs a folder" ;;
        *) fail 2 "unknown argument $1; usage: start.sh [--port N] [--dir DIR]" ;;
    esac
done
[[ -z "$port" || "$port" =~ ^[0-9]{1,5}$ ]] || fail 2 "--port needs a number, not $port"

install() {
    mkdir -p "$home"
    # Several starts at once install once.
    exec 9>"$home/lock"
    flock 9
    if [[ "$(cat "$home/installed" 2>/dev/null)" != "$VERSION" ]]; then
        command -v python3 >/dev/null || fail 3 "python3 is not installed"
        rm -f "$home/installed"
        python3 -m venv --clear "$home/venv" >&2 || fail 3 "python3 -m venv failed"
        "$home/venv/bin/pip" install --quiet --disable-pip-version-check "matrix-synapse==$VERSION" >&2 \
            || fail 3 "pip could not install matrix-synapse $VERSION"
        printf '%s\n' "$VERSION" >"$home/installed"
    fi
    exec 9>&-
}

configure() {
    [[ -n "$port" ]] || port="$("$python" -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
    if [[ -z "$dir" ]]; then
        dir="$(mktemp -d "$home/data.XXXXXX")"
        keep=no
    fi
    mkdir -p "$dir"
    dir="$(cd "$dir" && pwd)"
    [[ -f "$dir/homeserver.yaml" ]] || (cd "$dir" && "$python" -m synapse.app.homeserver --generate-config \
        --server-name localhost --report-stats=no --config-path homeserver.yaml \
        --data-directory "$dir") >"$dir/generate.log" 2>&1 || fail 3 "no configuration: see $dir/generate.log"
    # A later file wins, key by key at the top level.
    cat >"$dir/load.yaml" <<YAML
pid_file: "$dir/synapse.pid"
listeners:
  - {port: $port, bind_addresses: ["127.0.0.1"], type: http, tls: false, x_forwarded: false,
     resources: [{names: [client], compress: false}]}
database: {name: sqlite3, args: {database: "$dir/homeserver.db"}}
report_stats: false
suppress_key_server_warning: true
trusted_key_servers: []
federation_domain_whitelist: []
presence: {enabled: false}
enable_registration: true
enable_registration_without_verification: true
bcrypt_rounds: 4
rc_login: &unlimited
  address: {per_second: 100000, burst_count: 100000}
  account: {per_second: 100000, burst_count: 100000}
  failed_attempts: {per_second: 100000, burst_count: 100000}
rc_registration: {per_second: 100000, burst_count: 100000}
rc_message: {per_second: 100000, burst_count: 100000}
YAML
    # Warnings only, into a file: a line for each request would cost more than the login.
    cat >"$dir/log.yaml" <<YAML
version: 1
formatters: {plain: {format: '%(asctime)s %(levelname)s %(name)s %(message)s'}}
handlers: {file: {class: logging.FileHandler, filename: "$dir/synapse.log", formatter: plain}}
root: {level: WARNING, handlers: [file]}
disable_existing_loggers: false
YAML
    printf 'log_config: "%s"\n' "$dir/log.yaml" >>"$dir/load.yaml"
}

stop() {
    trap '' TERM INT HUP
    if [[ -n "$server" ]] && kill -TERM "$server" 2>/dev/null; then
        for ((i = 0; i < STOP_LIMIT_S * 10; i++)); do
            kill -0 "$server" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL "$server" 2>/dev/null || true
    fi
    [[ "$keep" == yes ]] || rm -rf "$dir"
}

answers() {
    "$python" - "$port" <<'PY' 2>/dev/null
import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
with opener.open(f"http://127.0.0.1:{sys.argv[1]}/_matrix/client/versions", timeout=2) as answer:
    sys.exit(answer.status != 200)
PY
}

install
configure
trap stop EXIT
trap 'exit 0' TERM INT HUP
cd "$dir"
# Where the system can, the server also ends when this script is killed outright.
leash=(); if command -v setpriv >/dev/null; then leash=(setpriv --pdeathsig TERM); fi
"${leash[@]}" "$python" -m synapse.app.homeserver -c homeserver.yaml -c load.yaml </dev/null >>"$dir/output.log" 2>&1 &
server=$!
for ((i = 0; ; i++)); do
    kill -0 "$server" 2>/dev/null || { tail -n 20 "$dir/output.log" >&2; keep=yes; fail 3 "it ended: see $dir/output.log"; }
    answers && break
    ((i < START_LIMIT_S * 2)) || { keep=yes; fail 3 "no answer in $START_LIMIT_S s: see $dir/synapse.log"; }
    sleep 0.5
done
printf 'listening on http://127.0.0.1:%s\n' "$port"

# Standard input is the leash: whoever started us lets go of it, also by dying. A signal interrupts the read, and a
# server that ends by itself is noticed within a second.
while kill -0 "$server" 2>/dev/null; do
    status=0
    read -r -t 1 _ || status=$?
    # Above 128 the second is over; else it is the end of the input.
    ((status == 0 || status > 128)) || exit 0
done
keep=yes
fail 3 "the server ended by itself: see $dir/synapse.log"
