"""A request as the pages see it: token or name in its path, what was typed, and in which languages it may be answered.

Everything is read leniently and nothing is believed: bytes that are no UTF-8 become U+FFFD, which no address holds.
Reading takes time in proportion to the length, whatever it is that was sent: one thread answers everybody.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

MOST_FIELDS = 400
"""So many fields of a form are read; a page with more tags than that is not for readers."""

LONGEST_HEADER = 1_000
"""Characters of a header, or of a line in the head of a form's part, that are read."""

_SMALL = 4 * 1024
"""Bytes of a body that is read at once; a longer one is read in a thread, where it holds up nobody."""

_NAMED = re.compile(rb'[; ]name="([^"]*)"', re.IGNORECASE)
_BOUNDARY = re.compile(r'boundary="?([^";,\s]{1,70})', re.IGNORECASE)  # RFC 2046 §5.1.1
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_WEIGHT = re.compile(r"q=([01](?:\.\d{0,3})?)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request. ``token`` and ``name`` are empty where its path has none; ``origin`` is the network address it came
    from.

    ``form`` holds the last value of each field. ``accepts`` are the languages of the browser, the dearest first.
    """

    token: str = ""
    name: str = ""
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
    if len(body) > _SMALL:
        return await run_in_threadpool(_read, request, body, origin)
    return _read(request, body, origin)


def _read(request: Request, body: bytes, origin: str) -> Asked:
    return Asked(
        token=request.path_params.get("token", ""),
        name=request.path_params.get("name", ""),
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
    weighed = [found for one in header[:LONGEST_HEADER].split(",")[:20] if (found := _weighed(one))]
    return tuple(language for weight, language in sorted(weighed, key=lambda one: -one[0]) if weight > 0)


def _weighed(one: str) -> tuple[float, str] | None:
    """Return weight and name of one language, None when it is none."""
    language, _, parameter = (part.strip() for part in one.partition(";"))
    weight = _WEIGHT.fullmatch(parameter or "q=1")
    return (float(weight[1]), language) if weight and _LANGUAGE.fullmatch(language) else None


def _part(part: bytes) -> tuple[str, str] | None:
    """Return name and value of one part of a multipart form, None when it names no field."""
    head, _, value = part.partition(b"\r\n\r\n")
    lines = (line for line in head.split(b"\r\n") if len(line) <= LONGEST_HEADER)
    named = (_NAMED.search(line) for line in lines if line.lower().startswith(b"content-disposition:"))
    name = next(filter(None, named), None)
    if name is None:
        return None
    return name[1].decode("utf-8", "replace"), value.removesuffix(b"\r\n").decode("utf-8", "replace")
