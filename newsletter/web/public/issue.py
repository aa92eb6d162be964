"""An issue on the web: what was sent last of it, as anybody may read it; nothing of it before sending has begun.

The page is the mail's own HTML, whose styles stand in its elements and whose pictures may lie on a host of their own.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse, Response

from newsletter.model.mail import Edition
from newsletter.rendering.web_version import web_version
from newsletter.store import editions
from newsletter.web.public import trouble
from newsletter.web.public.asked import Asked
from newsletter.web.public.language import spoken_to
from newsletter.web.public.service import Service
from newsletter.web.public.trouble import Told
from newsletter.words import load

SECONDS = 300
"""For how long whoever asks may keep the page: a mended edition is seen after that."""


@dataclass(frozen=True, slots=True)
class Issues:
    """The issues that were sent."""

    service: Service

    def show(self, asked: Asked) -> Response:
        """Answer with the issue, which is the same for everybody; with 404 where there is nothing to show."""
        if "\0" in asked.name:  # which PostgreSQL does not take in a text
            return self._nothing(asked)
        with self.service.store.reading() as transaction:
            fingerprint = editions.shown(transaction, asked.name)
            edition = editions.load(transaction, fingerprint) if fingerprint else None
        return self._page(edition) if edition else self._nothing(asked)

    def _page(self, edition: Edition) -> Response:
        pictures = f"{self.service.config.pictures_url or f'{self.service.links.web}/pictures'}/"
        page = web_version(
            edition,
            load(edition.language),
            pictures=pictures,
            subscribe=f"{self.service.base}/subscribe",
            mailbox=trouble.mailbox(self.service),
        )
        return HTMLResponse(page, headers=_headers(pictures, edition.language))

    def _nothing(self, asked: Asked) -> Response:
        words = spoken_to(asked, self.service.config)
        told = Told(
            title=words("This issue is not here"),
            paragraphs=(words("Perhaps it has yet to appear, or the address was not copied whole."),),
            button=trouble.to_subscribe(self.service, asked, words),
        )
        return trouble.tell(self.service, words, told, status=404)


def _headers(pictures: str, language: str) -> dict[str, str]:
    place = urlsplit(pictures)
    policy = {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",  # a mail's styles are attributes; no script runs, so they can harm nobody
        "img-src": f"'self' {place.scheme}://{place.netloc}",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    return {
        "Cache-Control": f"public, max-age={SECONDS}",
        "Content-Language": language,
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        # The host of the pictures need not say that they may stand on other pages.
        "Cross-Origin-Embedder-Policy": "unsafe-none",
        "X-Robots-Tag": "noindex",  # the articles are found where they stand
    }
