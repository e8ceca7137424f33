"""A small UserSig server on the official PyPI package tls-sig-api-v2, with faults to set and books of its own.

POST /usersig {"sdkAppId": 1400000001, "userId": "alice"} -> {"code": 0, "data": {"userSig": "..."}}
GET /stats -> {"requests": 12, "expired": 1, ...}

The key is in TRTC_LOAD_KEY. With --faults every tenth request each gets a UserSig that is expired, for another account,
for another app, signed with another key, or no UserSig at all. It ends when its standard input closes.
"""

import argparse
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import TLSSigAPIv2

DAY = 86_400
KINDS = {1: "expired", 3: "other_user", 5: "other_app", 7: "bad_signature", 9: "not_one"}


class Books:
    """What was asked and what was issued. One request at a time."""

    def __init__(self, key, faults):
        self.lock = threading.Lock()
        self.key = key
        self.faults = faults
        self.counts = {"requests": 0, "right": 0, **{kind: 0 for kind in KINDS.values()}}

    def issue(self, app, user):
        with self.lock:
            self.counts["requests"] += 1
            kind = KINDS.get(self.counts["requests"] % 10, "right") if self.faults else "right"
            self.counts[kind] += 1
            return self.sign(kind, app, user)

    def sign(self, kind, app, user):
        sign = lambda app, key, user: TLSSigAPIv2.TLSSigAPIv2(app, key).gen_sig(user, DAY)
        if kind == "expired":
            # The package reads the clock by itself: two days ago, a UserSig for a day was right.
            now = time.time
            TLSSigAPIv2.time.time = lambda: now() - 2 * DAY
            try:
                return sign(app, self.key, user)
            finally:
                TLSSigAPIv2.time.time = now
        if kind == "other_user":
            return sign(app, self.key, user + "x")
        if kind == "other_app":
            return sign(app + 1, self.key, user)
        if kind == "bad_signature":
            return sign(app, self.key[::-1], user)
        return "no-user-sig" if kind == "not_one" else sign(app, self.key, user)


def handler(books, delay):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body in one write: a device waits for no delayed acknowledgement.
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            time.sleep(delay)
            sig = books.issue(asked["sdkAppId"], asked["userId"])
            self.answer({"code": 0, "data": {"userSig": sig}})

        def do_GET(self):
            with books.lock:
                self.answer(books.counts)

        def answer(self, document):
            body = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
            pass

    return Handler


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, default=0)
    arguments.add_argument("--delay-ms", type=float, default=0)
    arguments.add_argument("--faults", action="store_true")
    given = arguments.parse_args()
    books = Books(os.environ["TRTC_LOAD_KEY"], given.faults)
    ThreadingHTTPServer.request_queue_size = 128
    server = ThreadingHTTPServer(("127.0.0.1", given.port), handler(books, given.delay_ms / 1000))
    server.daemon_threads = True
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


main()
