"""The neutral server: one nginx worker with a fixed answer to POST /v1/login, and its own count of requests."""

import http.client
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

# Each run of a tool takes the next of these addresses, so that no run meets the closed connections of the one before.
ADDRESSES = [f"127.0.0.{last}" for last in range(2, 22)]
# The most connections to one address and port, and the most devices of a comparison.
MOST_CONNECTIONS = 10_000

CONF = """
pid {dir}/nginx.pid;
error_log {dir}/error.log warn;
daemon off;
worker_processes 1;
worker_rlimit_nofile {files};
events {{ worker_connections {connections}; multi_accept on; }}
http {{
  access_log off;
  client_body_temp_path {dir}/body;
  proxy_temp_path {dir}/proxy;
  fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi;
  scgi_temp_path {dir}/scgi;
  default_type application/json;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  reset_timedout_connection on;
  server {{
{listen}
    location = /v1/login {{
      return 200 '{{"code":0,"token":"{token}","user_id":"$http_x_user"}}';
    }}
    location = /status {{ stub_status; }}
  }}
}}
"""


class Counts:
    """What nginx has counted since it started."""

    def __init__(self, accepted, requests, active, cpu_s):
        self.accepted = accepted
        self.requests = requests
        self.active = active
        self.cpu_s = cpu_s


class Server:
    """nginx, from entering to leaving a `with` block."""

    def __init__(self, folder):
        self.folder = Path(folder).resolve()
        self.turn = 0

    def __enter__(self):
        # A terminated comparison leaves this block as an ended one does, and takes nginx and its tool with it.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        files = min(20_000, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        text = CONF.format(
            dir=self.folder,
            files=files,
            connections=files - 200,
            listen="\n".join(f"    listen {ip}:{self.port} backlog=16384;" for ip in ["127.0.0.1", *ADDRESSES]),
            token="t" * 64,
        )
        conf = self.folder / "nginx.conf"
        conf.write_text(text)
        self.master = subprocess.Popen([nginx, "-c", str(conf), "-e", str(self.folder / "error.log")])
        try:
            self.status = self.connect()
            self.worker = self.find_worker()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.master.terminate()
        self.master.wait(timeout=10)

    def connect(self):
        deadline = time.monotonic() + 10
        while True:
            status = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            try:
                status.connect()
                return status
            except OSError:
                if self.master.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"nginx did not start: see {self.folder}/error.log") from None
                time.sleep(0.05)

    def find_worker(self):
        # The first answer comes from the worker, so it exists then.
        self.status.request("GET", "/status")
        self.status.getresponse().read()
        children = Path(f"/proc/{self.master.pid}/task/{self.master.pid}/children").read_text().split()
        if len(children) != 1:
            raise SystemExit(f"nginx has {len(children)} workers instead of 1")
        return int(children[0])

    def counts(self):
        """nginx's counts. The asking is one request of it, the same at every call."""
        self.status.request("GET", "/status")
        text = self.status.getresponse().read().decode()
        accepted, _, requests = map(int, re.search(r"^ (\d+) (\d+) (\d+)", text, re.M).groups())
        active = int(re.search(r"Active connections: (\d+)", text).group(1))
        fields = Path(f"/proc/{self.worker}/stat").read_text().rsplit(")", 1)[1].split()
        cpu_s = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return Counts(accepted, requests, active, cpu_s)

    def quiet(self):
        """Waits until the connections of the run before are gone, and returns the counts."""
        deadline = time.monotonic() + 30
        while (counts := self.counts()).active > 1 and time.monotonic() < deadline:
            time.sleep(0.2)
        return self.counts()

    def next_url(self):
        self.turn += 1
        return f"http://{ADDRESSES[self.turn % len(ADDRESSES)]}:{self.port}"

    def stall(self, seconds):
        """Stops the worker for so long; says how long it was."""
        begun = time.monotonic()
        os.kill(self.worker, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            os.kill(self.worker, signal.SIGCONT)
        return time.monotonic() - begun


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
