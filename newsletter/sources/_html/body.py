"""The body of a page as Markdown, without what repeats the head or belongs to the page."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from newsletter.model.article import Sureness
from newsletter.sources._authors import looks_like_byline
from newsletter.sources._base import House
from newsletter.sources._dates import read_dates
from newsletter.sources._html.blocks import Block, Walk
from newsletter.sources._html.container import Container, find_container
from newsletter.sources._html.found import bare
from newsletter.sources._html.furniture import MOSTLY_LINKS
from newsletter.sources._html.outside import outside_opinion
from newsletter.sources._html.page import Page
from newsletter.sources._text.dateline import names_and_dates
from newsletter.sources._text.furniture import is_paywall, is_sentence_of_the_page

_HEAD = 4
_LONGEST_LINK = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The text of an article: Markdown, its first paragraph's words, and how sure that is.

    ``head`` are the lines of byline and date that stood at its top, ``dropped`` what was left out, these included;
    ``links`` is the share of the text in links, ``stopped`` says that it asks to subscribe.
    """

    markdown: str = ""
    opening: str = ""
    head: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    links: float = 0.0
    stopped: bool = False
    sureness: Sureness = "check"
    why: str = "nothing on the page says where it begins"


def read_body(page: Page, address: str | None, title: str, house: House) -> Body:
    """Read the body. Where no element can be trusted to hold it, trafilatura is asked, if it is installed."""
    container = find_container(page)
    if container is None or container.sureness == "check":
        markdown = outside_opinion(page, address)
        if markdown:
            return _of_markdown(markdown, title)
    return _of_container(container, address, title, house) if container else Body()


def without(body: Body, lead: str | None, captions: Iterable[str | None]) -> str:
    """Return the Markdown without the paragraphs that repeat the lead or a caption."""
    repeated = {bare(text) for text in (lead, *captions) if text}
    blocks = [block for block in body.markdown.split("\n\n") if bare(_plain(block)) not in repeated]
    return "\n\n".join(blocks)


def _of_container(container: Container, address: str | None, title: str, house: House) -> Body:
    walks = [Walk(element, address) for element in container.elements]
    blocks = [block for walk in walks for block in walk.blocks()]
    dropped = [words for walk in walks for words in walk.dropped]
    head: list[str] = []
    kept = _clean(blocks, title, house, head, dropped)
    length = sum(len(block.words) for block in kept)
    return Body(
        markdown="\n\n".join(block.markdown for block in kept),
        opening=next((block.words for block in kept if block.kind == "paragraph"), ""),
        head=tuple(head),
        dropped=(*dropped, *head),
        links=sum(block.links * len(block.words) for block in kept) / length if length else 0.0,
        stopped=any(is_paywall(block.words) for block in blocks) or any(is_paywall(words) for words in dropped),
        sureness=container.sureness,
        why=container.why,
    )


def _of_markdown(markdown: str, title: str) -> Body:
    paragraphs = [block for block in markdown.split("\n\n") if bare(block) != bare(title)]
    linked = sum(len(words) for words in re.findall(r"\[([^\]]*)\]\(", markdown))
    opening = next((_plain(block) for block in paragraphs if not block.startswith(("#", "-", ">", "|"))), "")
    why = "trafilatura, as the page does not say where it is"
    return Body(markdown="\n\n".join(paragraphs), opening=opening, links=linked / len(markdown), why=why)


def _clean(blocks: Sequence[Block], title: str, house: House, head: list[str], dropped: list[str]) -> list[Block]:
    """Drop what repeats the title, the sentences of the page, lines of links, and crossheads with nothing below.

    What is dropped is told in ``dropped``, byline and date in ``head``.
    """
    kept: list[Block] = []
    for block in blocks:
        lines = block.markdown.split("  \n")
        told = [_of_head(_plain(line), house) for line in lines]
        if len(kept) < _HEAD and block.kind == "paragraph" and all(told):
            head.extend(words for parts in told for words in parts)
        elif bare(block.words) == bare(title) or _is_pages(block):
            dropped.append(block.words)
        elif kept and block.kind == "paragraph" and block.words == kept[-1].words:
            continue
        else:
            kept.append(block)
    while kept and kept[-1].kind == "crosshead":
        dropped.append(kept.pop().words)
    return kept


def _of_head(words: str, house: House) -> tuple[str, ...]:
    """Return what a line says of who and when, each by itself; nothing when it is a line of the text."""
    if looks_like_byline(words) or read_dates(words, house.zone):
        return (words,)
    return names_and_dates(words, house) or ()


def _is_pages(block: Block) -> bool:
    """Say whether a block is a sentence of the page, or nothing but links to others."""
    if block.kind in {"paragraph", "crosshead"} and (is_sentence_of_the_page(block.words) or is_paywall(block.words)):
        return True
    return block.links > MOSTLY_LINKS and (block.kind == "list" or len(block.words) < _LONGEST_LINK)


def _plain(markdown: str) -> str:
    return markdown.replace("\\", "").replace("*", "")
