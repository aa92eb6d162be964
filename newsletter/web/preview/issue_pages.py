"""The pages of an issue: the desk, the mail in every way of looking at it, its text and its pictures."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from newsletter import build, mime
from newsletter.build import NOBODY, Built
from newsletter.config import Config
from newsletter.errors import NewsletterError, UsageError
from newsletter.model.mail import Edition, Message
from newsletter.model.subscriber import Subscriber
from newsletter.rendering import colour
from newsletter.web.preview import answers, desk, inbox, trouble, weight
from newsletter.web.preview.anatomy import dissect
from newsletter.web.preview.desk import Rows
from newsletter.web.preview.outbox import rehearsed
from newsletter.web.preview.shelf import Look, Shelf
from newsletter.web.preview.view import DESKTOP, PHONE, WIDTHS, View
from newsletter.words import load
from newsletter.workspace import Workspace

_MOST_FINDINGS = 50
"""So many are shown, the worst first; an issue of copies has thousands."""

_BRAND = "#1F5A4C"
"""The accent while the configuration that names one cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An issue as a request wants to see it.

    ``built`` is the last edition that could be built, ``look`` says more of it; ``readers`` may be chosen, and
    ``message`` is merged for the one who was. ``turned``: the other way than its language is written.
    """

    space: Workspace
    look: Look
    built: Built
    view: View
    readers: Sequence[Subscriber]
    message: Message
    turned: bool

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``, as it is shown."""
        return "rtl" if _is_rtl(self.space) is not self.turned else "ltr"

    @property
    def mail(self) -> str:
        """Sum up the mail: it need only be loaded again when this has changed."""
        return hashlib.sha256(self.message.html.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Issues:
    """The issues of one workspace. Endpoints are plain functions, so Starlette runs each in a thread of its own."""

    root: Path
    shelf: Shelf

    def home(self, request: Request) -> Response:
        """The newest issue, or what to do without one."""
        try:
            names = self.space().issues()
        except NewsletterError as error:
            return self.trouble(error, View())
        if not names:
            return answers.page("empty.html", {"paper": self.space().config.newsletter.name})
        return RedirectResponse(path_of(names[0]), 302, answers.HEADERS)

    def nowhere(self, request: Request, error: Exception) -> Response:
        """An address that leads nowhere, in the look of the others."""
        return self.trouble(UsageError("There is no such page.", "The first page is at /."), View(), status=404)

    def style(self, request: Request) -> Response:
        """The style sheet, with the colours of the newsletter."""
        try:
            brand = self.space().config.brand.colour
        except NewsletterError:
            brand = _BRAND
        values = {"light": colour.light(brand), "dark": colour.dark(brand)}
        return answers.asset("desk.css", "text/css", values)

    def script(self, request: Request) -> Response:
        """The script, which only makes smooth what works without it."""
        return answers.asset("desk.js", "text/javascript", {})

    def desk(self, request: Request) -> Response:
        """The issue on the desk; when it cannot be built, why, and the last edition that could."""
        view = View.of(request.query_params, phone=answers.from_phone(request))
        try:
            seen = self.seen(request)
        except UsageError as error:
            return self.trouble(error, view, status=404)
        except NewsletterError as error:
            return self.trouble(error, view, name=request.path_params["name"])
        return answers.page("desk.html", self._desk_values(seen))

    def mail(self, request: Request) -> Response:
        """The message: its bytes, or with ``scheme`` in the address as that scheme shows it."""
        seen = self._seen_or_none(request)
        if seen is None:
            return answers.none("mail")
        html = seen.message.html
        if "scheme" in request.query_params:
            html = desk.in_scheme(html, seen.view.scheme)
        return answers.mail(html, pictures=seen.view.pictures == "on")

    def text(self, request: Request) -> Response:
        """The text part of the message."""
        seen = self._seen_or_none(request)
        return answers.text(seen.message.text) if seen else answers.none("mail")

    def picture(self, request: Request) -> Response:
        """A picture of the mail, under the name it has there."""
        try:
            built = self.shelf.look(self.space(), request.path_params["name"]).built
        except NewsletterError:
            built = None
        pictures = {picture.name: picture for picture in built.edition.pictures} if built else {}
        found = pictures.get(request.path_params["file"])
        if found is None:
            return answers.none("picture")
        return answers.picture(found.data, mime.picture_type(found))

    def space(self) -> Workspace:
        """Return the workspace, as it last was while its configuration is broken. Raises: ConfigError."""
        return self.shelf.find(self.root)

    def seen(self, request: Request) -> Seen:
        """Look at an issue as a request asks for. Raises: NewsletterError when it could never be built."""
        space, phone = self.space(), answers.from_phone(request)
        look = self.shelf.look(space, request.path_params["name"])
        if look.built is None:
            raise look.trouble or UsageError("There is no such issue.")
        view = View.of(request.query_params, phone=phone)
        turned = view.direction == ("ltr" if _is_rtl(space) else "rtl")
        edition = self.shelf.turned(look.built, space.config) if turned else look.built.edition
        readers = () if phone else look.readers
        reader = readers[min(view.reader, len(readers)) - 1] if readers else NOBODY
        return Seen(
            space=space,
            look=look,
            built=look.built,
            view=view,
            readers=readers,
            message=_message(look.built, edition, reader, space.config),
            turned=turned,
        )

    def trouble(self, error: NewsletterError, view: View, *, name: str = "", status: int = 200) -> Response:
        """Answer with an error, beside the issues where they can be listed."""
        try:
            space = self.space()
        except NewsletterError:
            space = None
        values = {
            "paper": space.config.newsletter.name if space else "newsletter",
            "rows": desk.rows(space, self.shelf, which=view.issues, broken=name) if space else Rows(),
            "current": name,
            "view": view,
            "trouble": trouble.explain(error, self.root, phone=view.phone),
        }
        return answers.page("trouble.html", values, status=status)

    def _seen_or_none(self, request: Request) -> Seen | None:
        try:
            return self.seen(request)
        except NewsletterError:
            return None

    def _desk_values(self, seen: Seen) -> dict[str, object]:
        config, built, look = seen.space.config, seen.built, seen.look
        name = built.issue.name
        title, line = desk.headline(built, config)
        return {
            "paper": config.newsletter.name,
            "rows": desk.rows(
                seen.space, self.shelf, which=seen.view.issues, built=built, broken=name if look.trouble else None
            ),
            "current": name,
            "title": title,
            "line": line,
            "at": f"{look.at.astimezone(config.newsletter.time_zone):%H:%M:%S}" if look.at else "",
            "version": look.version,
            "mail": seen.mail,
            "trouble": trouble.explain(look.trouble, self.root, phone=seen.view.phone) if look.trouble else None,
            "view": seen.view,
            "direction": seen.direction,
            "widths": (PHONE, DESKTOP, WIDTHS),
            "built": built,
            "most_findings": _MOST_FINDINGS,
            "message": seen.message,
            "anatomy": dissect(mime.to_bytes(seen.message)) if seen.view.part == "message" else None,
            "inbox": inbox.line(seen.message, built.issue, config),
            "weight": weight.weigh(built, config),
            "silent": desk.silent(built, config),
            "readers": seen.readers,
            "phone": seen.view.phone,
            "rehearsal": None if seen.view.phone else rehearsed(seen.space.build_folder(name) / "outbox"),
        }


def path_of(issue: str) -> str:
    """The address of an issue on the desk."""
    return f"/issues/{quote(issue)}"


def _message(built: Built, edition: Edition, reader: Subscriber, config: Config) -> Message:
    """Merge an edition of a built issue for one reader, dated as the message to the sample reader is."""
    if edition is built.edition and reader == built.message.subscriber:
        return built.message
    merge = build.merger(edition, config, date=built.message.letterhead.date, pictures=build.PICTURES)
    return merge(reader, delivery=build.delivery_id(edition, reader))


def _is_rtl(space: Workspace) -> bool:
    return load(space.config.newsletter.language).rtl
