"""The contract of a provider.

One request carries 1..N messages. A message is an edition plus one reader's values, so a vendor that substitutes
sends the edition once and the values beside it; the others join what they need. Its answer is a value per message;
what goes wrong with the request as a whole is an exception, and which one it is decides what may be done next::

    ProviderError
    ├── RequestRefused    the provider said no to the request: login, size, shape. Nobody was mailed; the run pauses.
    │   └── ReaderAtFault   … and one of its readers may be why: halved until he is alone, who is then refused.
    ├── ThrottledUntil    not now. Nobody was mailed; the run waits and nobody's tries are used up.
    ├── NotSent           certainly nothing left: no connection, or the guard said stop. May be sent again at once.
    └── InDoubt           a request left and no answer was kept. Never sent again blindly.

A provider holds to this: it answers once, it never retries by itself, and when it does not know, it says so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Protocol

from pydantic import BaseModel

from newsletter.errors import ProviderError
from newsletter.model.ledger import Event
from newsletter.model.mail import Message

Guard = Callable[[], bool]
"""Asked immediately before the last byte leaves. False means that this attempt is no longer ours: stop, `NotSent`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The provider took this message; ``provider_id`` is its own name for it, None where it names only requests.

    ``said`` is its answer in its own words, empty where it has none.
    """

    delivery: str
    provider_id: str | None = None
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The provider refuses this reader's message for good, in its own words; ``hint`` says what can be done.

    ``bounced`` is the code by which it says that there is no such address, without the address (``550 5.1.1``); empty
    when it refuses for any other reason, or does not tell.
    """

    delivery: str
    reason: str
    hint: str = ""
    bounced: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """The provider does not take this reader's message for now, and may later; the others may still be mailed."""

    delivery: str
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A look-up proved that the provider never took this message."""

    delivery: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """A look-up could not tell."""

    delivery: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What came of logging in without sending: ``verified``, or the sentence says why that cannot be known."""

    verified: bool
    sentence: str


Outcome = Accepted | Refused | Deferred
Trace = Accepted | Refused | Absent | Unclear


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What the engine may ask of a provider.

    ``batch_messages`` and ``batch_bytes`` bound one request; where it ``substitutes``, the edition goes once and only
    what is a reader's own counts for each. Within ``idempotency`` a request repeated byte for byte under its attempt
    id gets the old answer (None: never). ``look_up`` says whether `Provider.look_up` can prove anything: that nothing
    is found proves it from ``lag`` after the request began, when all that it did can be seen, until ``memory`` after
    it, when that begins to be forgotten. Where a request of several cannot carry embedded pictures,
    ``batch_embedded`` is False.
    """

    batch_messages: int
    batch_bytes: int
    substitutes: bool = False
    idempotency: timedelta | None = None
    look_up: bool = False
    lag: timedelta = timedelta(minutes=10)
    memory: timedelta = timedelta(hours=72)
    batch_embedded: bool = True


class Provider(Protocol):
    """A connected provider; used by one thread at a time, as long as that thread lives."""

    capabilities: ClassVar[Capabilities]

    def send(self, attempt: str, messages: Sequence[Message], guard: Guard) -> Sequence[Outcome]:
        """Send 1..batch_messages messages in one request under the id ``attempt``; one outcome each, same order.

        The ids of a run's requests are ``<run>-<number>``, and the later one has the higher number.

        Raises: RequestRefused, ThrottledUntil, NotSent, InDoubt.
        """
        ...

    def look_up(self, attempt: str, messages: Sequence[Message]) -> Sequence[Trace]:
        """Find out what became of an attempt in doubt; one trace each, same order. Only where it can."""
        ...

    def verify(self) -> Login:
        """Log in as for sending, and send nothing. Raises: RequestRefused, ThrottledUntil, NotSent."""
        ...

    def close(self) -> None:
        """Let go of connections and files."""
        ...


class Forged(ProviderError):
    """A call that says it is the provider's is not, or came before, or too late; nothing of it is believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a provider called with. ``headers`` are named in lower case; ``at`` is when it came (aware UTC)."""

    headers: Mapping[str, str]
    body: bytes
    at: datetime


class Receiver(Protocol):
    """What understands a provider's calls (webhooks): `genuine` says whether one is, `events` what it tells.

    A call came to an address that is a secret. Its signature need not cover what it tells, as long as it covers the
    name that `genuine` returns: under each only what came first is kept, and that name is remembered for ever.
    """

    def genuine(self, call: Call) -> str:
        """Verify a call's signature and age; return the provider's own name for it, the same when it calls again.

        Raises: Forged.
        """
        ...

    def events(self, body: bytes) -> Sequence[Event]:
        """Read a genuine call; what nobody needs is of kind *other*. Raises: ProviderError for what cannot be read."""
        ...


class Module(Protocol):
    """A file of this folder.

    One whose provider calls with events has a function ``receiver(settings)`` too, which returns a `Receiver`, or None
    while the secret for it is not set.

    ``Settings`` is its own table under ``[send]``; unknown keys in it are errors. A field that is a ``SecretStr`` comes
    from the environment only: ``key`` of ``resend`` from ``NEWSLETTER_RESEND_KEY``.
    """

    Settings: type[BaseModel]

    def connect(self, settings: BaseModel) -> Provider:
        """Make a provider; nothing is opened before the first message. Raises: ProviderError."""
        ...


class RequestRefused(ProviderError):
    """The provider refused the request as a whole; no reader was mailed."""


class ReaderAtFault(RequestRefused):
    """The provider refused the request as a whole, for what may be one reader's fault; no reader was mailed."""


class ThrottledUntil(ProviderError):
    """The provider takes nothing before ``until`` (aware UTC); no reader was mailed."""

    def __init__(self, sentence: str, *, until: datetime) -> None:
        super().__init__(sentence, f"Nothing more is taken before {until:%Y-%m-%d %H:%M:%S} UTC.")
        self.until = until


class NotSent(ProviderError):
    """Nothing left this machine; no reader was mailed."""


class InDoubt(ProviderError):
    """A request left and no answer was kept; whether its readers were mailed is not known here."""
