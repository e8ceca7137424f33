#!/usr/bin/env bash
# Who is at fault? Runs one profile 10 times against a healthy target, against a slow one, and from a starved
# generator, and prints what each run was called. Right is kept, broken, invalid.
#
#   benches/justice.sh [--program PATH] [--runs N]
#
# Takes about 5 minutes. Needs taskset (util-linux). Builds nothing: the program is target/release/trtc-load unless
# another is named. Exit codes: 0 every run was called what it is, 1 some were not, 2 wrong arguments, 3 could not run.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
program="$root/target/release/trtc-load" runs=10

fail() { printf 'justice: %s\n' "$2" >&2; exit "$1"; }

while (($#)); do
    case "$1" in
        --program) program="${2:-}"; shift 2 || fail 2 "--program needs a path" ;;
        --runs) runs="${2:-}"; shift 2 || fail 2 "--runs needs a number" ;;
        *) fail 2 "unknown argument $1; usage: justice.sh [--program PATH] [--runs N]" ;;
    esac
done
[[ "$runs" =~ ^[1-9][0-9]{0,2}$ ]] || fail 2 "--runs needs a number from 1 to 999, not $runs"
[[ -x "$program" ]] || fail 3 "there is no program at $program; build it: cargo build --release"
command -v taskset >/dev/null || fail 3 "taskset is missing; install util-linux"

# The last core that may be used here.
allowed="$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status)"
core="${allowed##*[-,]}"
folder="$(mktemp -d)"
hogs=()
let_go() { ((${#hogs[@]} == 0)) || kill "${hogs[@]}" 2>/dev/null || true; hogs=(); }
trap 'let_go; rm -rf "$folder"' EXIT

# $1: how long the mock works on each request.
profile() {
    cat >"$folder/$1.toml" <<TOML
version = 1
budgets = ["login p99 < 250ms", "arrivals started > 99%"]
[target]
url = "mock"
mock = { service_time = "$1" }
[[apps]]
sdk_app_id = 1400000001
key = { text = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" }
[population]
accounts = 5000
[[scenarios]]
name = "login"
dwell = "200ms"
slots = 300
[[stages]]
name = "peak"
for = "6s"
rate = 100
spacing = "even"
TOML
}

# $1: a name, the run's folder. The rest: the command that runs it. Its exit code is in $code.
play() {
    local out="$folder/$1"
    shift
    code=0
    "$@" --out "$out" --quiet >"$out.txt" 2>"$out.log" &
    local run=$! i
    if [[ "$starve" == yes ]]; then
        # From the moment at which the run has begun, for longer than its schedule.
        for ((i = 0; i < 300; i++)); do
            compgen -G "$out/*/recording.jsonl" >/dev/null && break
            sleep 0.1
        done
        for i in 1 2; do
            taskset -c "$core" bash -c 'while ((SECONDS < 8)); do :; done' &
            hogs+=("$!")
        done
    fi
    wait "$run" || code=$?
    let_go
}

profile 5ms
profile 400ms
names=(kept broken "bad input" "could not run" invalid)
wrong=0
printf '%-44s %6s %6s %8s %8s %6s  %s\n' "case" runs kept broken invalid other "lag p99, smallest to largest"
for case in healthy slow starved; do
    starve=no wrapper=() served=5ms
    case "$case" in
        healthy) what="healthy target" right=0 ;;
        slow) what="slow target, idle generator" right=1 served=400ms ;;
        starved) what="healthy target, starved generator" right=4 starve=yes
            wrapper=(taskset -c "$core" nice -n 19) ;;
    esac
    counts=(0 0 0 0 0) lags=()
    for ((n = 1; n <= runs; n++)); do
        play "$case-$n" "${wrapper[@]}" "$program" --profile "$folder/$served.toml"
        ((code <= 4)) || code=3
        counts[code]=$((counts[code] + 1))
        if ((code != right)); then
            wrong=$((wrong + 1))
            printf 'run %s of %s was called %s:\n' "$n" "$what" "${names[code]}" >&2
            head -n 5 "$folder/$case-$n.txt" "$folder/$case-$n.log" >&2
        fi
        lags+=("$(sed -n 's/.*lag p99 \([0-9.]*[a-zµ]*\).*/\1/p' "$folder/$case-$n.txt" | tail -n 1)")
    done
    # Sorted in microseconds, shown as they were printed.
    sorted="$(printf '%s\n' "${lags[@]}" \
        | awk '{ unit = $0; gsub(/[0-9.]/, "", unit); print ($0 + 0) * (unit == "s" ? 1e6 : unit == "ms" ? 1e3 : 1), $0 }' \
        | sort -g | cut -d' ' -f2)"
    printf '%-44s %6s %6s %8s %8s %6s  %s to %s\n' "$what" "$runs" "${counts[0]}" "${counts[1]}" "${counts[4]}" \
        "$((counts[2] + counts[3]))" "$(head -n 1 <<<"$sorted")" "$(tail -n 1 <<<"$sorted")"
done
exit $((wrong > 0))
