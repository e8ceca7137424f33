#!/usr/bin/env bash
# Plays one login over and over with every tool against one nginx, and compares what it costs: README.md beside this file.
#
#   benches/peers/run.sh [--rounds 5] [--seconds 10] [--devices 1000,10000] [--only NAME,..]
#
# Leaves RESULT.md, RESULT.csv and RUNS.csv in target/peers. Takes about 25 minutes as it is, and longer the first time.
set -euo pipefail
exec python3 "$(dirname "${BASH_SOURCE[0]}")/compare.py" "$@"
