"""Addresses as they may be shown: on a terminal that others see, in a record that outlives its reader."""

import re

from newsletter import addresses
from newsletter.markup.visible import on_one_line

_SHORT = 3


def masked(text: str) -> str:
    """Return a text in which each address has one letter before its @: ``a…@example.nl``."""
    return addresses.IN_TEXT.sub(lambda found: f"{found[0][:1].replace('@', '')}…@{found[0].rpartition('@')[2]}", text)


def without_addresses(said: str, address: str) -> str:
    """Return a server's words on one line without any address in them, nor the name before the @ of this one."""
    text = addresses.hidden(on_one_line(said))
    local = address.rpartition("@")[0]
    if len(local) >= _SHORT:
        text = re.sub(rf"(?<!\w){re.escape(local)}(?!\w)", "…", text, flags=re.IGNORECASE)
    return text.replace("<…>", "…").strip()
