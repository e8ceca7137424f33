"""What a login takes in instructions, for this program, oha and wrk, and what ours is made of. See instructions.sh."""

import argparse
import datetime
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import callgrind
import lineup
import measure
import tools
from login import Login
from server import Server

CONNECTIONS = 200
# Logins a second of the two runs of a tool that keeps a rate.
RATES = (300, 900)
# What a closed loop runs: as fast as answers come, for a part of the time and for all of it.
SHARES = (0.3, 1.0)
# Of what the longer run is to send. Below it what waits and is given up costs something too.
ENOUGH = 0.98
# What a run may take beyond its seconds. Under callgrind a program is about fifty times slower.
GRACE_S = 180
# A program that signs anew would be charged for it in the longer run alone: the shorter one meets each account as well.
ACCOUNTS = 1_500
PACKAGES = {"nginx": "nginx-light", "wrk": "wrk", "valgrind": "valgrind"}


class Ours(tools.TrtcLoad):
    accounts = ACCOUNTS


LINEUP = [Ours(), tools.OhaPaced(), tools.Wrk()]


class Run:
    """One run under callgrind: its instructions by function, and the requests that nginx counted."""

    def __init__(self, profile, requests):
        self.profile = profile
        self.requests = requests


def arguments():
    parser = argparse.ArgumentParser(prog="instructions.sh", description=__doc__)
    parser.add_argument("--only", default="", help="tools, comma-separated: trtc-load, oha, wrk")
    parser.add_argument("--seconds", type=int, default=10, help="how long a run sends, 5 to 60")
    parser.add_argument("--times", type=int, default=5, help="how often each is measured, 1 to 15: the median is told")
    parser.add_argument("--functions", type=int, default=3, help="functions named in each part of ours, 1 to 50")
    parser.add_argument("--program", type=Path, help="trtc-load; target/measured/trtc-load unless another is named")
    parser.add_argument("--keep", type=Path, help="a folder for callgrind's files, for callgrind_annotate")
    asked = parser.parse_args()
    if not (5 <= asked.seconds <= 60 and 1 <= asked.functions <= 50 and 1 <= asked.times <= 15):
        parser.error("--seconds is 5 to 60, --functions 1 to 50 and --times 1 to 15")
    return asked


def fail(code, what):
    print(f"instructions: {what}", file=sys.stderr)
    sys.exit(code)


def needed(taking_part):
    """Ends where something is missing that is not built here; oha is built under target/."""
    names = {tool.program for tool in taking_part}
    wanted = ["nginx", "valgrind", *(["wrk"] if "wrk" in names else [])]
    gone = [name for name in wanted if not (shutil.which(name) or Path(f"/usr/sbin/{name}").exists())]
    if gone:
        packages = " ".join(PACKAGES[name] for name in gone)
        fail(3, f"{', '.join(gone)} missing; on Debian: apt-get install {packages}")
    # Also where it takes no part: it signs the UserSig that the others send.
    if not tools.PROGRAM.exists():
        fail(3, f"there is no program at {tools.PROGRAM}; build it: cargo build --profile measured")
    if "oha" in names and subprocess.run([tools.HERE / "install.sh", "oha"]).returncode:
        fail(3, "oha could not be built; see above, or leave it out: --only trtc-load,wrk")


def versions(taking_part):
    """What each tool calls itself."""
    programs = {"trtc-load": tools.PROGRAM, "oha": tools.BIN / "oha", "wrk": "wrk"}
    found = []
    for tool in taking_part:
        done = subprocess.run([programs[tool.program], *tool.version], capture_output=True, text=True)
        found.append((done.stdout + done.stderr).splitlines()[0].split(" [")[0])
    valgrind = subprocess.run(["valgrind", "--version"], capture_output=True, text=True)
    return ", ".join([*found, valgrind.stdout.strip()])


def run(tool, server, work, out):
    before = server.quiet()
    command = callgrind.wrapped(tool.command(work), out)
    usage = measure.play(command, tool.env(work), work.log, work.seconds + GRACE_S)
    # The question for the counts is one request of its own.
    requests = server.counts().requests - before.requests - 1
    print(f"{tool.name}: {requests:,} requests in {usage.wall_s:.0f} s, exit {usage.code}", file=sys.stderr)
    if usage.code is None or usage.code < 0 or requests < 1:
        fail(1, f"{tool.name} was ended or sent nothing: {work.complaint()}")
    return Run(callgrind.Profile(out), requests)


class Pair:
    """The short run and the long one of a tool: what a request takes is their difference."""

    def __init__(self, less, more):
        self.less = less
        self.more = more
        self.requests = more.requests - less.requests
        self.instructions = more.profile.total - less.profile.total

    def each(self):
        return self.instructions / self.requests


def both(tool, server, login, seconds, folder):
    """The short run and the long one, with their files in `folder`."""
    runs = []
    for number in range(2):
        place = folder / f"{tool.program}-{number}"
        place.mkdir(parents=True)
        paced = tool.loop == "paced"
        lasts = seconds if paced else max(1, round(seconds * SHARES[number]))
        work = tools.Work(server.next_url(), CONNECTIONS, lasts, RATES[number] if paced else 0, login, place)
        runs.append(run(tool, server, work, place / "callgrind.out"))
    return Pair(*runs)


