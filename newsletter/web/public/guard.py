"""Judges a form that anybody may send, before anything is stored: a person, a robot, or too much of it at once.

Four things are looked at. A field that people neither see nor hear must stay empty. A signed token tells when the form
was shown: nobody fills it in within two seconds, and no day later. When `proof_of_work` is on, the browser has to have
calculated (`work`); who has no script waits a minute instead, behind narrower limits. And there are limits, per range
of addresses that requests come from and per domain that mails would go to, kept in the store under hashed keys: they
hold over restarts and between processes, and tell nobody who was here.
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from newsletter import addresses
from newsletter.links import Key, open_form, sign_form
from newsletter.store import gates
from newsletter.store.database import Store, Transaction
from newsletter.web.public import work

TOKEN, HONEYPOT, WORK = "form", "answer", work.FIELD
"""Names of the hidden fields. No browser knows ``answer`` as something to fill in by itself."""

LEAST, GREATEST = timedelta(seconds=2), timedelta(hours=24)
"""Ages of a form. A password manager needs a second and a person more; a page left open overnight still works."""

SLOW = timedelta(seconds=60)
"""Least age of a form without a calculation, where one is asked for."""


def words(key: str) -> str:
    """Mark a text as a key of words; whoever shows it translates it."""
    return key


NEW = words("Please check what you filled in and press the button once more.")
QUICK = words("That was so quick that we cannot tell you from a robot. Please press the button once more.")
STALE = words("This form was open for a long time. Please press the button once more.")
UNSOLVED = words(
    "Your browser did not make the calculation that keeps robots out. Please wait a minute and press the button."
)
BUSY = words("Too much came in at once. Please try again later.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So many at once (``burst``), and one more ``every`` so often."""

    every: timedelta
    burst: int


# What comes from one network address is a household, an office, a school, or everybody on one mobile mast. A parish
# that was told of the newsletter on Sunday shares the address of its hall: 40 at once, and 2,880 a day, let it in. A
# robot gets no further with that than one mail a day to each address it knows: none is asked twice on a day.
NARROW = Limit(every=timedelta(seconds=30), burst=40)
"""One IPv4 address; of IPv6 a /64, which is what one connection gets and may draw its addresses from."""

# Rented machines come in neighbouring addresses. Such a range is also a piece of a provider's customers: ten times one
# address is far above what they do together, and far below 256 times one address.
WIDE = Limit(every=timedelta(seconds=3), burst=400)
"""An IPv4 /24; of IPv6 a /48, which is what one site gets."""

# The mailboxes of one firm cannot be flooded through us: 100 at once are a whole school that was told, and then there
# is one every 30 seconds. A domain that is not `LARGE` stays below 2,880 a day with ordinary traffic.
DOMAIN = Limit(every=timedelta(seconds=30), burst=100)
"""One domain that mails go to."""

# Half of all readers have a mailbox with one of these. On the day a newspaper prints the address they come by
# thousands; a flood does no harm to such a host, only to what it thinks of our mails. So nothing less is held up.
LARGE_DOMAIN = Limit(every=timedelta(seconds=1), burst=3_000)
"""One of the `LARGE` domains."""

SLOW_NARROW = Limit(every=timedelta(minutes=10), burst=5)
"""`NARROW` for who did not calculate, where that is asked for; all that holds up a robot which does not either."""

SLOW_EVERYBODY = Limit(every=timedelta(seconds=20), burst=90)
"""All who did not calculate, together: many machines must not get around the calculation. Readers without script are
fewer than that on any day; calculation is switched on while robots come."""

ONCE = Limit(every=2 * work.LIFETIME, burst=1)
"""A calculation counts once; before it could count again it has expired."""

LARGE = frozenset(
    {
        "aol.com", "bluewin.ch", "btinternet.com", "caiway.nl", "casema.nl", "chello.nl", "fastmail.com",
        "filternet.nl", "free.fr", "freenet.de", "gmail.com", "gmx.at", "gmx.ch", "gmx.de", "gmx.net",
        "googlemail.com", "hetnet.nl", "home.nl", "hotmail.be", "hotmail.co.uk", "hotmail.com", "hotmail.de",
        "hotmail.fr", "hotmail.nl", "icloud.com", "kliksafe.nl", "kpnmail.nl", "kpnplanet.nl", "live.be", "live.com",
        "live.nl", "mac.com", "me.com", "msn.com", "online.nl", "orange.fr", "outlook.com", "outlook.de",
        "outlook.fr", "planet.nl", "pm.me", "proton.me", "protonmail.com", "quicknet.nl", "skynet.be", "solcon.nl",
        "t-online.de", "tele2.nl", "telenet.be", "telfort.nl", "upcmail.nl", "versatel.nl", "web.de", "xs4all.nl",
        "yahoo.co.uk", "yahoo.com", "yahoo.de", "yahoo.fr", "zeelandnet.nl", "ziggo.nl", "zonnet.nl",
    }
)  # fmt: skip
"""Domains with mailboxes for everybody, where the newspaper's readers are. One that is missing has `DOMAIN`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fooled:
    """A robot filled in what no person sees: answer as if all went well, and store nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Nothing was stored: show the form again with what was typed, the ``sentence`` (a key of words) and ``fields``.

    ``wait`` is in whole seconds, 0 when the button may be pressed at once.
    """

    sentence: str
    fields: Mapping[str, str]
    wait: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Nothing was stored: over a limit. Answer 429, Retry-After ``seconds`` and the ``sentence`` (a key of words)."""

    seconds: int
    sentence: str = BUSY


