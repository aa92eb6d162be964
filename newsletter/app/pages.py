"""What readers' pages are served with."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from newsletter.app.at_hand import now
from newsletter.app.database import store
from newsletter.app.way_out import applying, provider, receivers
from newsletter.config import Config
from newsletter.errors import ConfigError, StoreError
from newsletter.send import preflight

if TYPE_CHECKING:
    from newsletter.audience.erasure import EraseKey
    from newsletter.delivery.notices.courier import Courier
    from newsletter.links import Key, Links
    from newsletter.providers._base import Receiver
    from newsletter.store.database import Store

_PATIENCE = 10
"""Seconds that a page waits for another who writes to the list; a mail program waits not much longer for an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What readers' pages are served with. ``keys`` verify links, the newest first, and ``links`` are signed with it.

    ``erase_key`` is None where none is set. ``clock`` tells aware UTC, ``draw`` a new subscriber id. ``receivers``
    understand what providers call with, by their names; ``apply`` does what follows from it.
    """

    config: Config
    store: "Store"
    keys: "tuple[Key, ...]"
    links: "Links"
    erase_key: "EraseKey | None"
    courier: "Courier"
    clock: Callable[[], datetime]
    draw: Callable[[], str]
    receivers: "Mapping[str, Receiver]"
    apply: Callable[[], object]


@contextmanager
def serving(config: Config, *, create: bool = False, clock: Callable[[], datetime] = now) -> Iterator[Serving]:
    """Put together what readers' pages need, and let go of it at the end.

    A list of readers is made only with ``create``: with the wrong database, readers who leave would leave an empty
    list, and stay on the one that is mailed to. Raises: ConfigError for what is missing; StoreError.
    """
    from newsletter import links, readership
    from newsletter.delivery.notices.courier import Courier

    _refuse_unready(config)
    keys, erase_key = links.verifying_keys(config), readership.erase_key(config)
    with closing(provider(config)) as connected, store(config, create=create, busy=_PATIENCE) as opened:
        _refuse_unserved(opened, erase_key)
        courier = Courier(opened, connected, config, clock=clock, draw=readership.draw)
        yield Serving(
            config=config,
            store=opened,
            keys=keys,
            links=links.links_of(config),
            erase_key=erase_key,
            courier=courier,
            clock=clock,
            draw=readership.draw,
            receivers=receivers(config),
            apply=applying(config, opened, clock=clock),
        )


def _refuse_unready(config: Config) -> None:
    """Raises: ConfigError that names all that is missing; that the address is https is found out at start."""
    missing = [sentence for sentence in preflight.missing(config) if not sentence.startswith("https://")]
    if missing:
        wanted = "\n".join(("Readers' pages cannot be served yet. They want:", *(f"  {one}" for one in missing)))
        raise ConfigError(wanted, "docs/serving.md says how to come by each.")


def _refuse_unserved(store: "Store", key: "EraseKey | None") -> None:
    """Raises: StoreError without a list of this version; ConfigError when its erased readers would not be known."""
    from newsletter.audience.erasure import EraseKey
    from newsletter.store import erased

    if store.revision() is None:
        raise StoreError(
            f"There is no list of readers in {store.place}.",
            "Import one, or begin with an empty one: newsletter serve --create",
        )
    with store.reading() as transaction:
        EraseKey.refuse_wrong(key, erased.check(transaction))
