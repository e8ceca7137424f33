"""What the runs came to: RESULT.md and RESULT.csv with the medians, RUNS.csv with every run."""

import csv
import datetime
import os
import platform
import statistics

from tools import BUILT

HEAD = [
    "tool", "devices", "loop", "runs", "cpu_s_per_million", "least", "most", "times_wrk", "requests_per_s",
    "rss_mib", "p50_ms", "p99_ms", "connections", "exit_codes", "note",
]  # fmt: skip
RUN_HEAD = [
    "tool", "devices", "round", "requests", "connections", "cpu_s", "wall_s", "rss_mib", "p50_ms", "p90_ms", "p99_ms",
    "exit_code", "server_cores", "other_cores",
]  # fmt: skip


class Run:
    """One run of one tool."""

    def __init__(self, requests, connections, seconds, usage, said, fault, server_cores, other_cores):
        self.requests = requests
        self.connections = connections
        self.per_s = requests / seconds
        self.usage = usage
        self.said = said
        self.fault = fault
        self.server_cores = server_cores
        self.other_cores = other_cores
        # CPU seconds for a million requests; none without a request.
        self.cost = usage.cpu_s / requests * 1e6 if requests > 0 else None

    def __str__(self):
        cost = f"{self.cost:.1f}" if self.cost is not None else "-"
        return f"{self.requests} requests, {cost} CPU s for a million, exit {self.usage.code} {self.fault}".rstrip()


def median(values):
    there = [value for value in values if value is not None]
    return statistics.median(there) if there else None


def row(tool, devices, runs, wrk, why):
    """A line of the table. Without runs it says why."""
    line = dict.fromkeys(HEAD)
    line |= {"tool": tool.name, "devices": devices, "loop": tool.loop, "runs": len(runs), "note": why}
    if not runs:
        return line
    costs = [run.cost for run in runs if run.cost is not None]
    codes = sorted({run.usage.code for run in runs})
    line |= {
        "cpu_s_per_million": median(costs),
        "least": min(costs, default=None),
        "most": max(costs, default=None),
        "times_wrk": median(costs) / wrk if costs and wrk else None,
        "requests_per_s": median(run.per_s for run in runs),
        "rss_mib": max(run.usage.rss_mib for run in runs),
        "p50_ms": median(run.said[0] for run in runs),
        "p99_ms": median(run.said[2] for run in runs),
        "connections": median(run.connections for run in runs),
        "exit_codes": " ".join(map(str, codes)),
        "note": "; ".join(sorted({run.fault for run in runs if run.fault})),
    }
    return line


def shown(value, digits):
    return "-" if value is None else f"{value:,.{digits}f}"


def markdown(line):
    spread = "-" if line["least"] is None else f"{line['least']:.1f} to {line['most']:.1f}"
    cells = [
        line["tool"], line["loop"], shown(line["cpu_s_per_million"], 1), spread, shown(line["times_wrk"], 2),
        shown(line["requests_per_s"], 0), shown(line["rss_mib"], 0), shown(line["p50_ms"], 1), shown(line["p99_ms"], 1),
        shown(line["connections"], 0), line["exit_codes"] or "-", line["note"],
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def busy(others):
    """On what machine, and how much of it others took: their cores in each run."""
    cores, took = len(os.sched_getaffinity(0)), median(others) or 0.0
    mark = " **It was busy: differences below a third say nothing.**" if took > 0.1 * cores else ""
    return f"Machine: {cores} cores, {platform.machine()}; others took {took:.1f} of them, by the median.{mark}"


def write(asked, taking_part, versions, missing, paces, runs):
    lines = []
    for devices in asked.devices:
        wrk = median(run.cost for run in runs.get((devices, "wrk"), []))
        for tool in taking_part:
            lines.append(row(tool, devices, runs.get((devices, tool.name), []), wrk, missing.get(tool.program, "")))
    BUILT.mkdir(parents=True, exist_ok=True)
    with open(BUILT / "RESULT.csv", "w", newline="") as file:
        out = csv.DictWriter(file, HEAD)
        out.writeheader()
        out.writerows(lines)
    with open(BUILT / "RUNS.csv", "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(RUN_HEAD)
        for (devices, name), each in runs.items():
            for number, run in enumerate(each, 1):
                used = run.usage
                counted = [run.requests, run.connections, used.cpu_s, used.wall_s, used.rss_mib]
                beside = [run.server_cores, run.other_cores]
                out.writerow([name, devices, number, *counted, *run.said, used.code, *beside])
    (BUILT / "RESULT.md").write_text(document(asked, versions, paces, runs, lines))


def document(asked, versions, paces, runs, lines):
    day = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    text = [
        f"# One login, over and over: {asked.rounds} interleaved rounds of {asked.seconds} s, {day}",
        "",
        busy([run.other_cores for each in runs.values() for run in each]),
        "",
        f"Versions: {named}.",
        "",
        "CPU: user and system seconds of the tool for a million requests as nginx counted them, median and spread of the",
        "rounds. closed: as fast as answers come. paced: at a rate. flooded: at a rate beyond what can be done. Requests a",
        "second are by nginx's count; p50 and p99 are what the tool says, and mean different things by tool and loop.",
        "",
    ]
    for devices in asked.devices:
        text += [
            f"## {devices:,} devices, paced at {paces[devices]:,} requests/s",
            "",
            "| tool | loop | CPU s/1M | spread | x wrk | requests/s | RSS MiB | p50 ms | p99 ms | connections | exit | note |",
            "|---|---|--:|---|--:|--:|--:|--:|--:|--:|---|---|",
            *(markdown(line) for line in lines if line["devices"] == devices),
            "",
        ]
    return "\n".join(text)
