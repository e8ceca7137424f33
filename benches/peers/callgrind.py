"""Runs a command under callgrind and reads what each of its functions took: instructions of its own, by source file."""

import re
from pathlib import Path

# `fn=(3) name` introduces a name, `fn=(3)` uses it again.
NAMED = re.compile(r"^(fl|fi|fe|fn|ob|cfn|cfi|cfl|cob)=\((\d+)\)(?: (.*))?$")
# A line, as it is or by how much it is further on, and the instructions there.
COST = re.compile(r"^(?:\*|[+-]?\d+) (\d+)$")
# What copies, clears and compares bytes counts where it is called: alone it says nothing of what for.
LENT = re.compile(r"^_*(mem(cpy|move|set|cmp|chr)|bcmp|strlen)")


def wrapped(command, out):
    """The command as callgrind runs it. Its threads take turns as they come: fair turns cost a hand-over each time."""
    return ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *command]


class Profile:
    """Instructions by (source file, function), and their sum."""

    def __init__(self, out):
        self.own = {}
        # What callgrind itself says of the whole.
        self.total = 0
        for path in sorted(Path(out).parent.glob(f"{Path(out).name}*")):
            self.read(path)
        found = sum(self.own.values())
        if abs(found - self.total) > 0.001 * self.total:
            raise SystemExit(f"{out}: its functions add up to {found:,}, and it states {self.total:,} instructions")

    def read(self, path):
        files, functions, file, function, called, is_call = {}, {}, "", "", "", False
        with open(path, errors="replace") as lines:
            for line in lines:
                line = line.rstrip("\n")
                if found := NAMED.match(line):
                    kind, number, name = found.groups()
                    if kind in ("ob", "cob"):
                        continue
                    names = functions if kind in ("fn", "cfn") else files
                    if name is not None:
                        names[number] = name
                    if kind == "fn":
                        function = names[number]
                    elif kind == "cfn":
                        called = names[number]
                    elif kind in ("fl", "fi", "fe"):
                        file = names[number]
                elif line.startswith("calls="):
                    is_call = True
                elif found := COST.match(line):
                    # The line behind a call is what the called function took, which is counted there.
                    if LENT.match(called) if is_call else not LENT.match(function):
                        self.own[file, function] = self.own.get((file, function), 0) + int(found.group(1))
                    is_call = False
                elif line.startswith("totals:"):
                    self.total += int(line.split()[1])


def difference(more, less):
    """By (source file, function) what `more` took beyond `less`; what is the same in both is left out."""
    keys = more.own.keys() | less.own.keys()
    found = {key: more.own.get(key, 0) - less.own.get(key, 0) for key in keys}
    return {key: cost for key, cost in found.items() if cost}
