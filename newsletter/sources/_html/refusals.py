"""What is no article: a front page, a list of articles, a page without text; and what makes one doubtful."""

from urllib.parse import urlsplit

from newsletter.errors import Unreadable
from newsletter.sources._base import MAX_BYTES, Document
from newsletter.sources._html.body import Body
from newsletter.sources._html.found import Found, Voices
from newsletter.sources._html.furniture import MOSTLY_LINKS, link_share
from newsletter.sources._html.linked import types
from newsletter.sources._html.meta import absolute

_HINT = "Import the address or the page of one article."
_LISTS = frozenset({"CollectionPage", "SearchResultsPage", "ProfilePage", "AboutPage", "ContactPage", "CheckoutPage"})
_MOST_DROPPED = 5
_CLOSED = frozenset({"metered", "locked", "premium", "paid", "subscriber"})


def refuse_other_pages(voices: Voices, document: Document) -> None:
    """Raises: Unreadable (``not-an-article``) for a front page, and a page that calls itself a list."""
    if voices.data.article or (voices.meta.first("og:type") or "").endswith("article"):
        return
    path = urlsplit(absolute(document.address or document.url, None) or "")
    if path.netloc and not path.path.strip("/") and not path.query:
        raise _unreadable(document, "this is a front page, not an article")
    kinds = {name for found in voices.data.objects for name in types(found)}
    if kinds & _LISTS or _teasers(voices) >= 4:
        raise _unreadable(document, "this is a page of links to articles, not an article")


def refuse_without_body(voices: Voices, body: Body, document: Document) -> None:
    """Raises: Unreadable for a page of links, or of a book's size, or without text unless it says it is an article."""
    proven = bool(voices.data.article) or (voices.meta.first("og:type") or "").endswith("article")
    whole = next(voices.page.find("//body"), voices.page.tree)
    if body.links > MOSTLY_LINKS or (not body.markdown and not proven and link_share(whole) > MOSTLY_LINKS):
        raise _unreadable(document, "this is a page of links to articles, not an article")
    if len(body.markdown) > MAX_BYTES:
        sentence = f"its text has {len(body.markdown) // 1024} kB; an article has {MAX_BYTES // 1024} kB at most"
        raise Unreadable(sentence, "Save the article only.", code="too-large", file=document.name)
    if not body.markdown and not proven:
        hint = "Its text may come from a script: copy it in a browser, and import what you copied."
        raise Unreadable("there is no article text on the page", hint, code="no-body", file=document.name)


def remark(voices: Voices, body: Body, found: Found) -> None:
    """Note what makes the text doubtful: a paywall, no text, a broken block of JSON-LD, a guessed charset."""
    if _is_closed(voices) or body.stopped:
        found.note("paywall", "The page is for subscribers: its text may be incomplete.", "Look whether it has an end.")
    if not body.markdown:
        hint = "Its text may come from a script: copy it in a browser."
        found.note(
            "no-body", "There is no article text on the page; only title and lead were read.", hint, level="warning"
        )
    if voices.data.broken:
        found.note("json-ld-broken", f"JSON-LD that cannot be read was passed over ({voices.data.broken}).")
    if voices.page.guessed:
        found.note(
            "encoding-guessed",
            "Nothing says how the page is encoded; it was read as Windows text.",
            "Look at the accents.",
        )
    if body.dropped:
        shown = "; ".join(f"“{_short(words)}”" for words in body.dropped[:_MOST_DROPPED])
        more = f" and {len(body.dropped) - _MOST_DROPPED} more" if len(body.dropped) > _MOST_DROPPED else ""
        found.note("page-left-out", f"Left out of the text as the page's, not the article's: {shown}{more}.")


def _is_closed(voices: Voices) -> bool:
    """Say whether the page is for subscribers: schema.org isAccessibleForFree, or the tier that Facebook knows."""
    said = str(voices.data.article.get("isAccessibleForFree", "")).casefold()
    tier = (voices.meta.first("article:content_tier", "og:article:content_tier") or "").casefold()
    return said.rpartition("/")[2] == "false" or tier in _CLOSED


def _teasers(voices: Voices) -> int:
    """Count the articles that are no more than a linked heading with a few words."""
    articles = list(voices.page.find("//article[.//h2//a or .//h3//a or .//h2[ancestor::a] or .//h3[ancestor::a]]"))
    return sum(len(article.text_content()) < 600 for article in articles)


def _short(words: str) -> str:
    return words if len(words) <= 50 else words[:49].rstrip() + "…"


def _unreadable(document: Document, sentence: str) -> Unreadable:
    return Unreadable(sentence, _HINT, code="not-an-article", file=document.name)
