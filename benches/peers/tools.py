"""How each tool is told to do the work, and where its percentiles stand in what it says."""

import csv
import json
import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILT = ROOT / "target" / "peers"
PROGRAM = ROOT / "target" / "release" / "trtc-load"
BIN = BUILT / "bin"
VENV = BUILT / "venv" / "bin"


class Work:
    """One run's work: where to, how many connections, how long, and a rate where the tool keeps one."""

    def __init__(self, url, connections, seconds, rate, login, folder):
        self.url = url
        self.connections = connections
        self.seconds = seconds
        self.rate = rate
        self.login = login
        self.folder = folder
        self.log = folder / "said.txt"

    def said(self):
        return self.log.read_text(errors="replace")

    def complaint(self):
        """The first lines of what it wrote to its standard error, fit for a table."""
        said = Path(f"{self.log}.err").read_text(errors="replace")
        return " ".join(said.replace("|", "/").split("\n")[:2]).strip()[:160]


class Tool:
    """A tool in one way of running it. `ms` are its percentiles in milliseconds, p50, p90 and p99; None is unsaid."""

    # What install.sh calls the program.
    program = ""
    # How it sends: as fast as answers come, or at a rate.
    loop = "closed"
    version = ("--version",)

    def command(self, work):
        raise NotImplementedError

    def env(self, work):
        return {"LOGIN_BODY": work.login.body, "LOGIN_USER": work.login.user}

    def ms(self, work):
        raise NotImplementedError

    def remark(self, work):
        """What else it said of the run that a reader would have to see to distrust its percentiles."""
        return ""


class Wrk(Tool):
    name = program = "wrk"
    version = ("-v",)

    def command(self, work):
        size = ["-t1", f"-c{work.connections}", f"-d{work.seconds}s", "--timeout", "30s", "--latency"]
        return ["wrk", *size, "-s", str(HERE / "login.lua"), work.url]

    def ms(self, work):
        units = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
        found = dict(re.findall(r"^ +(50|90|99)% +(\S+) *$", work.said(), re.M))
        parts = {k: re.fullmatch(r"([0-9.]+)([a-z]+)", v) for k, v in found.items()}
        return [float(parts[k][1]) * units[parts[k][2]] if parts.get(k) else None for k in ("50", "90", "99")]


class Hey(Tool):
    name = program = "hey"
    # It has no switch for that.
    version = None

    def command(self, work):
        size = ["-c", str(work.connections), "-z", f"{work.seconds}s", "-t", "30"]
        body = ["-m", "POST", "-T", "application/json", "-H", f"X-User: {work.login.user}", "-d", work.login.body]
        return ["hey", *size, *body, f"{work.url}/v1/login"]

    def ms(self, work):
        # Debian's build prints a doubled percent sign.
        found = dict(re.findall(r"^ +(50|90|99)%+ in ([0-9.]+) secs", work.said(), re.M))
        return [float(found[k]) * 1000 if k in found else None for k in ("50", "90", "99")]


class Oha(Tool):
    name = program = "oha"
    more = ()

    def command(self, work):
        size = ["-c", str(work.connections), "-z", f"{work.seconds}s", "--no-tui", "--output-format", "json"]
        pace = ["-q", str(work.rate)] if self.loop == "paced" else []
        body = ["-m", "POST", "-T", "application/json", "-H", f"X-User: {work.login.user}", "-d", work.login.body]
        return [str(BIN / "oha"), *size, *pace, *self.more, *body, f"{work.url}/v1/login"]

    def ms(self, work):
        said = json.loads(work.said())["latencyPercentiles"]
        return [said[k] * 1000 if said.get(k) is not None else None for k in ("p50", "p90", "p99")]


class OhaPaced(Oha):
    name = "oha -q"
    loop = "paced"


class OhaCorrected(OhaPaced):
    name = "oha -q --latency-correction"
    more = ("--latency-correction",)


class K6(Tool):
    name = program = "k6"
    version = ("version",)

    def command(self, work):
        told = ["--no-usage-report", "--quiet", "--address", "", "--summary-export", str(work.folder / "k6.json")]
        return [str(VENV / "k6"), "run", *told, str(HERE / "login.js")]

    def env(self, work):
        rate = {"RATE": str(work.rate)} if self.loop == "paced" else {}
        size = {"USERS": str(work.connections), "DURATION": f"{work.seconds}s", "TARGET": work.url}
        return {**super().env(work), **size, **rate}

    def ms(self, work):
        said = json.loads((work.folder / "k6.json").read_text())["metrics"]["http_req_duration"]
        return [said.get(k) for k in ("med", "p(90)", "p(99)")]

    def remark(self, work):
        dropped = json.loads((work.folder / "k6.json").read_text())["metrics"].get("dropped_iterations")
        return f"{dropped['count']:.0f} iterations dropped" if dropped else ""


