"""One login, as the harness renders it: a UserSig of real size in the body of the `session` dialect."""

import json
import os
import subprocess

# A sample key, good for nothing but a load on this machine.
KEY = "0123456789abcdef" * 4


class Login:
    """The body that every other tool posts, and what is said beside it."""

    app = 1_400_000_001
    user = "load_00001"
    key = KEY

    def __init__(self, program):
        command = [str(program), "usersig", "sign", "--sdk-app-id", str(self.app), "--user-id", self.user]
        env = {**os.environ, "TRTC_LOAD_KEY": KEY}
        signed = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
        fields = {
            "sdk_app_id": self.app,
            "user_id": self.user,
            "user_sig": signed.stdout.strip(),
            "platform": "android",
            "device_id": f"{self.user}.0",
        }
        self.body = json.dumps(fields, separators=(",", ":"))
