#!/usr/bin/env bash
# How fast `trtc-load mau` reads, and what memory an account takes: writes a log, reads it, prints both.
#
#   benches/log.sh [--program PATH] [--rows N] [--accounts N] [--folder DIR]
#
# The usual log has 100 million rows of 10 million accounts: 3.1 GB under DIR, removed at the end. Needs rustc and python3. Builds
# nothing else: the program is target/release/trtc-load unless another is named. Exit codes: 0 read, 2 wrong arguments,
# 3 could not run.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
program="$root/target/release/trtc-load" rows=100000000 accounts=10000000 folder="${TMPDIR:-/tmp}"

fail() { printf 'log: %s\n' "$2" >&2; exit "$1"; }

while (($#)); do
    case "$1" in
        --program) program="${2:-}"; shift 2 || fail 2 "--program needs a path" ;;
        --rows) rows="${2:-}"; shift 2 || fail 2 "--rows needs a number" ;;
        --accounts) accounts="${2:-}"; shift 2 || fail 2 "--accounts needs a number" ;;
        --folder) folder="${2:-}"; shift 2 || fail 2 "--folder needs a path" ;;
        *) fail 2 "unknown argument $1; usage: log.sh [--program PATH] [--rows N] [--accounts N] [--folder DIR]" ;;
    esac
done
[[ "$rows" =~ ^[1-9][0-9]{0,9}$ ]] || fail 2 "--rows needs a number from 1 on, not $rows"
[[ "$accounts" =~ ^[1-9][0-9]{0,7}$ ]] || fail 2 "--accounts needs a number from 1 to 99999999, not $accounts"
[[ -x "$program" ]] || fail 3 "there is no program at $program; build it: cargo build --release"
command -v rustc >/dev/null || fail 3 "rustc is missing; install Rust"
command -v python3 >/dev/null || fail 3 "python3 is missing"

work="$(mktemp -d -p "$folder")"
trap 'rm -rf "$work"' EXIT
rustc -O --edition 2024 -o "$work/rows" "$root/benches/log/rows.rs"
"$work/rows" "$rows" "$accounts" >"$work/logins.csv"

python3 - "$program" "$work/logins.csv" "$rows" <<'PY'
import json, os, resource, subprocess, sys, time

program, log, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
began = time.monotonic()
# The day is given: this machine's clock may be before it.
run = subprocess.run([program, "mau", log, "--as-of", "2026-12-31", "--output", "json"], stdout=subprocess.PIPE, check=True)
took = time.monotonic() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
found = json.loads(run.stdout)
if found["rows"]["logins"] != rows:
    sys.exit(f"log: {found['rows']['logins']} logins were counted of {rows}")
accounts = found["apps"][0]["mau_to_date"]
print(f"{rows:,} rows, {os.path.getsize(log) / 1e9:.2f} GB, {accounts:,} accounts")
print(f"{took:.1f} s: {rows / took / 1e6:.1f} million rows a second, {used.ru_utime:.1f} + {used.ru_stime:.1f} s of CPU")
print(f"{used.ru_maxrss / 1024:.0f} MiB at most: {used.ru_maxrss * 1024 / accounts:.1f} bytes an account")
PY
