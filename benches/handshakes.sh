#!/usr/bin/env bash
# Does the first second of a run pay for something of ours? Plays short runs of app starts over TLS against nginx, each in a
# new process, and shows what the first second says of `tls`, `connect`, `first_byte` and lag beside the later ones.
#
#   benches/handshakes.sh [--program PATH] [--runs 10]
#
# Takes about a minute. Needs nginx and openssl (tests/nginx/start.sh). Builds nothing: the program is
# target/release/trtc-load unless another is named. Exit codes: 0 measured, 2 wrong arguments, 3 could not run.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
program="$root/target/release/trtc-load" runs=10

fail() { printf 'handshakes: %s\n' "$2" >&2; exit "$1"; }

while (($#)); do
    case "$1" in
        --program) program="${2:-}"; shift 2 || fail 2 "--program needs a path" ;;
        --runs) runs="${2:-}"; shift 2 || fail 2 "--runs needs a number" ;;
        *) fail 2 "unknown argument $1; usage: handshakes.sh [--program PATH] [--runs N]" ;;
    esac
done
[[ "$runs" =~ ^[1-9][0-9]?$ ]] || fail 2 "--runs needs a number from 1 to 99, not $runs"
[[ -x "$program" ]] || fail 3 "there is no program at $program; build it: cargo build --release"
command -v python3 >/dev/null || fail 3 "python3 is missing"

folder="$(mktemp -d)"
port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
mkfifo "$folder/leash"
"$root/tests/nginx/start.sh" --port "$port" --dir "$folder/nginx" <"$folder/leash" >"$folder/said" &
gateway=$!
exec 9>"$folder/leash"
# It ends when the leash is let go.
trap 'exec 9>&-; wait "$gateway" 2>/dev/null || true; rm -rf "$folder"' EXIT
for ((i = 0; i < 200; i++)); do
    [[ -s "$folder/said" ]] && break
    kill -0 "$gateway" 2>/dev/null || fail 3 "nginx does not start"
    sleep 0.1
done
[[ -s "$folder/said" ]] || fail 3 "nginx does not start within 20 s"

cat >"$folder/handshakes.toml" <<TOML
version = 1
budgets = []
[target]
url = "https://localhost:$port"
dialect = "gateway"
connection = "close"
[target.tls]
ca = "$folder/nginx/ca.pem"
[[apps]]
sdk_app_id = 1400000001
key = { text = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" }
[population]
accounts = 1000
[[scenarios]]
name = "login"
dwell = "50ms"
[[stages]]
name = "peak"
for = "4s"
rate = 50
spacing = "even"
TOML

for ((i = 1; i <= runs; i++)); do
    # The verdict (exit 1 or 4) is not what is asked.
    "$program" --profile "$folder/handshakes.toml" --out "$folder/runs-$i" --quiet 9>&- >"$folder/run.txt" 2>&1 ||
        (($? == 1 || $? == 4)) || fail 3 "the run failed: $(cat "$folder/run.txt")"
done

python3 - "$folder" "$runs" <<'PY'
import json
import pathlib
import sys

folder, runs = pathlib.Path(sys.argv[1]), int(sys.argv[2])
# What is looked at, by its tag's beginning: (first second's sum, count, largest; the later ones').
KINDS = {"tls": "phase.login.tls.", "connect": "phase.login.connect.", "first byte": "phase.login.first_byte.", "lag": "lag.login."}
print("| run | " + " | ".join(f"{kind}: first second, mean / largest | later" for kind in KINDS) + " |")
print("|--:|" + "--:|" * (2 * len(KINDS)))
worst = {kind: [0, 0] for kind in KINDS}
for run in range(1, runs + 1):
    lines = next((folder / f"runs-{run}").glob("*/recording.jsonl")).read_text().splitlines()
    seconds = [line for line in map(json.loads, lines) if line["kind"] == "second"]
    cells = []
    for kind, tag in KINDS.items():
        for late in (0, 1):
            found = [
                exact
                for second in seconds
                if (second["second"] > 0) == bool(late)
                for name, exact in second["series"].items()
                if name.startswith(tag)
            ]
            count, most = sum(one[0] for one in found), max((one[3] for one in found), default=0)
            mean = sum(one[1] for one in found) / max(count, 1)
            worst[kind][late] = max(worst[kind][late], most)
            cells.append(f"{mean / 1000:.2f} / {most / 1000:.2f} ms")
    print(f"| {run} | " + " | ".join(cells) + " |")
print("| largest | " + " | ".join(f"{most / 1000:.2f} ms" for kind in KINDS for most in worst[kind]) + " |")
PY
