"""Who is behind a link: found by its token, on which all pages of a reader depend."""

from newsletter.audience.leaving import Nobody, who_is_now
from newsletter.links import Purpose, verify
from newsletter.store import subscribers
from newsletter.store.subscribers import Known
from newsletter.web.public.asked import Asked
from newsletter.web.public.service import Service


class Stranger(Exception):
    """No key of ours signed this link."""


class Gone(Exception):
    """The link is good, and its reader is not on the list any more.

    ``gets_no_mail``: it is known that he is mailed under no other id either.
    """

    def __init__(self, *, gets_no_mail: bool = False) -> None:
        super().__init__()
        self.gets_no_mail = gets_no_mail


def identity(service: Service, purpose: Purpose, asked: Asked) -> str:
    """Return the subscriber id that a link was made for. Raises: Stranger."""
    found = verify(service.keys, purpose, asked.token)
    if found is None:
        raise Stranger
    return found


def find(service: Service, purpose: Purpose, asked: Asked) -> Known:
    """Return the reader that a link belongs to, and change nothing. Raises: Stranger, Gone, StoreError.

    To leave, it is whoever has the address by now that the link was mailed to; his preferences are for nobody but him.
    """
    who = identity(service, purpose, asked)
    with service.store.reading() as transaction:
        known = subscribers.get(transaction, who)
        if known is None and purpose == "leave":
            found = who_is_now(transaction, who, service.erase_key)
            if isinstance(found, Nobody):
                raise Gone(gets_no_mail=found.gets_no_mail)
            return found
    if known is None:
        raise Gone
    return known
