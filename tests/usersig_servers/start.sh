#!/usr/bin/env bash
# Starts a small UserSig server on one of Tencent's official packages, for profiles/usersig-server.toml.
# Usage: tests/usersig_servers/start.sh [--python | --node] [--port 9101] [--delay-ms 5] [--faults]
#        tests/usersig_servers/start.sh --check: no server; signs anew what comes on standard input, see check.mjs
# Installs the package under target/. Its key is that profile's sample key unless TRTC_LOAD_KEY says another.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=${CARGO_TARGET_DIR:-$here/../../target}
mkdir -p "$target"
target=$(cd "$target" && pwd)

language=python
port=9101
rest=()
while [ $# -gt 0 ]; do
  case $1 in
    --python | --node | --check) language=${1#--} ;;
    --port) port=$2; shift ;;
    *) rest+=("$1") ;;
  esac
  shift
done
export TRTC_LOAD_KEY=${TRTC_LOAD_KEY:-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef}

# One at a time: two starts must not install into one folder.
exec 9>"$target/usersig-server.lock"
if command -v flock >/dev/null; then flock 9; fi

# Without a terminal or a pipe the server would end at once, as it does when its standard input closes.
if [ "$language" != python ]; then
  folder=$target/node/tls-sig-api-v2
  if [ ! -f "$folder/node_modules/tls-sig-api-v2/package.json" ]; then
    mkdir -p "$folder"
    npm install --silent --no-audit --no-fund --prefix "$folder" tls-sig-api-v2@1.0.2 >&2
    [ -f "$folder/package.json" ] || echo '{}' >"$folder/package.json"
  fi
  if [ "$language" = check ]; then exec node "$here/check.mjs" "$folder" 9>&-; fi
  exec node "$here/server.mjs" "$folder" --port "$port" "${rest[@]}" 9>&-
fi
venv=$target/usersig-server
if [ ! -f "$venv/installed" ]; then
  python3 -m venv --clear "$venv" >&2
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check tls-sig-api-v2==1.1 >&2
  touch "$venv/installed"
fi
exec "$venv/bin/python" "$here/server.py" --port "$port" "${rest[@]}" 9>&-
