"""Who is behind a link: found by its token, on which all pages of a reader depend."""

from newsletter.links import Purpose, verify
from newsletter.store import subscribers
from newsletter.store.subscribers import Known
from newsletter.web.public.asked import Asked
from newsletter.web.public.service import Service


class Stranger(Exception):
    """No key of ours signed this link."""


class Gone(Exception):
    """The link is good, and its reader is not on the list any more."""


def identity(service: Service, purpose: Purpose, asked: Asked) -> str:
    """Return the subscriber id that a link was made for. Raises: Stranger."""
    found = verify(service.keys, purpose, asked.token)
    if found is None:
        raise Stranger
    return found


def find(service: Service, purpose: Purpose, asked: Asked) -> Known:
    """Return the reader that a link belongs to, and change nothing. Raises: Stranger, Gone, StoreError."""
    who = identity(service, purpose, asked)
    with service.store.reading() as transaction:
        known = subscribers.get(transaction, who)
    if known is None:
        raise Gone
    return known