class K6Paced(K6):
    name = "k6 constant-arrival-rate"
    loop = "paced"


class Locust(Tool):
    name = program = "locust"

    def command(self, work):
        size = ["-u", str(work.connections), "-r", str(work.connections), "-t", f"{work.seconds}s"]
        told = ["--headless", "--only-summary", "--csv", str(work.folder / "locust"), "--host", work.url]
        return [str(VENV / "locust"), "-f", str(HERE / "locustfile.py"), *size, *told]

    def ms(self, work):
        with open(work.folder / "locust_stats.csv", newline="") as file:
            said = next(row for row in csv.DictReader(file) if row["Name"] == "Aggregated")
        return [float(said[k]) if said[k] not in ("", "N/A") else None for k in ("50%", "90%", "99%")]


class Goose(Tool):
    name = program = "goose"
    version = None
    more = ()

    def command(self, work):
        users = str(work.connections)
        size = ["--users", users, "--increase-rate", users, "--run-time", f"{work.seconds}s"]
        pace = ["--throttle-requests", str(work.rate)] if self.loop == "paced" else []
        quiet = ["--no-telnet", "--no-print-metrics", "--no-reset-metrics", "-q"]
        return [str(BIN / "peer-goose"), "--host", work.url, *size, *pace, *quiet, *self.more]

    def ms(self, work):
        said = json.loads(next(line for line in work.said().splitlines() if line.startswith("{")))
        return [said[k] for k in ("p50", "p90", "p99")]


class GoosePaced(Goose):
    name = "goose --throttle-requests"
    loop = "paced"


class GooseCorrected(GoosePaced):
    name = "goose --throttle-requests --co-mitigation average"
    more = ("--co-mitigation", "average")


class P99gate(Tool):
    name = program = "p99gate"
    loop = "paced"

    def command(self, work):
        size = ["--rps", str(work.rate), "-d", f"{work.seconds}s", "-c", str(work.connections), "-t", "30s"]
        head = ["-X", "POST", "-H", "Content-Type: application/json", "-H", f"X-User: {work.login.user}"]
        told = ["-b", work.login.body, "--no-proxy", "-o", "json"]
        return [str(BIN / "p99gate"), "run", f"{work.url}/v1/login", *size, *head, *told]

    def ms(self, work):
        said = json.loads(work.said())["latency"]
        return [said[k] / 1000 if said.get(k) is not None else None for k in ("p50_us", "p90_us", "p99_us")]

    def remark(self, work):
        return f"send lag p99 {json.loads(work.said())['send_lag']['p99_us'] / 1000:.0f} ms"


class TrtcLoad(Tool):
    name = program = "trtc-load"
    loop = "paced"
    # Felt counts from when a login was due, served from when it was sent.
    latency = "felt"
    # Fewer than these, or four for each connection, are not asked for.
    accounts = 20_000

    def command(self, work):
        profile = work.folder / "peers.toml"
        profile.write_text(self.profile(work))
        out = ["--out", str(work.folder / "runs"), "--target", work.url, "--quiet"]
        return [str(PROGRAM), "--profile", str(profile), *out]

    def env(self, work):
        return {"TRTC_LOAD_KEY": work.login.key}

    def profile(self, work):
        dialect = json.dumps(str(HERE / "session.toml"))
        return f"""
version = 1
seed = 1
budgets = ["login p99 < 250ms", "arrivals started > 99%"]
[target]
url = "{work.url}"
dialect = {dialect}
timeout = "30s"
connection = "keep"
preconnect = true
[[apps]]
sdk_app_id = {work.login.app}
key = {{ env = "TRTC_LOAD_KEY" }}
[population]
accounts = {max(self.accounts, 4 * work.connections)}
[[scenarios]]
name = "login"
dwell = "0s"
self_info = false
push = false
slots = {work.connections}
[[stages]]
name = "peak"
for = "{work.seconds}s"
rate = {work.rate}
spacing = "even"
"""

    def summary(self, work):
        return json.loads(next((work.folder / "runs").glob("*/summary.json")).read_text())

    def ms(self, work):
        login = next(o for o in self.summary(work)["operations"] if o["operation"] == "login")
        said = login["measured"][self.latency]
        return [said[k] for k in ("p50", "p90", "p99")] if said else [None] * 3

    def remark(self, work):
        said = self.summary(work)
        return f"{said['verdict']['outcome']}; lag p99 {said['peaks']['lag_p99_ms']:.1f} ms"


class TrtcLoadFull(TrtcLoad):
    name = "trtc-load flooded"
    loop = "flooded"
