"""The same login over and over, with the faster of Locust's two clients."""

import os

from locust import FastHttpUser, task

HEADERS = {"Content-Type": "application/json", "X-User": os.environ["LOGIN_USER"]}
BODY = os.environ["LOGIN_BODY"]


class Device(FastHttpUser):
    @task
    def login(self):
        self.client.post("/v1/login", data=BODY, headers=HEADERS)
