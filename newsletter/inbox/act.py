"""What follows from a mail: somebody leaves, an address is suppressed, nothing, or a person should look at it.

A deed is done once. The same mail again finds it done; and a mail that is older than what its reader (or, of a bounce,
the operator) decided since changes nothing, so that reading an old mailbox again sends nobody away who came back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from newsletter import addresses, verdict
from newsletter.audience import consent
from newsletter.audience.erasure import EraseKey
from newsletter.audience.leaving import Nobody, who_is_now
from newsletter.audience.occasion import Occasion
from newsletter.inbox.masked import without_addresses
from newsletter.inbox.whose import Tokens, addressed_to, names
from newsletter.mailbox import odd, proof, reports, wishes
from newsletter.mailbox.mail import Mail
from newsletter.mailbox.reports import Delivery
from newsletter.model.subscriber import ConsentRecord, Source, What
from newsletter.store import consents, subscribers
from newsletter.store.database import Transaction
from newsletter.store.subscribers import Known
from newsletter.verdict import Verdict

Deed = Literal["left", "bounced", "complained", "unchanged", "unmatched"]
"""Unchanged: there was nothing to do, or it was done before. Unmatched: a person should look at it."""

_Write = Callable[[Transaction, str, Occasion], bool]
_LONGEST_NOTE = 200
_AGAINST: dict[Deed, frozenset[What]] = {
    "left": frozenset(("signed up", "confirmed")),
    "bounced": frozenset(("confirmed", "lifted")),
    "complained": frozenset(("signed up", "confirmed")),
}
"""What overtakes a deed that its mail is older than."""

_NOT_HIS: frozenset[Source] = frozenset(("import", "operator"))
"""What a list or the operator says of a reader takes back nothing that he said himself."""

_WORDS = {"left": "he wanted to leave", "bounced": "mail to him came back", "complained": "he called it spam"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was done about a mail and why. ``subscriber`` is the id of whom it is about, None when nobody is known.

    ``why`` names nobody.
    """

    deed: Deed
    why: str
    subscriber: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clerk:
    """Sees to mails, each in a transaction of its caller's. ``at`` is the moment it happens (aware UTC).

    ``server`` names the mail server whose word on senders counts, as `proof.is_proved` takes it. By ``erase_key``
    readers who had themselves erased and came back are known again.
    """

    tokens: Tokens
    zone: ZoneInfo
    at: datetime
    server: str | None = None
    erase_key: EraseKey | None = None

    def see_to(self, transaction: Transaction, mail: Mail) -> Answer:
        """Do what follows from one mail; a second time nothing changes."""
        kind = reports.feedback(mail)
        if kind is not None:
            return self._feedback(transaction, mail, kind)
        if delivered := reports.deliveries(mail):
            return self._report(transaction, mail, delivered)
        if odd.is_from_a_machine(mail) and (answer := self._odd(transaction, mail)):
            return answer
        if wishes.is_automatic(mail):
            return Answer(deed="unchanged", why="a program answered")
        return self._wish(transaction, mail)

    def _feedback(self, transaction: Transaction, mail: Mail, kind: str) -> Answer:
        """A report that somebody called it spam (RFC 5965); such reports hide addresses."""
        if kind not in {"abuse", "fraud"}:
            return Answer(deed="unmatched", why=f"a report of {kind or 'nothing that is known'}")
        known = self._reader_of(transaction, mail)
        if isinstance(known, Answer):
            return known
        to = addressed_to(mail.returned)
        if "@" in to and not names(to, known.key) and "redact" not in to.lower():
            return _for_a_person(known, "it is about mail to another address than the reader's")
        return self._do(transaction, mail, known, "complained", f"feedback: {kind}")

    def _report(self, transaction: Transaction, mail: Mail, delivered: Sequence[Delivery]) -> Answer:
        """A report of deliveries (RFC 3464)."""
        failures = [one for one in delivered if one.action.startswith(("fail", "error"))]
        if not failures:
            return Answer(deed="unchanged", why=f"not failed: {delivered[0].action or 'nothing is said'}")
        known = self._reader_of(transaction, mail)
        if isinstance(known, Answer):
            return known
        his = [one for one in failures if known.key in map(addresses.key, one.addresses)]
        if not his and len(failures) == 1 and names(addressed_to(mail.returned), known.key):
            his = failures  # his server passed it on to where it failed
        if not his:
            return _for_a_person(known, "it is about another address than the reader's")
        return self._bounce(transaction, mail, known, verdict.judge(his[0].status, his[0].said), his[0].said)

    def _odd(self, transaction: Transaction, mail: Mail) -> Answer | None:
        """A bounce that keeps to no standard; None when it is none, or nobody's."""
        known = self._reader_of(transaction, mail)
        failed = odd.failed_for_good(mail) if isinstance(known, Known) else frozenset()
        if isinstance(known, Answer) or known.key not in map(addresses.key, failed):
            return None
        return self._bounce(transaction, mail, known, verdict.judge("", odd.words(mail), for_good=True), "")

    def _bounce(self, transaction: Transaction, mail: Mail, known: Known, judged: Verdict, said: str) -> Answer:
        if not judged.gone:
            return Answer(deed="unchanged", why=judged.why, subscriber=known.subscriber.id)
        words = without_addresses(said, known.subscriber.address)
        note = f"{judged.why}; {words}" if words else judged.why
        return self._do(transaction, mail, known, "bounced", note[:_LONGEST_NOTE])

    def _wish(self, transaction: Transaction, mail: Mail) -> Answer:
        """A mail of a person, or of the program he pressed a button of (RFC 2369)."""
        sent_to = self.tokens.sent_to(mail)
        if not (wishes.wants_to_leave(mail) or self._is_wordless_wish(mail)):
            return Answer(deed="unmatched", why="it says something else")
        if sent_to:
            known = self._one(transaction, sent_to)
            return known if isinstance(known, Answer) else self._leave(transaction, mail, known, None)
        if self.tokens.has_foreign_token(mail):
            return Answer(deed="unmatched", why="the address it was sent to is none that we signed")
        return self._wish_without_token(transaction, mail)

    def _is_wordless_wish(self, mail: Mail) -> bool:
        """Whether a mail without a word is a wish: of a person, at the address that is there to leave by."""
        return bool(self.tokens.to_leave(mail)) and wishes.says_nothing(mail) and not odd.is_from_a_machine(mail)

    def _wish_without_token(self, transaction: Transaction, mail: Mail) -> Answer:
        """Whoever quotes his own mail could press the link in it; anybody else has to prove who he is."""
        sender = subscribers.find(transaction, addresses.key(mail.sender)) if mail.sender else None
        quoted = self.tokens.quoted(mail)
        if not quoted:
            return self._wish_of_a_sender(transaction, mail, sender)
        known = self._one(transaction, quoted)
        if isinstance(known, Answer):
            return known
        if sender is not None and sender.subscriber.id != known.subscriber.id:
            return Answer(deed="unmatched", why="its sender is a reader, and quotes the mail of another one")
        return self._leave(transaction, mail, known, "known by the mail he quoted")

    def _wish_of_a_sender(self, transaction: Transaction, mail: Mail, sender: Known | None) -> Answer:
        """Anybody can write any sender, so our own mail server must have found that it is true."""
        if not self.tokens.is_to_inbox(mail):
            return Answer(deed="unmatched", why="it was not sent to the mailbox of the newsletter")
        if sender is None:
            return Answer(deed="unmatched", why="nobody on the list has the address it is from")
        if not proof.is_proved(mail, self.server):
            return _for_a_person(sender, "our mail server did not find that it is from whom it says")
        return self._leave(transaction, mail, sender, "known by the sender's address, which our mail server checked")

    def _leave(self, transaction: Transaction, mail: Mail, known: Known, note: str | None) -> Answer:
        return self._do(transaction, mail, known, "left", note)

    def _do(self, transaction: Transaction, mail: Mail, known: Known, deed: Deed, note: str | None) -> Answer:
        """Write it down, unless it is so already or something newer stands against it."""
        identity = known.subscriber.id
        story = consents.of(transaction, identity)
        sent = min(mail.at or self.at, self.at)
        if any(record.at > sent for record in story if _stands_against(deed, record)):
            return Answer(deed="unchanged", why="it is older than what was decided since", subscriber=identity)
        if mail.at is None and _was_overtaken(deed, story):
            return _for_a_person(known, "it has no date, and may be older than what was decided since")
        write, source = _DEEDS[deed]
        occasion = Occasion(at=self.at, zone=self.zone, source=source, note=note)
        if not write(transaction, identity, occasion):
            return Answer(deed="unchanged", why=f"known before: {_WORDS[deed]}", subscriber=identity)
        return Answer(deed=deed, why=note or _WORDS[deed], subscriber=identity)

    def _reader_of(self, transaction: Transaction, mail: Mail) -> Known | Answer:
        """Find the reader of a mail that came back, by the return path it came back to.

        Only our server and the reader's were told that. What stands in the mail, anybody has to whom it was forwarded.
        """
        came_back_to = self.tokens.came_back_to(mail)
        if not came_back_to and (self.tokens.sent_to(mail) or self.tokens.quoted(mail)):
            return Answer(deed="unmatched", why="it quotes a reader's mail, and did not come back to his return path")
        return self._one(transaction, came_back_to)

    def _one(self, transaction: Transaction, identities: frozenset[str]) -> Known | Answer:
        if len(identities) != 1:
            several = "it holds the tokens of several readers" if identities else "no token in it is one that we signed"
            return Answer(deed="unmatched", why=several)
        (identity,) = identities
        known = subscribers.get(transaction, identity, to_change=True) or self._since(transaction, identity)
        return known or Answer(deed="unchanged", why="its reader is on the list no more")

    def _since(self, transaction: Transaction, identity: str) -> Known | None:
        """Who has the address of whoever had an id that nobody has any more."""
        found = who_is_now(transaction, identity, self.erase_key)
        return None if isinstance(found, Nobody) else subscribers.get(transaction, found.subscriber.id, to_change=True)


_DEEDS: dict[Deed, tuple[_Write, Source]] = {
    "left": (consent.leave, "mail"),
    "bounced": (consent.bounce, "bounce"),
    "complained": (consent.complain, "complaint"),
}


def _stands_against(deed: Deed, record: ConsentRecord) -> bool:
    """Whether a record overtakes a deed that happened before it."""
    return record.what in _AGAINST[deed] and (deed == "bounced" or record.source not in _NOT_HIS)


def _was_overtaken(deed: Deed, story: Sequence[ConsentRecord]) -> bool:
    """Whether a deed was done before, and something stands against that since."""
    done = next((number for number, record in enumerate(story) if record.what == deed), len(story))
    return any(_stands_against(deed, record) for record in story[done:])


def _for_a_person(known: Known, why: str) -> Answer:
    return Answer(deed="unmatched", why=why, subscriber=known.subscriber.id)
