#!/usr/bin/env bash
# How many instructions does a login take on our side? Counts those of trtc-load, oha and wrk with valgrind's callgrind, all
# threads, user side, against one nginx with a fixed answer, as the difference between a short and a long run divided by the
# difference of the requests that nginx counted: what start, idle seconds and reports cost is in both and falls out.
#
#   benches/instructions.sh [--program PATH] [--only NAME,..] [--seconds 10] [--times 5] [--functions 3] [--keep DIR]
#
# Prints Markdown: what each tool takes, the median of --times such pairs, and the parts and functions that a login of trtc-load is
# made of. Takes about eight minutes; ends by itself, and ends what it started. Needs nginx, wrk and valgrind (it says how to get
# them), and target/measured/trtc-load (`cargo build --profile measured`) unless another program is named. oha is built under target/ where it is missing, which
# takes ten minutes more. CPU seconds swing with the machine; instructions hardly: on a busy machine what waits together costs less (3 %).
# --keep leaves callgrind's files, for callgrind_annotate.
# Exit codes: 0 measured, 1 a figure could not be had, 2 wrong arguments, 3 something is missing.
set -euo pipefail
exec python3 "$(dirname "${BASH_SOURCE[0]}")/peers/instructions.py" "$@"
