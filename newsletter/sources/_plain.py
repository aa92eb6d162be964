"""An article's words outside its text, without template code: of a page that nobody has filled in, or pasted from one.

The text itself needs none of this: there a brace is escaped.
"""

from dataclasses import replace

from newsletter.markup.visible import on_one_line
from newsletter.model.article import Article, Picture
from newsletter.sources._markdown.shortcodes import bare


def without_code(article: Article) -> Article:
    """Return the article; a title that is nothing but code keeps its letters, as one there must be."""
    return replace(
        article,
        title=_bare(article.title) or article.title.strip("{}%# "),
        section=_bare(article.section),
        topic=_bare(article.topic),
        lead=_bare(article.lead),
        pictures=tuple(_described(picture) for picture in article.pictures),
    )


def _described(picture: Picture) -> Picture:
    return replace(picture, alt=_bare(picture.alt), caption=_bare(picture.caption), credit=_bare(picture.credit))


def _bare(text: str | None) -> str | None:
    return on_one_line(bare(text)) or None if text else text
