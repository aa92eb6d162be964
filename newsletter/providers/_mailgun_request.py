"""A request to Mailgun: the edition once, with references where readers differ, and beside it what each of them gets.

Mailgun puts ``%recipient.<variable>%`` right for each reader, wherever it stands in subject, bodies and headers. There
is one variable for each context that a value is escaped for, and one for each header of a reader's own. What all
readers of a request have in common is put in here; so a request for a single one refers to nothing and brings no
variables: it is an ordinary mail, in which Mailgun has nothing to put right.

Nothing else may be filled in. The names of our variables begin with a piece of the edition's fingerprint, so that no
article and no reader's name can refer to one; what may stand in a name is not documented, so they are letters, digits
and ``_`` alone. Where a text has a ``%`` before a word that Mailgun knows
(``%recipient_email%``, ``%unsubscribe_url%``), in HTML an entity stands for it; in text, subject and headers a
variable does, whose value is ``%``. In an ordinary mail text, subject and headers stay as they are.

Documented: what is filled in where, that each reader needs every variable, and a reference without one stays. Assumed,
until somebody has looked at a live mail: that nothing is filled in without variables, and that it is done once, from
left to right, and not again in what was filled in. Were it done over and over, or to a single reader, HTML would read
the same, and a variable of ours could not be forged; but a ``%unsubscribe_url%`` in a plain text would be put in.
Sources: documentation.mailgun.com (batch sending, sending messages), the official description.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from newsletter import mime
from newsletter.model.mail import Edition, Letterhead, Message, Pieces, Rendition, Slot

Key = Slot | str
"""What readers may differ in: a slot of the edition, or a header by its name."""

_DELIVERY = "X-Newsletter-Delivery"
_KNOWN = "recipient|unsubscribe_|tag_unsubscribe_|mailing_list_"
"""How what Mailgun fills in goes on behind its first ``%``."""
_IN_A_VALUE = re.compile(rf"%(?={_KNOWN}|\Z)", re.IGNORECASE)
_ENTITY = "&#37;"
_OFF = tuple((f"o:{what}", "no") for what in ("tracking", "tracking-clicks", "tracking-opens"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mould:
    """The fields that requests for an edition share; ``names`` are the variables of what readers differ in.

    ``always`` are variables that every reader has, with the same value.
    """

    fields: tuple[tuple[str, str], ...]
    names: tuple[tuple[Key, str], ...]
    always: Mapping[str, str]


def message_id(attempt: str, domain: str) -> str:
    """Return the Message-Id of all mails of an attempt, as Mailgun's events spell it: without ``<`` and ``>``."""
    return f"{attempt}@{domain}"


def compose(attempt: str, domain: str, messages: Sequence[Message]) -> tuple[str, bytes]:
    """Return a request's media type and its body, the same whenever they are made again.

    Raises: ContentError when a value cannot stand in a header; ValueError for messages that are not of one edition, or
    for two to one address.
    """
    first = messages[0]
    if any(_shared(message) != _shared(first) for message in messages):
        raise ValueError("the messages of a request have an edition in common")
    rows = [_row(message) for message in messages]
    common = tuple(item for item in rows[0].items() if all(row[item[0]] == item[1] for row in rows))
    alone = len(messages) == 1
    mould = _mould(first.edition, first.letterhead, tuple(rows[0]), common, alone=alone)
    variables = json.dumps(_variables(mould, messages, rows), ensure_ascii=False, separators=(",", ":"))
    fields = [
        *mould.fields,
        *(("to", mime.unquoted_mailbox(one.subscriber.name, one.subscriber.address)) for one in messages),
        ("h:Message-Id", f"<{message_id(attempt, domain)}>"),
        ("v:attempt", attempt),
        *(() if alone else (("recipient-variables", variables),)),
    ]
    return _multipart(fields, first.edition.pictures if first.embedded else ())


def _shared(message: Message) -> tuple[Edition, Letterhead, bool]:
    return message.edition, message.letterhead, message.embedded


