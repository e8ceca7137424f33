#!/usr/bin/env python3
"""A small receiver of room and media callbacks, on Python's standard library: checks each, counts, acknowledges.

Usage: tests/webhook/rtc_receiver.py [--port 9103] [--key KEY] [--only TYPE] [--fail-first N] [--hang-first N] [--times]
It prints what it heard when it is interrupted. It ends when its standard input closes, if that is no terminal.
With --fail-first the first N tries of each event are answered 500, with --hang-first only after 8 s; --only TYPE does
that to one type of event. With --times the last words have when each try came.
Written from trtc.io/document/39558 and 54912.
"""

import argparse
import base64
import collections
import hashlib
import hmac
import json
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ACK = b'{"code":0}'
HANG = 8
# The members of EventInfo by type, beside those that all have.
ALWAYS = {"RoomId", "EventTs", "EventMsTs"}
MEMBERS = {
    101: {"UserId"},
    102: set(),
    103: {"UserId", "Role", "TerminalType", "UserType", "Reason"},
    104: {"UserId", "Role", "Reason"},
    105: {"UserId", "Role"},
    201: {"UserId"},
    202: {"UserId", "Reason"},
    203: {"UserId"},
    204: {"UserId", "Reason"},
    205: {"UserId"},
    206: {"UserId", "Reason"},
}
VALUES = {"Role": {20, 21}, "TerminalType": {1, 2, 3, 4, 100}, "UserType": {1, 2, 3}}
REASONS = {103: {1, 2, 3, 4}, 104: {1, 2, 3, 4, 5}, 202: {0}, 204: {0}, 206: {0}}
# What is published by media events: the type that starts it and the one that stops it.
PUBLISHED = {201: "video", 202: "video", 203: "audio", 204: "audio", 205: "screen", 206: "screen"}

heard = collections.Counter()
tries = collections.defaultdict(list)
rooms = {}
lock = threading.Lock()


def is_number(value):
    return isinstance(value, int) and not isinstance(value, bool)


def form_fault(headers, raw, key):
    """What is wrong with a callback by itself; nothing where it is as documented."""
    if key:
        sign = base64.b64encode(hmac.new(key.encode(), raw, hashlib.sha256).digest()).decode()
        if headers.get("Sign") != sign:
            return "Sign"
    if not headers.get("SdkAppId", "").isdigit() or headers.get("Content-Type") != "application/json":
        return "headers"
    body = json.loads(raw)
    if set(body) != {"EventGroupId", "EventType", "CallbackTs", "EventInfo"}:
        return "members"
    kind, info = body["EventType"], body["EventInfo"]
    if kind not in MEMBERS or body["EventGroupId"] != kind // 100 or not is_number(body["CallbackTs"]):
        return "EventGroupId, EventType or CallbackTs"
    if set(info) != ALWAYS | MEMBERS[kind]:
        return f"EventInfo of {kind}"
    numbers = set(info) - {"RoomId", "UserId"}
    if not all(is_number(info[name]) for name in numbers) or not isinstance(info.get("UserId", ""), str):
        return f"types in EventInfo of {kind}"
    if not (is_number(info["RoomId"]) or isinstance(info["RoomId"], str)):
        return "RoomId"
    if any(info[name] not in values for name, values in VALUES.items() if name in info):
        return f"values in EventInfo of {kind}"
    if "Reason" in info and info["Reason"] not in REASONS[kind]:
        return f"Reason of {kind}"
    happened = info["EventMsTs"]
    if info["EventTs"] != happened // 1000 or not happened <= body["CallbackTs"] <= time.time() * 1000 + 1:
        return "times"
    if time.time() * 1000 - body["CallbackTs"] > 10_000:
        return "CallbackTs is not of this try"
    return None


def order_fault(app, kind, info):
    """What is wrong with an event after those before it in its room."""
    place = (app, info["RoomId"])
    room = rooms.get(place)
    if kind == 101:
        if room:
            return "a room was made twice"
        rooms[place] = {"last": info["EventMsTs"], "roles": {}, "on": set()}
        return None
    if room is None:
        return f"{kind} in no room"
    if info["EventMsTs"] < room["last"]:
        return "older than the event before it"
    room["last"] = info["EventMsTs"]
    if kind == 102:
        del rooms[place]
        return "closed with people in it" if room["roles"] else None
    user, roles, on = info["UserId"], room["roles"], room["on"]
    if (kind == 103) == (user in roles):
        return f"{kind} of somebody who was {'' if user in roles else 'not '}there"
    if kind in (103, 105):
        changed = roles.get(user) != info["Role"]
        roles[user] = info["Role"]
        return None if changed else "the role was that before"
    if kind == 104:
        fault = None if roles.pop(user) == info["Role"] else "the role of who left"
        room["on"] = {one for one in on if one[0] != user}
        return fault
    published = (user, PUBLISHED[kind])
    starts = kind % 2 == 1
    if starts == (published in on):
        return f"{kind} out of order"
    on.symmetric_difference_update({published})
    return None if roles[user] == 20 else "the audience published something"


def take(headers, raw, given):
    """Books a callback. Gives which of its event's tries it is, and whether that is to be hindered."""
    now = time.monotonic()
    wrong = form_fault(headers, raw, given.key)
    body = json.loads(raw)
    kind, info = body["EventType"], body["EventInfo"]
    event = (headers.get("SdkAppId"), info["RoomId"], kind, info.get("UserId"), info["EventMsTs"])
    with lock:
        heard["all"] += 1
        is_first = event not in tries
        heard["first" if is_first else "again"] += 1
        if is_first:
            heard[f"type {kind}"] += 1
            wrong = wrong or order_fault(event[0], kind, info)
        if wrong:
            heard["wrong"] += 1
            heard[f"wrong: {wrong}"] += 1
        tries[event].append(now)
        return len(tries[event]), given.only in (None, kind)


def handler(given):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self):
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            nth, hinders = take(self.headers, raw, given)
            if hinders and nth <= given.hang_first:
                time.sleep(HANG)
            self.send_response(500 if hinders and nth <= given.fail_first else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(ACK)))
            self.end_headers()
            try:
                self.wfile.write(ACK)
                self.wfile.flush()
            except OSError:
                # Whoever gave up waiting has closed the connection.
                self.close_connection = True

        def log_message(self, *words):
            pass

    return Handler


class Server(ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = True

    def handle_error(self, request, client_address):
        # A sender that gives up a try closes its connection.
        if not isinstance(sys.exception() if hasattr(sys, "exception") else sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def last_words(given):
    with lock:
        said = dict(heard)
        if given.times:
            said["times"] = [
                {"type": event[2], "at_ms": [round((at - times[0]) * 1000) for at in times]}
                for event, times in tries.items()
            ]
        return json.dumps(said, indent=1)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, default=9103)
    arguments.add_argument("--key", default="xxxxyyyy")
    arguments.add_argument("--only", type=int)
    arguments.add_argument("--fail-first", type=int, default=0)
    arguments.add_argument("--hang-first", type=int, default=0)
    arguments.add_argument("--times", action="store_true")
    given = arguments.parse_args()
    server = Server(("127.0.0.1", given.port), handler(given))
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        if sys.stdin.isatty():
            signal.pause()
        sys.stdin.read()
    except KeyboardInterrupt:
        pass
    print(last_words(given))


main()
