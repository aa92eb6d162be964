"""One reader's copy, made again from what is kept, and held against what left.

What is kept of a request is its fingerprint. It is over what the messages of all its readers are made of, edition,
headers that all share and what is each one's own, and not over the bytes as they left, which a provider spells in its
own way. So theirs are made again too, and one who was erased since takes the proof along; the copy is then no less made
from the edition that was sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import Literal

from newsletter import mime
from newsletter.delivery.copies import Copies
from newsletter.links import Key
from newsletter.model.ledger import Attempt, Delivery, Run
from newsletter.store import attempts, deliveries, editions
from newsletter.store.database import Transaction

Verdict = Literal["the same", "another", "unknown"]
"""Whether what is made again is what left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A reader's mail as a file, lines ended by CRLF, and what was found of it, in sentences."""

    content: bytes
    verdict: Verdict
    sentence: str


def rebuild(transaction: Transaction, run: Run, delivery: Delivery, keys: Sequence[Key]) -> Copy:
    """Make a reader's copy again with the key of its run, which is among ``keys``, and compare.

    Raises: LookupError when he was erased, or his run is not frozen; ConfigError without the key; ContentError when
    his message cannot be made.
    """
    edition = editions.load(transaction, run.edition)
    copies = Copies(edition, run, keys)
    content = mime.to_bytes(copies.message(delivery))
    if not compare_digest(edition.fingerprint, run.edition):
        return Copy(
            content=content, verdict="another", sentence="The edition that is kept is not the one that was sent."
        )
    verdict, sentence = _compared(transaction, run, delivery, copies)
    return Copy(content=content, verdict=verdict, sentence=sentence)


def _compared(transaction: Transaction, run: Run, delivery: Delivery, copies: Copies) -> tuple[Verdict, str]:
    request = attempts.get(transaction, delivery.attempt) if delivery.attempt else None
    if request is None:
        return "unknown", "No request was made for this reader, so there is nothing to compare it with."
    readers = [deliveries.get(transaction, run.id, seq) for seq in request.seqs]
    there = [one for one in readers if one and one.address]
    if len(there) < len(readers):
        return "unknown", (
            "It is made from the edition that was sent. Its own words cannot be compared, since another reader of that "
            f"request was erased: what is kept of {_named(request)} is over all of them."
        )
    if compare_digest(copies.fingerprint(map(copies.message, there)), request.fingerprint):
        return "the same", (
            f"Edition, headers and each reader's own words of {_named(request)} are the same when it is made again: "
            f"{request.fingerprint[:16]}. The bytes that left are not kept; the provider may have spelt them otherwise."
        )
    return "another", (
        f"Edition, headers or readers' own words of {_named(request)} are others when it is made again: its "
        f"fingerprint was {request.fingerprint[:16]}."
    )


def _named(request: Attempt) -> str:
    readers = "1 reader" if len(request.seqs) == 1 else f"{len(request.seqs):,} readers"
    return f"request {request.id} for {readers}"
