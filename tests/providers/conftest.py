"""What the tests of providers share: messages to readers."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import examples
import pytest

from newsletter.model.mail import Edition, Message
from newsletter.model.subscriber import Subscriber


@pytest.fixture
def message_to(edition_of: Callable[[str], Edition], root: Path) -> Callable[..., Message]:
    """``message_to(3, name="…", subject="…")``: to the third reader; further keywords change the edition."""

    def message_to(
        n: int = 1,
        *,
        name: str = "",
        address: str = "",
        sender: str = "De Heuvelbode <weekbrief@example.nl>",
        embedded: bool = False,
        **edition: object,
    ) -> Message:
        changed = dataclasses.replace(edition_of("empty"), **edition)  # type: ignore[arg-type]
        merge = examples.merge_for(changed, examples.config(root, sender={"from": sender}))
        reader = Subscriber(id=f"{n:032x}", address=address or f"lezer{n}@example.org", name=name)
        return dataclasses.replace(merge(reader, delivery=f"d{n}"), embedded=embedded)

    return message_to
