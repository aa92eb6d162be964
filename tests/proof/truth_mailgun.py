"""An account at Mailgun in a process of its own, which writes down what it took: `truth_process` in Mailgun's words.

It takes the same argument and the same weather, and begins in the same way. ``look_up`` says when its events are seen:
*now*, *late* (after ``lag`` seconds) or *none* (the account may not look at them). An address that begins with
``poison`` takes its whole request along.
"""

import json
import os
import random
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

import httpx
from obeying import obey
from providers.fakes.mailgun_api import FakeMailgun, Fault, Mail, error, parsed, serving

Json = Any

FATES: Mapping[str, Fault | httpx.Response] = {
    "drop before": Fault.RESET,
    "drop after": Fault.RESET_AFTER,
    "fail before": error(500, "Internal Server Error"),
    "fail after": Fault.ERROR_500_AFTER,
    "hang after": Fault.SILENCE_AFTER,
    "cut": Fault.GARBLED_AFTER,
    "throttle": error(429, "requests-per-sec limit exceeded, try again after 1 seconds"),
}


class Account(FakeMailgun):
    """An account that keeps a log."""

    def keep(self, told: Json) -> None:
        """Begin to write it, and to be moody."""
        self.log = os.open(told["log"], os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        self.chance, self.lock = random.Random(told["seed"]), threading.Lock()
        self.weather: dict[str, float] = {"take": 1}
        self.sees = told["look_up"] != "none"
        self.lag = float(told.get("lag", 0)) if told["look_up"] == "late" else 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            with self.lock:
                return super().answer(request)
        (fate,) = self.chance.choices(list(self.weather), list(self.weather.values()))
        if fate == "wait":
            time.sleep(self.chance.uniform(0.05, 0.3))
        with self.lock:
            fields, _ = parsed(request)
            attempt, size = fields["v:attempt"][0], len(fields["to"])
            self._write({"did": "asked", "attempt": attempt, "size": size, "fate": fate})
            if fate in FATES:
                self.order(FATES[fate])
            return super().answer(request)

    def is_good(self, mailbox: str) -> bool:
        return "poison" not in mailbox and super().is_good(mailbox)

    def take(self, mail: Mail) -> None:
        self._write({"did": "took", **mail.custom, "address": mail.address})
        super().take(mail)

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
