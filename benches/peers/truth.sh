#!/usr/bin/env bash
# Stops the server for 1.4 s while every tool sends 200 requests a second, and shows what each of them makes of it.
#
#   benches/peers/truth.sh [--only NAME,..]
#
# Leaves TRUTH.md in target/peers. Takes about 4 minutes, and longer the first time.
set -euo pipefail
exec python3 "$(dirname "${BASH_SOURCE[0]}")/truth.py" "$@"
