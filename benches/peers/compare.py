"""The comparison: every tool in turn, round after round, on the same login against the same server. See README.md."""

import argparse
import sys
import tempfile
from pathlib import Path

import lineup
import measure
import results
import tools
from login import Login
from server import MOST_CONNECTIONS, Server

LINEUP = [
    tools.Wrk(),
    tools.Hey(),
    tools.Oha(),
    tools.K6(),
    tools.Locust(),
    tools.Goose(),
    tools.OhaPaced(),
    tools.P99gate(),
    tools.TrtcLoad(),
    tools.TrtcLoadFull(),
]
# The rate of the tools that keep one, as a share of what wrk reaches: below what any of them can do.
PACE = 0.6
# Arrivals beyond what can be done, so that every device sends again as soon as it is answered.
FLOOD = 1.5
# What a run may take beyond its seconds: starting thousands of users, and writing reports.
GRACE_S = 60


def arguments():
    parser = argparse.ArgumentParser(prog="run.sh", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each tool runs, 1 to 50")
    parser.add_argument("--seconds", type=int, default=10, help="how long each run sends, 1 to 120")
    parser.add_argument("--devices", default="1000,10000", help="connections, comma-separated")
    parser.add_argument("--only", default="", help="tools, comma-separated; wrk always runs")
    asked = parser.parse_args()
    try:
        asked.devices = [int(text) for text in asked.devices.split(",")]
    except ValueError:
        parser.error("--devices needs numbers, such as 1000,10000")
    if not all(1 <= devices <= MOST_CONNECTIONS for devices in asked.devices):
        parser.error(f"--devices needs numbers from 1 to {MOST_CONNECTIONS}: all go to one address and port")
    if not (1 <= asked.rounds <= 50 and 1 <= asked.seconds <= 120):
        parser.error("--rounds is 1 to 50 and --seconds 1 to 120")
    return asked


def run(tool, server, work):
    """Plays one run. A run whose percentiles cannot be read is still measured."""
    before, busy = server.quiet(), measure.busy_s()
    usage = measure.play(tool.command(work), tool.env(work), work.log, work.seconds + GRACE_S)
    after, busy = server.counts(), measure.busy_s() - busy
    try:
        said, fault = tool.ms(work), ""
    except (OSError, ValueError, KeyError, StopIteration) as error:
        said, fault = [None] * 3, f"says no percentiles ({work.complaint() or type(error).__name__})"
    served_s = after.cpu_s - before.cpu_s
    return results.Run(
        # The question for the counts is one request of its own.
        requests=after.requests - before.requests - 1,
        connections=after.accepted - before.accepted,
        seconds=work.seconds,
        usage=usage,
        said=said,
        fault=fault,
        server_cores=served_s / usage.wall_s,
        other_cores=max(0.0, busy - usage.cpu_s - served_s) / usage.wall_s,
    )


def rate_of(tool, reached):
    return {"paced": int(reached * PACE), "flooded": int(reached * FLOOD)}.get(tool.loop, 0)


def main():
    asked = arguments()
    taking_part = lineup.chosen(LINEUP, asked.only, always=("wrk",))
    versions, missing = lineup.installed(taking_part, needed=("nginx", "trtc-load", "wrk"))
    login = Login(tools.PROGRAM)
    runs, rates = {}, {}
    with tempfile.TemporaryDirectory() as scratch, Server(Path(scratch) / "nginx") as server:

        def work(tool, devices, seconds, name):
            folder = Path(scratch) / name
            folder.mkdir()
            rate = rate_of(tool, rates.get(devices, 0))
            return tools.Work(server.next_url(), devices, seconds, rate, login, folder)

        for devices in asked.devices:
            first = run(LINEUP[0], server, work(LINEUP[0], devices, asked.seconds, f"first-{devices}"))
            rates[devices] = first.requests / asked.seconds
            print(f"{devices} devices: wrk reaches {rates[devices]:,.0f} requests/s", file=sys.stderr)
        for number in range(asked.rounds):
            for devices in asked.devices:
                # Every round begins with another tool, so that none is always the one after the heaviest.
                first = number % len(taking_part)
                for tool in [*taking_part[first:], *taking_part[:first]]:
                    if tool.program in missing:
                        continue
                    place = f"{number}-{devices}-{taking_part.index(tool)}"
                    one = run(tool, server, work(tool, devices, asked.seconds, place))
                    runs.setdefault((devices, tool.name), []).append(one)
                    print(f"round {number + 1}, {devices} devices, {tool.name}: {one}", file=sys.stderr)
    results.write(asked, taking_part, versions, missing, {d: int(rates[d] * PACE) for d in rates}, runs)
    print(tools.BUILT / "RESULT.md")


if __name__ == "__main__":
    main()
