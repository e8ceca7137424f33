#!/usr/bin/env bash
# How much memory does a device hold while it is online? 15,000 devices log in at 5,000 a second and stay with their push
# channels open, without TLS and, through nginx, with it. The client's resident memory, less that of a run of 100 devices,
# by the number of devices between; Goose's share and everything else that is the client's is in it.
#
#   benches/memory.sh [--program PATH] [--devices N] [--tls-rate N]
#
# Takes about two minutes, nginx and openssl, and 35,000 descriptors in all, 16,000 in one process. Builds nothing: the
# program is target/release/trtc-load unless another is named. TLS comes slower (500 a second): a handshake costs a
# server more than two cores have at 5,000. Exit codes: 0 measured, 2 wrong arguments, 3 could not run.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
program="$root/target/release/trtc-load" devices=15000 tls_rate=500 rate=5000

fail() { printf 'memory: %s\n' "$2" >&2; exit "$1"; }

while (($#)); do
    case "$1" in
        --program) program="${2:-}"; shift 2 || fail 2 "--program needs a path" ;;
        --devices) devices="${2:-}"; shift 2 || fail 2 "--devices needs a number" ;;
        --tls-rate) tls_rate="${2:-}"; shift 2 || fail 2 "--tls-rate needs a number" ;;
        *) fail 2 "unknown argument $1; usage: memory.sh [--program PATH] [--devices N] [--tls-rate N]" ;;
    esac
done
[[ "$devices" =~ ^[1-9][0-9]{3,4}$ ]] || fail 2 "--devices needs a number from 1000 to 99999, not $devices"
[[ "$tls_rate" =~ ^[1-9][0-9]{0,3}$ ]] || fail 2 "--tls-rate needs a number from 1 to 9999, not $tls_rate"
[[ -x "$program" ]] || fail 3 "there is no program at $program; build it: cargo build --release"
nginx="$(command -v nginx || echo /usr/sbin/nginx)"
[[ -x "$nginx" ]] && command -v openssl >/dev/null || fail 3 "nginx or openssl is missing: install nginx-light and openssl"
ulimit -n "$(ulimit -Hn)"

folder="$(mktemp -d)"
started=()
trap '((${#started[@]} == 0)) || kill "${started[@]}" 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
export TRTC_LOAD_KEY=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

# A mock, and nginx before it as a TLS gateway that passes everything on. Both sides' connections come from several
# addresses, so that no pair of addresses needs more ports than there are.
gateway() {
    cd "$folder"
    mkfifo leash
    "$program" mock --until-stdin-closes --app 1400000001 <leash >mock.said &
    started+=($!)
    exec 9>leash
    for _ in $(seq 100); do [[ -s mock.said ]] && break; sleep 0.05; done
    local mock
    mock="$(sed -n 's|^listening on http://||p' mock.said)"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=localhost" \
        -addext "basicConstraints=critical,CA:FALSE" -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -keyout key.pem -out cert.pem 2>/dev/null
    cat >nginx.conf <<CONF
pid $folder/nginx.pid;
error_log $folder/error.log warn;
daemon off;
worker_processes 4;
worker_rlimit_nofile 16384;
events { worker_connections 16000; }
http {
  access_log off;
  client_body_temp_path $folder/body;
  proxy_temp_path $folder/proxy;
  fastcgi_temp_path $folder/fastcgi;
  uwsgi_temp_path $folder/uwsgi;
  scgi_temp_path $folder/scgi;
  map \$connection \$from { ~[0-4]\$ 127.0.0.5; default 127.0.0.6; }
  map \$http_upgrade \$become { default upgrade; '' close; }
  server {
    listen 127.0.0.1:9444 ssl reuseport backlog=8192;
    ssl_certificate $folder/cert.pem;
    ssl_certificate_key $folder/key.pem;
    ssl_protocols TLSv1.3;
    ssl_buffer_size 4k;
    location / {
      proxy_pass http://$mock;
      proxy_bind \$from;
      proxy_http_version 1.1;
      proxy_set_header Upgrade \$http_upgrade;
      proxy_set_header Connection \$become;
      proxy_read_timeout 600s;
    }
  }
}
CONF
    "$nginx" -c "$folder/nginx.conf" -p "$folder" &
    started+=($!)
    for _ in $(seq 100); do (exec 3<>/dev/tcp/127.0.0.1/9444) 2>/dev/null && return; sleep 0.05; done
    fail 3 "nginx does not start: $(cat error.log)"
}

# $1: a name; $2: devices; $3: arrivals a second; $4: lines of [target].
run() {
    local ramp=$(($2 / $3 + 1))
    cat >"$folder/$1.toml" <<TOML
version = 1
budgets = []
[target]
timeout = "20s"
source_addresses = ["127.0.0.2", "127.0.0.3"]
$4
[[apps]]
sdk_app_id = 1400000001
key = { env = "TRTC_LOAD_KEY" }
[population]
accounts = $2
[[scenarios]]
name = "login"
dwell = "$((ramp + 10))s"
self_info = false
slots = $2
[limits]
slots = $2
[[stages]]
name = "peak"
for = "$((1000 * $2 / $3))ms"
rate = $3
spacing = "even"
TOML
    # That the generator was short of a core (exit 4) is no fault of a device's memory.
    "$program" --profile "$folder/$1.toml" --out "$folder/$1" --quiet >"$folder/$1.said" 2>&1 ||
        (($? == 4)) || fail 3 "the run failed: $(cat "$folder/$1.said")"
}

# What the runs $1 (all) and $2 (a few) say, by device.
tell() {
    python3 - "$folder/$1" "$folder/$2" "$1" "$devices" "$3" <<'PY'
import json, pathlib, sys

FEW = 100

def summary(folder):
    return json.loads(next(pathlib.Path(folder).glob("*/summary.json")).read_text())

whole, few = summary(sys.argv[1]), summary(sys.argv[2])
name, devices, rate = sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
online = whole["peaks"]["online"]
memory = [one["generator"]["resident_mib_max"] for one in (whole, few)]
felt = {row["operation"]: row["measured"]["felt"] for row in whole["operations"]}
last = devices / rate + sum(felt[step]["max"] for step in ("login", "push")) / 1000
# Those 100 hold memory too.
kib = (memory[0] - memory[1]) * 1024 / (devices - FEW)
print(f"{name:6} {online} of {devices} online; {memory[0]:.1f} MiB, less {memory[1]:.1f} MiB of a run of {FEW}: "
      f"{kib:.1f} KiB a device; all online after {last:.2f} s at most ({devices / rate:.2f} s planned)")
PY
}

mock='url = "mock"
[target.mock]
service_time = "0ms"'
run few 100 10 "$mock"
run plain "$devices" "$rate" "$mock"
tell plain few "$rate"
gateway
tls="url = \"https://localhost:9444\"
[target.tls]
ca = \"$folder/cert.pem\""
run few-tls 100 10 "$tls"
run tls "$devices" "$tls_rate" "$tls"
tell tls few-tls "$tls_rate"
