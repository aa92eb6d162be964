"""The pages of the rehearsal's outbox: its list, and each message that was kept, as it would arrive.

They hold every reader's address, so there is nothing here for who comes from the network.
"""

import re
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from newsletter.config import Config
from newsletter.errors import NewsletterError, UsageError
from newsletter.model.mail import Edition
from newsletter.web.preview import answers, desk, outbox
from newsletter.web.preview.anatomy import Anatomy, dissect
from newsletter.web.preview.issue_pages import Issues
from newsletter.web.preview.outbox import Question, Rehearsed
from newsletter.web.preview.view import DESKTOP, PHONE, WIDTHS, View
from newsletter.words import load
from newsletter.workspace import Workspace

_PICTURE = re.compile(
    r"""(<img\b[^>]*?\ssrc=["'])(?:https?://[^"']*/|cid:)([0-9a-f]{16,64}\.(?:jpg|png))(?=["'])""", re.I
)


@dataclass(frozen=True, slots=True)
class Outboxes:
    """The rehearsals of a workspace's issues. Endpoints are plain functions, as those of the issues."""

    issues: Issues

    def listing(self, request: Request) -> Response:
        """A page of the list, or what to do without one."""
        view, name = View.of(request.query_params), request.path_params["name"]
        try:
            space, rehearsal = self._rehearsal(request)
        except NewsletterError as error:
            return self.issues.trouble(error, view, status=404)
        question = Question.of(request.query_params)
        values = {
            **self._frame(space, name, view),
            "question": question,
            "rehearsal": rehearsal,
            "listing": rehearsal.listing(question) if rehearsal else None,
            "edition": self._edition_line(space, name, rehearsal.first()) if rehearsal else None,
            "when": _moment(rehearsal, space.config) if rehearsal else "",
        }
        return answers.page("outbox.html", values)

    def message(self, request: Request) -> Response:
        """A message as it would arrive."""
        view, name = View.of(request.query_params), request.path_params["name"]
        try:
            space, rehearsal = self._rehearsal(request)
            anatomy = self._message(request, rehearsal)
        except NewsletterError as error:
            return self.issues.trouble(error, view, status=404)
        values = {
            **self._frame(space, name, view),
            "n": request.path_params["n"],
            "anatomy": anatomy,
            "widths": (PHONE, DESKTOP, WIDTHS),
        }
        return answers.page("message.html", values)

    def mail(self, request: Request) -> Response:
        """The HTML of a message; its pictures come from the issue as it is now, when it still has them."""
        view = View.of(request.query_params)
        try:
            anatomy = self._message(request, self._rehearsal(request)[1])
        except NewsletterError:
            return answers.none("mail")
        html = _PICTURE.sub(r"\1../../pictures/\2", desk.in_scheme(anatomy.html, view.scheme))
        return answers.mail(html, pictures=view.pictures == "on")

    def _rehearsal(self, request: Request) -> tuple[Workspace, Rehearsed | None]:
        """Raises: UsageError for who comes from the network, and when there is no such issue."""
        if answers.from_phone(request):
            raise UsageError("There is no such page.", "The first page is at /.")
        space = self.issues.space()
        name = space.issue(request.path_params["name"]).name
        return space, outbox.rehearsed(space.build_folder(name) / "outbox")

    def _message(self, request: Request, rehearsal: Rehearsed | None) -> Anatomy:
        content = rehearsal.content(request.path_params["n"]) if rehearsal else None
        if content is None:
            raise UsageError(
                "This message was not kept.", "`newsletter send --dry-run --keep-all` keeps every message."
            )
        return dissect(content)

    def _frame(self, space: Workspace, name: str, view: View) -> dict[str, object]:
        """What every page has around it."""
        return {
            "paper": space.config.newsletter.name,
            "rows": desk.rows(space, self.issues.shelf, which=view.issues),
            "current": name,
            "view": view,
        }

    def _edition_line(self, space: Workspace, name: str, content: bytes | None) -> tuple[str, bool | None]:
        """The edition that was rehearsed, and whether it is the one on the desk; None when that cannot be known."""
        made_of = dissect(content).fingerprint if content else ""
        built = self._built(space, name)
        if not made_of or built is None:
            return made_of[:8], None
        return made_of[:8], built.fingerprint.startswith(made_of)

    def _built(self, space: Workspace, name: str) -> Edition | None:
        try:
            look = self.issues.shelf.look(space, name)
        except NewsletterError:
            return None
        return look.built.edition if look.built else None


def _moment(rehearsal: Rehearsed, config: Config) -> str:
    """When it was, as the newsletter's wall clock said: ``24 November 2026, 14:03``."""
    when = rehearsal.when.astimezone(config.newsletter.time_zone)
    return f"{load('en').day(when.date())}, {when:%H:%M}"
