#!/usr/bin/env bash
# Plays journal.toml and tells what the thread that ends the seconds costs (the journal and the live line are its work), as a
# share of the client's CPU, and how fast the recording grows.
#
#   cargo build --release && benches/journal.sh [PROGRAM]
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
exec python3 - "${1:-$here/../target/release/trtc-load}" "$here/journal.toml" <<'PYTHON'
import pathlib, subprocess, sys, tempfile, time

program, profile = sys.argv[1:]
with tempfile.TemporaryDirectory() as out:
    run = subprocess.Popen([program, "--profile", profile, "--out", out, "--quiet"], stdout=subprocess.PIPE, text=True)
    tasks = pathlib.Path(f"/proc/{run.pid}/task")
    journal = whole = 0
    while run.poll() is None:
        ticks = {}
        for task in tasks.glob("*"):
            try:
                fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
                ticks[(task / "comm").read_text().strip(), task.name] = int(fields[11]) + int(fields[12])
            except OSError:
                continue
        if ticks:
            whole = max(whole, sum(ticks.values()))
            journal = max(journal, sum(spent for (name, _), spent in ticks.items() if name == "seconds"))
        time.sleep(0.5)
    size = sum(file.stat().st_size for file in pathlib.Path(out).glob("*/recording.*"))
    print(run.stdout.read())
    print(f"client {whole / 100:.1f} CPU s, its journal thread {journal / 100:.2f}: {journal / max(whole, 1):.2%}")
    print(f"recording {size / 2**20:.2f} MiB for 60 s")
PYTHON
