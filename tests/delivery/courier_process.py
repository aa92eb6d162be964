"""A courier in a process of its own, that ends itself where it is told to: ``python courier_process.py '{"…": …}'``.

It says *ready* before it begins. ``dies`` is *sealed* (the intent stands in the store and no byte has left) or
*accepted* (the provider has taken the mail, and nothing says so yet); without it the courier works until it is killed,
or with ``once`` until nothing is due. ``ahead`` are seconds that its clock is before the real one.
"""

import json
import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep

from newsletter import config as configuration
from newsletter.delivery.notices.courier import Courier
from newsletter.model.mail import Message
from newsletter.providers._base import Capabilities, Guard, Login, Outcome, Provider, Trace
from newsletter.providers.resend import Resend
from newsletter.providers.resend import Settings as ResendSettings
from newsletter.providers.smtp import Settings as SmtpSettings
from newsletter.providers.smtp import Smtp
from newsletter.store.database import Store


class Dying:
    """A provider in whose middle the process ends."""

    def __init__(self, inner: Provider, dies: str | None) -> None:
        self.inner, self.dies = inner, dies

    @property
    def capabilities(self) -> Capabilities:  # type: ignore[override]  # of this one, not of the class
        return self.inner.capabilities

    def send(self, attempt: str, messages: Sequence[Message], guard: Guard) -> Sequence[Outcome]:
        if self.dies == "sealed":
            _die()
        outcomes = self.inner.send(attempt, messages, guard)
        if self.dies == "accepted":
            _die()
        return outcomes

    def look_up(self, attempt: str, messages: Sequence[Message]) -> Sequence[Trace]:
        return self.inner.look_up(attempt, messages)

    def verify(self) -> Login:
        return self.inner.verify()

    def close(self) -> None:
        self.inner.close()


def _keep_waking(courier: Courier) -> None:
    """Others queue what this process is not told of, and no test waits for its next look."""
    while True:
        sleep(0.02)
        courier.wake()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _provider(kind: str, at: str | int, clock: Callable[[], datetime]) -> Provider:
    if kind == "resend":
        return Resend(ResendSettings.model_validate({"key": "re_proef", "url": at}), clock=clock)
    return Smtp(SmtpSettings.model_validate({"host": "127.0.0.1", "port": at, "tls": "none"}), clock=clock)


def main(told: dict[str, object]) -> None:
    """Work as told."""
    database, ahead = str(told["database"]), timedelta(seconds=float(str(told.get("ahead", 0))))
    dies, at = told.get("dies"), told["at"]

    def clock() -> datetime:
        return datetime.now(UTC) + ahead

    config = configuration.load(Path(str(told["workspace"])))
    inner = _provider(str(told["provider"]), at if isinstance(at, int) else str(at), clock)
    with closing(Store(database if "://" in database else Path(database))) as store:
        courier = Courier(
            store,
            Dying(inner, dies if isinstance(dies, str) else None),
            config,
            clock=clock,
            draw=lambda: secrets.token_hex(16),
        )
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        if told.get("once"):
            courier.drain()
        else:
            threading.Thread(target=_keep_waking, args=(courier,), daemon=True).start()
            courier.run(threading.Event())


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
