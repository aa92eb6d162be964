"""What tests of settling see of a doubt."""

from collections.abc import Callable
from datetime import timedelta

from doubtful import Doubtful, Post
from told_off import NAMES

from newsletter.store import attempts

MINUTE = timedelta(minutes=1)
ALL_ACCEPTED = dict.fromkeys(NAMES, "accepted")
ALL_IN_DOUBT = dict.fromkeys(NAMES, "in doubt")

Make = Callable[..., Doubtful]


def post_of(doubt: Doubtful) -> Post:
    """Its provider, and what that one took and was asked."""
    assert isinstance(doubt.provider, Post)
    return doubt.provider


def attempt_of(doubt: Doubtful) -> str:
    """The state of its attempt."""
    with doubt.scene.store.reading() as transaction:
        found = attempts.get(transaction, doubt.attempt.id)
    assert found is not None
    return found.state
