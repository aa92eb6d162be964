"""Leaving with one click (RFC 8058), many at once: those that come in together are kept in one transaction.

In the hour after an issue went out many leave, each by a request of his mail program.
"""

from collections.abc import Mapping, Sequence

from anyio import CapacityLimiter
from starlette.responses import PlainTextResponse, Response

from newsletter.audience.erasure import EraseKey
from newsletter.audience.leaving import as_they_are_now, leave_together
from newsletter.audience.occasion import Occasion
from newsletter.links import verify
from newsletter.store.database import Store
from newsletter.web.public.asked import Asked
from newsletter.web.public.page import NO_STORE
from newsletter.web.public.service import Service
from newsletter.web.together import Together

Leaving = tuple[str, Occasion]
"""A subscriber id, and how he leaves."""


def leavings(store: Store, threads: CapacityLimiter, key: EraseKey | None) -> Together[Leaving]:
    """Return what keeps leavings; ``threads`` write as many transactions at the same time, in SQLite one.

    Where nobody has the id any more it is looked up who that is by now, and others may write meanwhile.
    """

    def keep(some: Sequence[Leaving]) -> None:
        leaving = dict(some)
        with store.writing() as transaction:
            unknown = leave_together(transaction, leaving)
        if unknown:
            _keep_others({one: leaving[one] for one in unknown})

    def _keep_others(leaving: Mapping[str, Occasion]) -> None:
        with store.reading() as transaction:
            now = as_they_are_now(transaction, leaving, key)
        if now:
            with store.writing() as transaction:
                leave_together(transaction, now)

    return Together(keep, threads, writers=1 if store.file else int(threads.total_tokens))


def understood(service: Service, read: Asked) -> Leaving | None:
    """Return who leaves when a mail program posts it with a link of ours; None when it is something else.

    It posts one field (RFC 8058 §3.2). No person chose what else may come with it, a reason say: that is left out.
    """
    who = verify(service.keys, "leave", read.token)
    if who is None or read.form.get("List-Unsubscribe") != "One-Click":
        return None
    return who, service.occasion("one-click")


def left() -> Response:
    """Answer a mail program: it needs no page, and whether he was there still makes no difference to it."""
    return PlainTextResponse("Unsubscribed.\n", headers=NO_STORE)
