"""Runs one tool and says what it took: seconds of CPU, memory, time."""

import os
import resource
import signal
import subprocess
import time
from pathlib import Path


class Usage:
    """What a process took, its ended children included; memory is the process's own peak."""

    def __init__(self, code, wall_s, cpu_s, rss_mib):
        self.code = code
        self.wall_s = wall_s
        self.cpu_s = cpu_s
        self.rss_mib = rss_mib


def play(command, env, log, most_s):
    """Runs the command to its end, or for `most_s` seconds. What it prints goes to `log` and `log`.err."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.monotonic()
    with open(log, "wb") as out, open(f"{log}.err", "wb") as err:
        child = subprocess.Popen(
            command, env={**os.environ, **env}, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
        )
        peak_kib = 0
        try:
            while child.poll() is None and time.monotonic() - begun < most_s:
                # ru_maxrss of a child begins at the size of whoever started it, so the peak is read while it runs.
                peak_kib = max(peak_kib, peak_of(child.pid))
                time.sleep(0.05)
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
    wall_s = time.monotonic() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Usage(child.returncode, wall_s, cpu_s, peak_kib / 1024)


def peak_of(pid):
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def busy_s():
    """CPU seconds of everything on this machine since it started."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    user, nice, system, _idle, _iowait, irq, softirq = map(int, fields[:7])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
