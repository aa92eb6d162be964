"""The moments and the readers of the worker's tests."""

from collections import Counter
from zoneinfo import ZoneInfo

from dispatched import Dispatch, at

from newsletter.audience.occasion import Occasion

SATURDAY = at("2026-11-28 05:00")
MONDAY = at("2026-11-29 23:00")
"""The midnight with which it begins in Amsterdam."""
OCCASION = Occasion(at=SATURDAY, zone=ZoneInfo("Europe/Amsterdam"), source="form")
READERS = ("anna@example.nl", "bert@example.nl", "chef@example.org")
ONCE = Counter(READERS)


def on_the_list(office: Dispatch) -> Counter[str]:
    """How often each address got the issue itself."""
    return Counter({who: many for (kind, who), many in office.post.mails().items() if kind == "list"})
