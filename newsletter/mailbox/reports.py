"""What reports say: of deliveries (RFC 3464), and of mail that a reader called spam (RFC 5965)."""

from dataclasses import dataclass

from newsletter.mailbox.mail import Fields, Mail

_DELIVERY = ("message/delivery-status", "message/global-delivery-status")  # RFC 3464, RFC 6533
_FEEDBACK = "message/feedback-report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of a mail at one address.

    ``action`` is *failed*, *delayed*, *delivered*, *relayed* or *expanded*; ``addresses`` are those it was for, first
    and last; ``status`` (``5.1.1``) and ``said``, the server's words, may be empty.
    """

    action: str
    addresses: frozenset[str]
    status: str
    said: str


def deliveries(mail: Mail) -> tuple[Delivery, ...]:
    """Return what a report of deliveries says of each address; empty for any other mail."""
    return tuple(
        Delivery(
            action=_word(block.first("action")),
            addresses=frozenset(filter(None, map(_address, block.every("original-recipient", "final-recipient")))),
            status=block.first("status")[:40],
            said=block.first("diagnostic-code")[:1_000],
        )
        for block in mail.blocks(*_DELIVERY)
        if block.first("action") and block.first("final-recipient")
    )


def feedback(mail: Mail) -> str | None:
    """Return what kind of feedback a report gives: *abuse*, *not-spam* …; None for any other mail."""
    blocks: tuple[Fields, ...] = mail.blocks(_FEEDBACK)
    return _word(blocks[0].first("feedback-type")) if blocks else None


def _word(value: str) -> str:
    """The first word of a value, whose case means nothing and after which there may be a comment."""
    return value[:40].lower().replace("(", " ").partition(" ")[0]


def _address(value: str) -> str:
    """The address in ``rfc822; anna@example.nl``; some put it in angle brackets, some leave the type out."""
    return value[:400].rpartition(";")[2].strip().strip("<>")
