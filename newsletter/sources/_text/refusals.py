"""What is no article: the page of a Sunday, a front page, a stub before a paywall, a text without title or body."""

from newsletter.errors import Unreadable
from newsletter.sources._text.account import Account, SourceLine
from newsletter.sources._text.body import is_sentence
from newsletter.sources._text.furniture import Aside
from newsletter.sources._text.head import Head

_SHORT = 40
_PARAGRAPH = 80
_LONG = 200
_STUB_WORDS = 120


def refuse_other_pages(account: Account, aside: Aside) -> None:
    """Raises: Unreadable (``not-an-article``) for a page that holds no article at all."""
    if aside.sunday and not any(len(line.text) > 2 * _LONG for line in account.open):
        raise _unreadable(account, "not-an-article", "this is the page a newspaper shows on Sundays", aside.sunday)
    if not account.open:
        raise _unreadable(account, "not-an-article", "this is a page's menu and buttons, without an article")


def refuse_without_title(account: Account, head: Head, aside: Aside) -> None:
    """Warn of a whole page. Raises: Unreadable (``not-an-article``, ``paywall``, ``no-title``)."""
    if head.published is None and _is_whole_page(account):
        _refuse_or_warn(account, head)
    if head.title:
        return
    _refuse_stub(account, aside)
    raise _unreadable(account, "no-title", "the article has no title", next(iter(account.open), None))


def refuse_without_body(account: Account, head: Head, aside: Aside) -> None:
    """Warn of a paywall. Raises: Unreadable (``paywall``, ``not-an-article``, ``no-body``)."""
    _refuse_stub(account, aside)
    if aside.paywall:
        sentence = "The page asks to subscribe: the article may be incomplete."
        account.note("paywall", sentence, "Copy the whole article.", line=aside.paywall, level="warning")
    if any(len(line.text) >= _SHORT or is_sentence(line.text) for line in account.open):
        return
    if head.kind in {"live", "video"}:
        raise _unreadable(account, "not-an-article", f"this is a {head.kind} page without text")
    raise _unreadable(account, "no-body", "the article has a title and no text")


def _refuse_stub(account: Account, aside: Aside) -> None:
    if aside.paywall and _words(account.open) < _STUB_WORDS:
        raise _unreadable(account, "paywall", "the article stops at a paywall", aside.paywall)


def _refuse_or_warn(account: Account, head: Head) -> None:
    """A page of short lines may hold an article; a section, which its menu may have lent, tells nothing here."""
    longest = max(len(line.text) for line in account.all)
    if longest < (_PARAGRAPH if head.section or head.authors else _LONG):
        raise _unreadable(account, "not-an-article", "this is a page of short lines, without an article")
    if head.section is None:
        sentence = "More than half of the first lines are short: this may be a whole page, not an article."
        account.note("whole-page", sentence, "Copy the article only, or import its HTML.", level="warning")


def _is_whole_page(account: Account) -> bool:
    first = account.all[:20]
    return len(first) >= 10 and sum(len(line.text) < _SHORT for line in first) * 2 > len(first)


def _words(lines: list[SourceLine]) -> int:
    return sum(len(line.text.split()) for line in lines)


_HINTS = {
    "not-an-article": "Copy the words of an article, from its section or title to its last sentence.",
    "no-title": "Write the title on a line of its own at the top.",
    "no-body": "Copy the paragraphs below the title too.",
    "paywall": "Log in on the page and copy the whole article.",
}


def _unreadable(account: Account, code: str, sentence: str, line: SourceLine | None = None) -> Unreadable:
    return Unreadable(sentence, _HINTS[code], code=code, file=account.file, line=line.number if line else None)
