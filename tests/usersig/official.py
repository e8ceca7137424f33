"""Answers requests with the official library: one JSON object a line, in and out.

{"do": "sign", ...}   -> {"usersig": ...}
{"do": "verify", ...} -> {"valid": true|false}: the library cannot verify, so the ticket is opened with its decoder and
                         compared with the signature that its own method makes for the same claims.
"""

import base64
import json
import sys
import zlib

import TLSSigAPIv2 as official


class Clock:
    """Stands in for the library's `time`: it signs with the current time, the requests name theirs."""

    now = 0

    @classmethod
    def time(cls):
        return cls.now


official.time = Clock


def sign(ask):
    Clock.now = ask["time"]
    api = official.TLSSigAPIv2(ask["app"], ask["key"])
    if ask["userbuf"] is None:
        return {"usersig": api.gen_sig(ask["user"], ask["expire"])}
    userbuf = base64.b64decode(ask["userbuf"])
    return {"usersig": api.gen_sig_with_userbuf(ask["user"], ask["expire"], userbuf)}


def verify(ask):
    packed = official.base64_decode_url(ask["usersig"].encode())
    claims = json.loads(zlib.decompress(packed))
    api = official.TLSSigAPIv2(ask["app"], ask["key"])
    made = api._TLSSigAPIv2__hmacsha256(ask["user"], ask["time"], ask["expire"])
    want = {
        "TLS.ver": "2.0",
        "TLS.identifier": ask["user"],
        "TLS.sdkappid": ask["app"],
        "TLS.time": ask["time"],
        "TLS.expire": ask["expire"],
        "TLS.sig": made.decode(),
    }
    return {"valid": claims == want}


for line in sys.stdin:
    ask = json.loads(line)
    print(json.dumps({"sign": sign, "verify": verify}[ask["do"]](ask)), flush=True)