def median(pairs):
    """The pair in the middle by what a request takes. How many wake-ups fall together differs from run to run."""
    return sorted(pairs, key=Pair.each)[len(pairs) // 2]


def parts(found, rules):
    """What `found` says of each part, and of the functions in it."""
    by_function = {}
    for (file, function), cost in found.items():
        fits = (rule["part"] for rule in rules if re.search(rule["fits"], f"{function} @ {file}"))
        by_function.setdefault(function, []).append((next(fits, None), cost))
    sums = {}
    for function, rows in by_function.items():
        # Lines of the standard library go with the most of those that have a part.
        most = max((row for row in rows if row[0]), key=lambda row: row[1], default=("not named", 0))[0]
        for part, cost in rows:
            inside = sums.setdefault(part or most, {})
            inside[function] = inside.get(function, 0) + cost
    return sums


def short(function):
    """A function's name without its crate's hash, its types and its turns."""
    name = re.sub(r"::h[0-9a-f]{16}$|'\d+$", "", function)
    while (shorter := re.sub(r"(?<=.)<[^<>]*>", "", name)) != name:
        name = shorter
    name = re.sub(r"^<([^<>]+?)( as [^<>]+)?>::", r"\1::", name)
    return re.sub(r":{4,}", "::", name).replace("{{closure}}", "{}")[-70:]


def document(asked, named, all_pairs, login_parts):
    day = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    lines = [
        f"# Instructions of a login, {day}",
        "",
        f"{CONNECTIONS} kept connections, runs of {asked.seconds} s. Paced: {RATES[0]} and {RATES[1]} a second. wrk keeps no rate: a",
        f"closed loop, for three tenths of the time and for all of it. {named}.",
        f"Of {asked.times} such pairs the median, with the least and the most.",
        "",
        "| tool | loop | requests | instructions | a request | least to most |",
        "|---|---|--:|--:|--:|--:|",
    ]
    slow = []
    wanted = RATES[1] * asked.seconds
    for tool, pairs in all_pairs:
        told, costs = median(pairs), [pair.each() for pair in pairs]
        counted = f"{told.more.requests:,} - {told.less.requests:,}"
        spread = f"{min(costs):,.0f} to {max(costs):,.0f}"
        lines.append(f"| {tool.name} | {tool.loop} | {counted} | {told.instructions:,} | {told.each():,.0f} | {spread} |")
        sent = min(pair.more.requests for pair in pairs)
        if tool.loop == "paced" and sent < ENOUGH * wanted:
            slow.append(f"This machine was too slow for {tool.name}: {sent:,} of {wanted:,} requests were sent in time.")
    lines += ["", *slow] if slow else []
    if login_parts:
        lines += ["", *login_parts]
    return "\n".join(lines) + "\n"


def table(asked, pair):
    """The parts of our login, and the largest functions of each."""
    less, more, requests = pair.less, pair.more, pair.requests
    rules = tomllib.loads((tools.HERE / "parts.toml").read_text())["parts"]
    found = callgrind.difference(more.profile, less.profile)
    whole = sum(found.values())
    if not whole:
        return ["No function of this program has a name: build it by `cargo build --profile measured` to see its parts."]
    sums = parts(found, rules)
    lines = [
        "| part of a login of trtc-load | instructions | share | its largest functions |",
        "|---|--:|--:|---|",
    ]
    rows = sorted(sums.items(), key=lambda row: -sum(row[1].values()))
    for part, inside in [row for row in rows if row[0] != "not named"] + [("not named", sums.get("not named", {}))]:
        largest = sorted(inside.items(), key=lambda one: -one[1])[: asked.functions]
        named = ", ".join(f"`{short(name)}` {cost / requests:,.0f}" for name, cost in largest if cost / requests >= 1)
        cost = sum(inside.values())
        lines.append(f"| {part} | {cost / requests:,.0f} | {cost / whole:.1%} | {named} |")
    unnamed = sum(sums.get("not named", {}).values())
    by_second = sum(sum(sums.get(rule["part"], {}).values()) for rule in rules if rule.get("per") == "second")
    lines += [
        "",
        f"Named: {1 - unnamed / whole:.1%} of {whole / requests:,.0f} instructions. By second and at the end, which changes with",
        f"how far latencies spread: {by_second / requests:,.0f}; on the way of the login itself: {(whole - by_second) / requests:,.0f}.",
    ]
    return lines


def main():
    asked = arguments()
    taking_part = lineup.chosen(LINEUP, asked.only)
    # One with names: what a login is made of is told by them.
    named = tools.ROOT / "target" / "measured" / "trtc-load"
    tools.PROGRAM = asked.program.resolve() if asked.program else named
    needed(taking_part)
    login = Login(tools.PROGRAM)
    with tempfile.TemporaryDirectory() as scratch, Server(Path(scratch) / "nginx") as server:
        folder = Path(scratch)
        # By turns, so that whatever changes on the machine meanwhile meets all of them.
        rounds = [
            [both(tool, server, login, asked.seconds, folder / str(turn)) for tool in taking_part]
            for turn in range(asked.times)
        ]
        all_pairs = list(zip(taking_part, zip(*rounds)))
        if asked.keep:
            asked.keep.mkdir(parents=True, exist_ok=True)
            for out in [*folder.glob("*/*/callgrind.out*"), *folder.glob("*/*/said.txt*")]:
                shutil.copy(out, asked.keep / f"{out.parent.parent.name}.{out.parent.name}.{out.name}")
    ours = next((median(pairs) for tool, pairs in all_pairs if tool.program == "trtc-load"), None)
    print(document(asked, versions(taking_part), all_pairs, table(asked, ours) if ours else []), end="")


if __name__ == "__main__":
    main()
