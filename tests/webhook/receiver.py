#!/usr/bin/env python3
"""A small receiver of State.StateChange callbacks, on Python's standard library: checks each, counts, acknowledges.

Usage: tests/webhook/receiver.py [--port 9102] [--token TOKEN] [--sleep-every N]
It prints what it heard when it is interrupted. It ends when its standard input closes, if that is no terminal.
"""

import argparse
import collections
import hashlib
import json
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

# Action and Reason, and the members that Info has with them.
EVENTS = {
    ("Login", "Register"): {"Action", "To_Account", "Reason"},
    ("Logout", "Unregister"): {"Action", "To_Account", "Reason"},
    ("Disconnect", "LinkClose"): {"Action", "To_Account", "Reason"},
    ("Disconnect", "TimeOut"): {"Action", "To_Account", "Reason"},
    ("CustomStatusChange", "SetCustomStatus"): {"Action", "To_Account", "Reason", "CustomStatus"},
}
PLATFORMS = {"iOS", "Android", "Web", "Windows", "iPad", "Mac", "Linux"}
ACK = b'{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}'
heard = collections.Counter()
lock = threading.Lock()


def fault(query, body, token):
    """What is wrong with a callback; nothing where it is as documented."""
    one = {name: values[0] for name, values in query.items()}
    if one.get("CallbackCommand") != "State.StateChange" or body.get("CallbackCommand") != "State.StateChange":
        return "CallbackCommand"
    if token:
        sign = hashlib.sha256((token + one.get("RequestTime", "")).encode()).hexdigest()
        if sign != one.get("Sign") or abs(int(one["RequestTime"]) - time.time()) > 60:
            return "Sign or RequestTime"
    info = body["Info"]
    event = (info.get("Action"), info.get("Reason"))
    if set(info) != EVENTS.get(event) or not all(isinstance(value, str) for value in info.values()):
        return "Info"
    kicked = body.get("KickedDevice")
    if kicked is not None and (event != ("Login", "Register") or not kicked):
        return "KickedDevice"
    # Every entry, not only the first: one login can kick several devices, and of other platforms than its own.
    if any(set(device) != {"Platform"} or device["Platform"] not in PLATFORMS for device in kicked or []):
        return "KickedDevice"
    return None


def handler(given):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            wrong = fault(parse_qs(urlsplit(self.path).query), body, given.token)
            info = body.get("Info", {})
            with lock:
                heard["all"] += 1
                heard[f"wrong: {wrong}" if wrong else f"{info['Action']}/{info['Reason']}"] += 1
                kicked = [device["Platform"] for device in body.get("KickedDevice", [])] if not wrong else []
                own = parse_qs(urlsplit(self.path).query)["OptPlatform"][0].replace("IOS", "iOS")
                heard["devices kicked"] += len(kicked)
                heard["kicked two or more"] += len(kicked) > 1
                heard["kicked another platform"] += any(platform != own for platform in kicked)
                sleeps = given.sleep_every and heard["all"] % given.sleep_every == 0
            if sleeps:
                time.sleep(3)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(ACK)))
            self.end_headers()
            self.wfile.write(ACK)

        def log_message(self, *words):
            pass

    return Handler


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, default=9102)
    arguments.add_argument("--token", default="xxxxyyyy")
    arguments.add_argument("--sleep-every", type=int, default=0)
    given = arguments.parse_args()
    ThreadingHTTPServer.request_queue_size = 1024
    server = ThreadingHTTPServer(("127.0.0.1", given.port), handler(given))
    server.daemon_threads = True
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        if sys.stdin.isatty():
            signal.pause()
        sys.stdin.read()
    except KeyboardInterrupt:
        pass
    print(json.dumps(heard, indent=1))


main()
