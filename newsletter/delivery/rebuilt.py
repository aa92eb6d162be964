"""One reader's copy, made again from what is kept, and held against what left.

What is kept of a request is its fingerprint, which is over the messages of all its readers. So theirs are made again
too, and one who was erased since takes the proof along; the copy is then no less made from the edition that was sent.
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
    """A reader's mail as a file, lines ended by CRLF, and what was found of it, in a sentence."""

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
        erased = len(readers) - len(there)
        return "unknown", f"{_named(request)} cannot be made again: of its readers {erased:,} had themselves erased."
    if compare_digest(copies.fingerprint(map(copies.message, there)), request.fingerprint):
        return "the same", f"{_named(request)} is the same when it is made again: {request.fingerprint[:16]}."
    return (
        "another",
        f"{_named(request)} is another when it is made again: its fingerprint was {request.fingerprint[:16]}.",
    )


def _named(request: Attempt) -> str:
    readers = "1 reader" if len(request.seqs) == 1 else f"{len(request.seqs):,} readers"
    return f"Request {request.id} for {readers}"
