"""Leaving with one click (RFC 8058), many at once: those that come in together are kept in one transaction.

In the hour after an issue went out many leave, each by a request of his mail program.
"""

from collections.abc import Sequence

from anyio import CapacityLimiter
from starlette.responses import PlainTextResponse, Response

from newsletter.audience.leaving import leave_together
from newsletter.audience.occasion import Occasion
from newsletter.links import verify
from newsletter.store.database import Store
from newsletter.web.public.asked import Asked
from newsletter.web.public.page import NO_STORE
from newsletter.web.public.service import Service
from newsletter.web.together import Together

Leaving = tuple[str, Occasion]
"""A subscriber id, and how he leaves."""


def leavings(store: Store, threads: CapacityLimiter) -> Together[Leaving]:
    """Return what keeps leavings; ``threads`` write as many transactions at the same time, in SQLite one."""

    def keep(some: Sequence[Leaving]) -> None:
        with store.writing() as transaction:
            leave_together(transaction, dict(some))

    return Together(keep, threads, writers=1 if store.file else int(threads.total_tokens))


def understood(service: Service, read: Asked) -> Leaving | None:
    """Return who leaves when a mail program posts it with a link of ours; None when it is something else.

    It posts one field (RFC 8058 §3.2). No person chose what else may come with it, a reason say: that is left out.
    """
    who = verify(service.keys, "leave", read.token)
    if who is None or read.form.get("List-Unsubscribe") != "One-Click":
        return None
    return who, service.occasion("one-click", origin=read.origin)


def left() -> Response:
    """Answer a mail program: it needs no page, and whether he was there still makes no difference to it."""
    return PlainTextResponse("Unsubscribed.\n", headers=NO_STORE)