Verdict = Pass | Fooled | Again | Later


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Judges forms. ``keys`` are those that verify links, the first of them signs; ``draw`` returns random digits."""

    store: Store
    keys: Sequence[Key]
    now: Callable[[], datetime]
    draw: Callable[[], str]
    proof_of_work: bool = False

    def fields(self) -> Mapping[str, str]:
        """Return what a form has to show: ``token`` as the value of the hidden field `TOKEN`, ``honeypot`` as the name
        of the field that must stay empty, ``challenge`` for the script, empty where no calculation is asked for.
        """
        at = self.now()
        return self._fields(sign_form(self.keys[0], at), at)

    def judge(self, form: Mapping[str, str], *, origin: str, address: str) -> Verdict:
        """Judge a form that would have a mail sent to ``address``, whose spelling is known to be right.

        ``origin`` is the network address that the request came from. Raises: StoreError.
        """
        at = self.now()
        if form.get(HONEYPOT):
            return self._fool(origin, address, at)
        token = form.get(TOKEN, "")
        opened = open_form(self.keys, token)
        if opened is None or at - opened > GREATEST:
            return Again(sentence=STALE if opened else NEW, fields=self.fields())
        if at - opened < LEAST:
            return Again(sentence=QUICK, fields=self._fields(token, at))
        solved = work.solved(self.keys, form.get(WORK, ""), at=at) if self.proof_of_work else None
        if self.proof_of_work and not solved:
            return self._without_work(token, opened, at=at, origin=origin, address=address)
        return self._within(origin, address, at, solved)

    def within_limits(self, *, origin: str, address: str) -> Pass | Later:
        """Judge a request by its limits alone: of whom a signed link lets in, but who has a mail sent.

        Raises: StoreError.
        """
        with self.store.writing() as transaction:
            return self._take(transaction, self._limits(origin, address), self.now())

    def _within(self, origin: str, address: str, at: datetime, solved: str | None) -> Verdict:
        with self.store.writing() as transaction:
            verdict = self._take(transaction, self._limits(origin, address), at)
            once = [("work", solved, ONCE)] if solved else []
            if isinstance(verdict, Pass) and isinstance(self._take(transaction, once, at), Later):
                return Again(sentence=NEW, fields=self.fields())
            return verdict

    def _without_work(self, token: str, opened: datetime, *, at: datetime, origin: str, address: str) -> Verdict:
        if at - opened < SLOW:
            wait = ceil((SLOW - (at - opened)).total_seconds())
            return Again(sentence=UNSOLVED, fields=self._fields(token, at), wait=wait)
        slow = [("slow", _ranges(origin)[0], SLOW_NARROW), ("slow", "", SLOW_EVERYBODY)]
        with self.store.writing() as transaction:
            return self._take(transaction, [*slow, *self._limits(origin, address)], at)

    def _fool(self, origin: str, address: str, at: datetime) -> Fooled | Later:
        """Do for a robot what is done for a person, and undo it."""
        with self.store.writing() as transaction:
            verdict = self._take(transaction, self._limits(origin, address), at)
            transaction.rollback()
        return Fooled() if isinstance(verdict, Pass) else verdict

    def _limits(self, origin: str, address: str) -> list[tuple[str, str, Limit]]:
        """The limits of a request as kind, what it is a limit of, and figures; the narrowest first, since what it stops
        must not use up the others.
        """
        narrow, wide = _ranges(origin)
        domain = addresses.key(address).rpartition("@")[2]
        return [
            ("range", narrow, NARROW),
            ("range", wide, WIDE),
            ("domain", domain, LARGE_DOMAIN if domain in LARGE else DOMAIN),
        ]

    def _take(self, transaction: Transaction, limits: Sequence[tuple[str, str, Limit]], at: datetime) -> Pass | Later:
        """Go through gates until one is shut."""
        for kind, what, limit in limits:
            opens = gates.take(transaction, self._hashed(kind, what), at=at, every=limit.every, burst=limit.burst)
            if opens:
                return Later(seconds=max(1, ceil((opens - at).total_seconds())))
        return Pass()

    def _hashed(self, kind: str, what: str) -> str:
        """Name a gate so that nobody without the secret learns from the store who came by."""
        text = "\0".join(("newsletter/1", "gate", kind, what))
        return hmac.digest(self.keys[0].secret, text.encode(errors="surrogatepass"), "sha256").hex()[:32]

    def _fields(self, token: str, at: datetime) -> Mapping[str, str]:
        challenge = work.challenge(self.keys[0], at=at, draw=self.draw) if self.proof_of_work else ""
        return {"token": token, "honeypot": HONEYPOT, "challenge": challenge}


def _ranges(origin: str) -> tuple[str, str]:
    """The narrow and the wide range that a network address lies in; what is none has a range of its own."""
    try:
        address = ip_address(origin.partition("%")[0])
    except ValueError:
        return "unknown/narrow", "unknown/wide"
    if isinstance(address, IPv6Address):
        if not address.ipv4_mapped:
            return str(ip_network((address, 64), strict=False)), str(ip_network((address, 48), strict=False))
        address = address.ipv4_mapped
    return str(ip_network(address)), str(ip_network((address, 24), strict=False))
