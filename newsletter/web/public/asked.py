"""A request as the pages see it: the token of its path, what was typed, and in which languages it may be answered.

Everything is read leniently and nothing is believed: bytes that are no UTF-8 become U+FFFD, which no address holds.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.requests import Request

MOST_FIELDS = 400
"""So many fields of a form are read; a page with more tags than that is not for readers."""

_NAMED = re.compile(rb'content-disposition:[^\r\n]*[; ]name="([^"\r\n]*)"', re.IGNORECASE)
_BOUNDARY = re.compile(r'boundary="?([^";,\s]{1,70})', re.IGNORECASE)  # RFC 2046 §5.1.1
_WEIGHT = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request. ``token`` is empty where the path has none; ``origin`` is the network address it came from.

    ``form`` holds the last value of each field. ``accepts`` are the languages of the browser, the dearest first.
    """

    token: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""
    accepts: tuple[str, ...] = ()

    def typed(self, name: str) -> str:
        """Return what was typed into a field, without space around it; empty when the field is not there."""
        return self.form.get(name, "").strip()


async def read(request: Request, origin: str) -> Asked:
    """Read a request to its end."""
    body = await request.body() if request.method == "POST" else b""
    return Asked(
        token=request.path_params.get("token", ""),
        query=dict(request.query_params),
        form=form(body, request.headers.get("content-type", "")),
        origin=origin,
        accepts=accepted(request.headers.get("accept-language", "")),
    )


def form(body: bytes, content_type: str) -> dict[str, str]:
    """Read a form, urlencoded or multipart (RFC 7578); what is neither gives no fields. Files are read as text."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        try:
            pairs = parse_qsl(
                body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS
            )
        except ValueError:  # too many
            return {}
        return dict(pairs)
    boundary = _BOUNDARY.search(content_type)
    if kind != "multipart/form-data" or boundary is None:
        return {}
    parts = body.split(b"--" + boundary[1].encode())[1 : MOST_FIELDS + 1]
    return dict(pair for part in parts if (pair := _part(part)))


def accepted(header: str) -> tuple[str, ...]:
    """Return the languages of an Accept-Language header (RFC 9110 §12.5.4), the dearest first, none that is refused."""
    found = [_WEIGHT.fullmatch(one) for one in header.split(",")[:20]]
    weighed = [(float(one[2] or 1), one[1]) for one in found if one]
    return tuple(language for weight, language in sorted(weighed, key=lambda one: -one[0]) if weight > 0)


def _part(part: bytes) -> tuple[str, str] | None:
    """Return name and value of one part of a multipart form, None when it names no field."""
    head, _, value = part.partition(b"\r\n\r\n")
    named = _NAMED.search(head)
    if named is None:
        return None
    return named[1].decode("utf-8", "replace"), value.removesuffix(b"\r\n").decode("utf-8", "replace")
