"""An account at Resend in a process of its own, which writes down what it took: `truth_process` in Resend's words.

It takes the same argument and the same weather, and begins in the same way.
"""

import json
import os
import random
import sys
import threading
import time
from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any

import httpx
from obeying import obey
from providers.fakes.resend_api import FakeResend, Fault, error, serving

Json = Any

FATES: Mapping[str, Fault | httpx.Response] = {
    "drop before": Fault.RESET,
    "drop after": Fault.RESET_AFTER,
    "fail before": error(500, "application_error", "An unexpected error occurred."),
    "fail after": Fault.ERROR_500_AFTER,
    "hang after": Fault.SILENCE_AFTER,
    "cut": Fault.GARBLED_AFTER,
    "throttle": error(429, "rate_limit_exceeded", "Too many requests.", {"Retry-After": "1"}),
}


class Account(FakeResend):
    """An account that keeps a log."""

    def keep(self, told: Json) -> None:
        """Begin to write it, and to be moody."""
        self.log = os.open(told["log"], os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        self.chance, self.lock = random.Random(told["seed"]), threading.Lock()
        self.weather: dict[str, float] = {"take": 1}

    def answer(self, request: httpx.Request) -> httpx.Response:
        (fate,) = self.chance.choices(list(self.weather), list(self.weather.values()))
        if fate == "wait":
            time.sleep(self.chance.uniform(0.05, 0.3))
        with self.lock:
            self._write({"did": "asked", "attempt": request.headers["idempotency-key"], "fate": fate})
            if fate in FATES:
                self.order(FATES[fate])
            return super().answer(request)

    def _take(self, mail: Mapping[str, Json]) -> str:
        tags = {tag["name"]: tag["value"] for tag in mail["tags"]}
        self._write({"did": "took", **tags, "address": parseaddr(mail["to"][0])[1]})
        return super()._take(mail)

    def _write(self, line: Json) -> None:
        os.write(self.log, json.dumps(line).encode() + b"\n")


def main(told: Json) -> None:
    """Serve until the process that started it is gone."""
    account = Account()
    account.keep(told)
    with serving(account) as address:
        obey(account, address)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
