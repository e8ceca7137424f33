"""The truth table: what each tool reports of a server that stands still for 1.4 s, beside what must have happened."""

import argparse
import datetime
import sys
import tempfile
import threading
import time
from pathlib import Path

import lineup
import measure
import results
import tools
from login import Login
from server import Server

RATE = 200
SECONDS = 10
STALL_S = 1.4
# So long after the first request the stall begins: well inside the run.
STALL_AFTER_S = 4
# An arrival comes every 5 ms. Those of the stall wait: the i-th of them, from 0, for 1.4 s - i x 5 ms.
WAITED = sorted((1000 * STALL_S - i * 1000 / RATE for i in range(int(STALL_S * RATE))), reverse=True)


def truth(share):
    """The quantile of all arrivals by nearest rank, in milliseconds; those that do not wait take none."""
    rank_from_top = round(RATE * SECONDS * (1 - share))
    return WAITED[rank_from_top] if rank_from_top < len(WAITED) else 0.0


class Served(tools.TrtcLoad):
    name = "trtc-load served"
    latency = "served"


# Each tool with its connections, slots or users.
CASES = [
    (tools.TrtcLoad(), 400),
    (tools.TrtcLoad(), 10),
    (Served(), 10),
    (tools.K6Paced(), 400),
    (tools.K6Paced(), 10),
    (tools.OhaPaced(), 300),
    (tools.OhaPaced(), 10),
    (tools.OhaCorrected(), 10),
    (tools.GoosePaced(), 300),
    (tools.GoosePaced(), 10),
    (tools.GooseCorrected(), 10),
    (tools.P99gate(), 10),
    (tools.Wrk(), 10),
]


def freeze(server, before, stop, frozen):
    """Waits for the run's first request, then stops the server once. Runs beside the tool."""
    asked = 0
    while not stop.wait(0.02):
        asked += 1
        if server.counts().requests > before.requests + asked:
            if not stop.wait(STALL_AFTER_S):
                frozen.append(server.stall(STALL_S))
            break
    # How many of nginx's requests were questions of ours.
    frozen.append(asked)


def play(tool, connections, server, login, folder):
    work = tools.Work(server.next_url(), connections, SECONDS, RATE, login, folder)
    before, stop, frozen = server.quiet(), threading.Event(), []
    busy, begun = measure.busy_s(), time.monotonic()
    beside = threading.Thread(target=freeze, args=(server, before, stop, frozen))
    beside.start()
    try:
        usage = measure.play(tool.command(work), tool.env(work), work.log, 60)
    finally:
        stop.set()
        beside.join()
    after, wall_s = server.counts(), time.monotonic() - begun
    other = (measure.busy_s() - busy - usage.cpu_s - (after.cpu_s - before.cpu_s)) / wall_s
    requests = after.requests - before.requests - 1 - frozen[-1]
    try:
        _, p90, p99 = tool.ms(work)
        remark = tool.remark(work)
    except (OSError, ValueError, KeyError, StopIteration) as error:
        p90 = p99 = None
        remark = f"says no percentiles ({work.complaint() or type(error).__name__})"
    if len(frozen) < 2:
        remark = f"ended before the stall; {remark}"
    elif abs(frozen[0] - STALL_S) > 0.02:
        remark = f"the stall was {frozen[0]:.2f} s; {remark}"
    return (tool, connections, requests, p90, p99, usage.code, remark), other


def near(said, true):
    """Within a tenth and 20 ms: what waited is answered all at once, which takes a busy machine a while."""
    return said is not None and abs(said - true) <= 0.1 * true + 20


def document(rows, versions, others):
    day = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    p90, p99 = truth(0.9), truth(0.99)
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    text = [
        f"# What tools say of a stall, {day}",
        "",
        f"{RATE} requests a second for {SECONDS} s; nginx's worker is stopped for {STALL_S} s. Of {RATE * SECONDS:,} requests",
        f"{len(WAITED)} wait, the i-th of them {STALL_S} s - i x {1000 // RATE} ms: p90 is {p90 / 1000:.2f} s, p99 "
        f"{p99 / 1000:.2f} s. True: both within a tenth and 20 ms.",
        "",
        results.busy(others),
        "",
        f"Versions: {named}.",
        "",
        "| tool | connections | requests | p90 ms | p99 ms | true | exit | what it said |",
        "|---|--:|--:|--:|--:|---|---|---|",
        f"| by arithmetic | | {RATE * SECONDS:,} | {p90:.0f} | {p99:.0f} | | | |",
    ]
    for tool, connections, requests, said90, said99, code, remark in rows:
        cells = [f"{ms:.1f}" if ms is not None else "-" for ms in (said90, said99)]
        verdict = "yes" if near(said90, p90) and near(said99, p99) else "no"
        cells = [tool.name, str(connections), f"{requests:,}", *cells, verdict, str(code), remark]
        text.append("| " + " | ".join(cells) + " |")
    return "\n".join(text) + "\n"


def main():
    parser = argparse.ArgumentParser(prog="truth.sh", description=__doc__)
    parser.add_argument("--only", default="", help="tools, comma-separated")
    asked = parser.parse_args()
    taking_part = lineup.chosen([tool for tool, _ in CASES], asked.only)
    versions, missing = lineup.installed(taking_part, needed=("nginx", "trtc-load"))
    login = Login(tools.PROGRAM)
    rows, others = [], []
    with tempfile.TemporaryDirectory() as scratch, Server(Path(scratch) / "nginx") as server:
        for number, (tool, connections) in enumerate(CASES):
            if tool not in taking_part:
                continue
            if tool.program in missing:
                rows.append((tool, connections, 0, None, None, "-", missing[tool.program]))
                continue
            folder = Path(scratch) / str(number)
            folder.mkdir()
            row, other = play(tool, connections, server, login, folder)
            rows.append(row)
            others.append(other)
            print(f"{tool.name}, {connections} connections: p90 {rows[-1][3]}, p99 {rows[-1][4]}", file=sys.stderr)
            time.sleep(1)
    (tools.BUILT / "TRUTH.md").write_text(document(rows, versions, others))
    print(tools.BUILT / "TRUTH.md")


if __name__ == "__main__":
    main()
