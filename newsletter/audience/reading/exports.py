"""Whose export a list is, told by its headers, and what the words in it mean.

Headers are spelled as `columns.spelling` does. Sources: listmonk cmd/subscribers.go; Ghost's and Keila's CSV exports;
Buttondown's enum *SubscriberType*; the help pages and exports of Mailchimp, Substack and MailerLite.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from newsletter.audience.reading.values import YES, Standing

CONFIRMED: Standing = ("confirmed", None)
PENDING: Standing = ("pending", None)
LEFT: Standing = ("left", None)
BOUNCED: Standing = ("suppressed", "bounced")
COMPLAINED: Standing = ("suppressed", "complained")
BLOCKED: Standing = ("suppressed", "blocked")

WORDS: Mapping[str, Standing] = {
    **dict.fromkeys(("confirmed", "subscribed", "active", "bevestigd", "aangemeld", "actief"), CONFIRMED),
    **dict.fromkeys(("pending", "unconfirmed", "onbevestigd"), PENDING),
    **dict.fromkeys(("left", "unsubscribed", "opted out", "opted-out", "uitgeschreven", "afgemeld"), LEFT),
    **dict.fromkeys(("bounced", "cleaned", "undeliverable", "onbestelbaar"), BOUNCED),
    **dict.fromkeys(("complained", "spam", "junk"), COMPLAINED),
    **dict.fromkeys(("suppressed", "blocked", "blocklisted", "blacklisted", "geblokkeerd"), BLOCKED),
    **{word: CONFIRMED if yes else LEFT for word, yes in YES.items()},
}
"""Words of status in any list, in lower case; yes and no answer whether he gets the mail."""

NOT_WANTED = frozenset(
    (
        "inactive", "inactief", "geen", "none", "never", "nooit", "niet", "declined", "geweigerd", "withdrawn",
        "revoked", "ingetrokken", "opt-out", "opt out", "optout", "opgezegd", "gestopt", "nein", "non",
    )
)  # fmt: skip
"""What says no as well, where the question is whether he wants it."""

TELLING = frozenset(word for word, standing in WORDS.items() if standing[0] in {"left", "suppressed"}) - YES.keys()
"""Words that tell of nothing else than that somebody opted out, in whatever column they stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One program's export.

    ``marks``: it is this one's when all headers of one of these sets are there. ``columns`` are headers that mean
    something of their own here, ``words`` those of status beside the general ones. ``moments`` is the zone of moments
    that name none, by default the newsletter's. By the beginning of a file's name, ``everyone`` is how all in it stand,
    ``refused`` why none of them is a reader. ``caution`` is what it does not say.
    """

    name: str
    marks: Sequence[frozenset[str]]
    columns: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Standing] = field(default_factory=dict)
    moments: tzinfo | None = None
    everyone: Mapping[str, Standing] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    caution: str | None = None


def _marks(*sets: str) -> Sequence[frozenset[str]]:
    return tuple(frozenset(headers.split(", ")) for headers in sets)


EXPORTS: Sequence[Export] = (
    Export(
        name="newsletter",
        marks=_marks("address, status, reason, paused until"),
        columns={"fields": "fields"},
    ),
    Export(
        name="mailchimp",
        marks=_marks("member rating, optin time", "leid, euid", "email address, confirm time"),
        columns={"unsub time": "left", "clean time": "bounced"},
        moments=UTC,
        everyone={"subscribed_": CONFIRMED, "unsubscribed_": LEFT, "cleaned_": BOUNCED},
        refused={"nonsubscribed_": "Mailchimp calls him non-subscribed: he never asked for the newsletter."},
    ),
    Export(
        name="listmonk",
        marks=_marks("uuid, email, attributes, status"),
        columns={"attributes": "fields"},
        words={"enabled": CONFIRMED, "disabled": BLOCKED},
        caution="listmonk's export does not say who left a list: export each list by its subscription status.",
    ),
    Export(
        name="ghost",
        marks=_marks("email, subscribed to emails, created at"),
        columns={"subscribed to emails": "status", "deleted at": "left"},
    ),
    Export(
        name="substack",
        marks=_marks("email, active subscription, email disabled"),
        columns={"email disabled": "status"},
        words={word: LEFT if yes else CONFIRMED for word, yes in YES.items()},
    ),
    Export(
        name="buttondown",
        marks=_marks("email, subscriber type", "email address, subscriber type", "email address, type, creation date"),
        columns={
            "subscriber type": "status",
            "type": "status",
            "metadata": "fields",
            "unsubscription date": "left",
        },
        words={
            **dict.fromkeys(("regular", "premium", "trialed", "gifted", "churning", "paused", "past_due"), CONFIRMED),
            **dict.fromkeys(("unactivated", "unpaid"), PENDING),
            **dict.fromkeys(("spammy", "removed", "disabled"), BLOCKED),
        },
    ),
    Export(
        name="keila",
        marks=_marks("email, first name, last name, data, status"),
        columns={"data": "fields"},
        words={"unreachable": BOUNCED},
    ),
    Export(
        name="mailerlite",
        marks=_marks("subscriber, subscribed", "subscriber, status", "subscriber, last name", "subscriber, groups"),
        columns={"subscriber": "address", "name": "first_name", "unsubscribed": "left"},
    ),
)


def recognise(headers: Sequence[str]) -> Export | None:
    """Return whose export has these headers, or None."""
    there = set(headers)
    return next((export for export in EXPORTS if any(mark <= there for mark in export.marks)), None)