def _row(message: Message) -> dict[Key, str]:
    """All that may be a reader's own, by slot or header."""
    return {**message.values, **mime.list_headers(message)}  # type: ignore[dict-item]  # both are keys


def _variables(
    mould: _Mould, messages: Sequence[Message], rows: Sequence[Mapping[Key, str]]
) -> Mapping[str, Mapping[str, str]]:
    """What each address gets."""
    variables = {
        mime.ascii_address(message.subscriber.address): {
            **mould.always,
            **{name: _value(key, row[key]) for key, name in mould.names},
        }
        for message, row in zip(messages, rows, strict=True)
    }
    if len(variables) < len(messages):
        raise ValueError("an address has one message in a request")
    return variables


def _value(key: Key, value: str) -> str:
    """A reader's value; it is not filled in again, and where that can be seen to, it could not be."""
    return _IN_A_VALUE.sub(_ENTITY, value) if "%" in value and _is_html(key) else value


def _is_html(key: Key) -> bool:
    return isinstance(key, Slot) and key.context != "text"


@lru_cache(maxsize=4)
def _mould(
    edition: Edition, letterhead: Letterhead, keys: tuple[Key, ...], common: tuple[tuple[Key, str], ...], *, alone: bool
) -> _Mould:
    """Make what all requests share whose readers have the same in ``common``; one who is ``alone`` has no variables."""
    known, ours = dict(common), f"n{edition.fingerprint[:12]}"
    names = {key: f"{ours}_{_name(key)}" for key in keys if key not in known}
    filled = {**known, **{key: _reference(name) for key, name in names.items()}}
    percent = f"{ours}_percent"
    stray = re.compile(rf"(%recipient\.{ours}_[^%]+%)|%(?=%recipient\.{ours}_|{_KNOWN})", re.IGNORECASE)

    def shielded(text: str, by: str = "%" if alone else _reference(percent)) -> str:
        return stray.sub(lambda found: found[1] or by, text)

    def joined(pieces: Pieces) -> str:
        return "".join([piece if isinstance(piece, str) else filled[piece] for piece in pieces])

    fields = (
        ("from", mime.unquoted_mailbox(*mime.parted(letterhead.sender))),
        *_reply_to(letterhead),
        ("subject", shielded(edition.subject)),
        ("text", shielded(joined(edition.text))),
        ("html", shielded(joined(edition.html), _ENTITY)),
        *((f"h:{key}", shielded(filled[key])) for key in keys if isinstance(key, str)),
        ("v:delivery", filled[_DELIVERY]),
        *_OFF,
    )
    is_used = any(_reference(percent) in value for _, value in fields)
    return _Mould(fields=fields, names=tuple(names.items()), always={percent: "%"} if is_used else {})


def _name(key: Key) -> str:
    return f"{key.field}_{key.context}" if isinstance(key, Slot) else key.lower().replace("-", "_")


def _reference(name: str) -> str:
    return f"%recipient.{name}%"


def _reply_to(letterhead: Letterhead) -> Sequence[tuple[str, str]]:
    if not letterhead.reply_to:
        return ()
    return (("h:Reply-To", mime.unquoted_mailbox(*mime.parted(letterhead.reply_to))),)


def _multipart(fields: Sequence[tuple[str, str]], pictures: Sequence[Rendition]) -> tuple[str, bytes]:
    """Spell fields and pictures as ``multipart/form-data`` (RFC 7578), under a boundary that none of them can hold."""
    parts = [(f'name="{name}"\r\n\r\n', value.encode()) for name, value in fields]
    parts += [
        (f'name="inline"; filename="{one.name}"\r\nContent-Type: {mime.picture_type(one)}\r\n\r\n', one.data)
        for one in pictures
    ]
    boundary = hashlib.sha256(b"".join(content for _, content in parts)).hexdigest()
    opening = f"--{boundary}\r\nContent-Disposition: form-data; ".encode("ascii")
    body = b"".join(piece for head, content in parts for piece in (opening, head.encode("ascii"), content, b"\r\n"))
    return f"multipart/form-data; boundary={boundary}", body + f"--{boundary}--\r\n".encode("ascii")
