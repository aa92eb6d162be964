"""Composing by rules: the opening, sections, placements, blocks, subject and preheader."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.config import SectionRule
from newsletter.issue.compose import Composition, Rules, compose
from newsletter.issue.settings import Settings
from newsletter.model.article import Article, Part, Passage, Picture
from newsletter.model.issue import Block, Placement, Section
from newsletter.words import load

DATE = datetime(2026, 11, 28, 5, tzinfo=UTC)
LEAD = "Na drie weken stilte vaart de pont van Ommerhaar weer elk halfuur heen en terug over de rivier."
PICTURE = (Picture(file=Path("/w/pont.jpg"), alt="Een pont"),)
CAPTION = (Picture(caption="De pont bij avond"),)
RULES = Rules(
    name="De Heuvelbode",
    sections=(
        SectionRule(name="Binnenland"),
        SectionRule(name="Kerk & religie", aliases=("kerk",), max=2),
        SectionRule(name="Economie"),
        SectionRule(name="Opinie"),
    ),
    words=load("nl"),
)


def article(id_: str, **fields: object) -> Article:
    given = {"title": f"Verhaal {id_}", "section": "Binnenland", "lead": f"Over {id_}.", **fields}
    return Article(id=id_, **given)  # type: ignore[arg-type]


def composed(*articles: Article, blocks: tuple[Block, ...] = (), **settings: object) -> Composition:
    return compose(articles, blocks, Settings.model_validate(settings), RULES, DATE)


def opening_of(composition: Composition) -> str | None:
    return composition.opening.article.id if composition.opening else None


def sections(composition: Composition) -> Mapping[str, list[str]]:
    return {s.name: [p.article.id for p in s.placements] for s in composition.flow if isinstance(s, Section)}


def every_placement(composition: Composition) -> list[Placement]:
    below = [p for s in composition.flow if isinstance(s, Section) for p in s.placements]
    return [*([composition.opening] if composition.opening else []), *below]


def placement(composition: Composition, id_: str) -> Placement:
    return next(p for p in every_placement(composition) if p.article.id == id_)


def codes(composition: Composition) -> list[tuple[str, str]]:
    return [(finding.code, finding.level) for finding in composition.findings]


# The opening


@pytest.mark.parametrize(
    "better",
    [
        {"weight": 1},
        {"pictures": PICTURE},
        {"lead": LEAD},
        {"published": DATE - timedelta(days=1)},
        {"pinned": True},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_what_speaks_for_an_article_makes_it_the_opening(better: dict[str, object]) -> None:
    composition = composed(article("a"), article("b"), article("z", **better))
    assert opening_of(composition) == "z"
    assert "Verhaal z" in composition.reasons[0]


@pytest.mark.parametrize("kind", ["opinion", "live", "video", "notice"])
def test_opinion_and_the_like_open_only_when_much_speaks_for_them(kind: str) -> None:
    other = (article("y"), article("z"))
    assert opening_of(composed(article("a", kind=kind, lead=LEAD, pictures=PICTURE, published=DATE), *other)) == "a"
    assert opening_of(composed(article("a", kind=kind, lead=LEAD), *other)) == "y"


def test_pinned_goes_before_points() -> None:
    composition = composed(article("a", weight=9), article("b"), article("z", pinned=True))
    assert opening_of(composition) == "z"
    assert "It is pinned, which goes before points." in composition.reasons


def test_the_reasons_count_the_points_and_name_the_next() -> None:
    composition = composed(article("a", pictures=PICTURE, weight=1), article("b"), article("c", lead=LEAD))
    assert composition.reasons == (
        "“Verhaal a” opens the issue with 4.0 points: weight 1 +3.0, a picture +1.0.",
        "Next comes “Verhaal c” with 1.0.",
    )


def test_two_articles_without_picture_have_no_opening_and_three_have() -> None:
    two, three = composed(article("a"), article("b")), composed(article("a"), article("b"), article("c"))
    assert opening_of(two) is None
    assert two.reasons
    assert opening_of(three) == "a"


def test_one_article_with_a_picture_is_an_opening_and_its_section_vanishes() -> None:
    composition = composed(article("a", pictures=PICTURE))
    assert opening_of(composition) == "a"
    assert composition.flow == ()


def test_a_caption_without_a_picture_is_no_picture() -> None:
    assert opening_of(composed(article("a", pictures=CAPTION), article("b"))) is None


def test_an_article_with_nothing_below_its_title_does_not_open_the_issue() -> None:
    assert opening_of(composed(article("a", lead=None, weight=5), article("b"), article("c"))) == "b"


def test_the_editors_choice_opens_the_issue_whatever_it_lacks() -> None:
    composition = composed(article("a", lead=None, kind="notice"), article("b", weight=9), opening="a")
    assert opening_of(composition) == "a"
    assert "issue.toml says so" in composition.reasons[0]


def test_an_article_with_a_chosen_place_does_not_open_the_issue() -> None:
    composition = composed(article("a", weight=9), article("b"), article("c"), articles={"a": {"placement": "brief"}})
    assert opening_of(composition) == "b"


def test_a_chosen_opening_that_is_left_out_is_a_warning_and_the_rules_choose() -> None:
    composition = composed(article("a"), article("b"), article("c"), opening="concept")
    assert ("opening-left-out", "warning") in codes(composition)
    assert opening_of(composition) == "a"


def test_the_opening_shows_its_lead_whole() -> None:
    composition = composed(article("a", lead=LEAD * 3, pictures=PICTURE))
    assert every_placement(composition)[0].teaser == LEAD * 3


# Sections


def test_sections_stand_as_the_configuration_orders_them_then_unknown_ones_then_the_rest() -> None:
    composition = composed(
        article("a", section=None), article("b", section="Sport"), article("c", section="opinie"),
        article("d", section="Kerk"), article("e"), article("f", pinned=True),
    )  # fmt: skip
    assert list(sections(composition)) == ["Binnenland", "Kerk & religie", "Opinie", "Sport", "Overig"]
    assert ("section-unknown", "note") in codes(composition)


def test_the_issue_may_order_its_sections_otherwise() -> None:
    articles = (article("a"), article("b", section="Economie"), article("c", section="Sport"), article("d"))
    composition = composed(*articles, sections=["sport", "Economie"])
    assert list(sections(composition)) == ["sport", "Economie", "Binnenland"]
    assert ("section-unknown", "note") not in codes(composition)


def test_an_unknown_section_spelt_in_two_ways_is_one_section() -> None:
    composition = composed(article("a", section="Sport"), article("b", section="SPORT"), article("c", pinned=True))
    assert sections(composition) == {"Sport": ["a", "b"]}


def test_within_a_section_the_order_is_pinned_weight_lead_picture_newest_name() -> None:
    yesterday = DATE - timedelta(days=1)
    composition = composed(
        article("0", pictures=PICTURE), article("b"), article("a"), article("c", published=yesterday),
        article("d", pictures=CAPTION), article("e", pictures=PICTURE), article("f", lead=None, teaser="Kort."),
        article("g", weight=1), article("h", pinned=True), opening="0",
    )  # fmt: skip
    assert sections(composition)["Binnenland"][:5] == ["h", "g", "e", "c", "a"]


def test_the_editors_order_goes_first_and_brings_articles_into_the_section() -> None:
    composition = composed(
        article("a"), article("b"), article("c", section="Economie"), article("d", pinned=True),
        order={"Binnenland": ["c", "b"]},
    )  # fmt: skip
    assert sections(composition) == {"Binnenland": ["c", "b", "a"]}


def test_age_is_no_reason_to_leave_out() -> None:
    composition = composed(article("a", published=datetime(1994, 1, 1, tzinfo=UTC)), article("b"))
    assert sections(composition)["Binnenland"] == ["a", "b"]


# Placements


def test_with_picture_a_story_without_a_brief_without_teaser_a_link() -> None:
    composition = composed(
        article("a", pictures=PICTURE),
        article("b"),
        article("c", lead=None),
        article("d", pictures=PICTURE),
        opening="d",
    )
    assert {p.article.id: p.kind for p in every_placement(composition)[1:]} == {"a": "story", "b": "brief", "c": "link"}


def test_over_the_maximum_articles_become_links() -> None:
    composition = composed(*(article(id_, section="kerk") for id_ in "abcd"), article("e", pinned=True))
    kinds = [p.kind for p in every_placement(composition)[1:]]
    assert kinds == ["brief", "brief", "link", "link"]
    assert every_placement(composition)[3].why == "over the maximum of 2"


def test_links_come_after_the_other_articles_of_a_section() -> None:
    composition = composed(article("a"), article("b"), articles={"a": {"placement": "link"}})
    assert sections(composition)["Binnenland"] == ["b", "a"]


def test_what_the_editor_writes_about_an_article_wins() -> None:
    chosen = {"placement": "full", "title": "Anders", "teaser": "Zo ook.", "show_picture": False}
    shown = placement(composed(article("a", teaser="Eigen."), article("b"), articles={"a": chosen}), "a")
    assert (shown.kind, shown.article.title, shown.teaser, shown.show_picture) == ("full", "Anders", "Zo ook.", False)


def test_a_full_article_has_no_teaser_that_its_body_repeats() -> None:
    body = (Passage(parts=(Part(kind="paragraph", html="<p>De pont vaart.</p>"),)),)
    composition = composed(article("a", lead=None, passages=body), article("b"), articles={"a": {"placement": "full"}})
    assert placement(composition, "a").teaser is None


def test_without_a_lead_the_teaser_comes_from_the_first_paragraph() -> None:
    parts = (Part(kind="picture", html="<img>"), Part(kind="paragraph", html="<p>De <em>pont</em> vaart.</p>"))
    assert (
        placement(composed(article("a", lead=None, passages=(Passage(parts=parts),))), "a").teaser == "De pont vaart."
    )


def test_a_teaser_cut_from_a_quotation_has_no_marks_of_one() -> None:
    parts = (Part(kind="quote", html="<blockquote><p>De pont vaart weer.</p></blockquote>"),)
    found = composed(article("a", lead=None, passages=(Passage(parts=parts),)))
    assert placement(found, "a").teaser == "De pont vaart weer."


def test_an_article_of_another_newspaper_is_a_link_with_the_teaser_that_was_kept_and_no_picture() -> None:
    assert placement(composed(article("a", rights="link", pictures=PICTURE)), "a").kind == "link"
    kept = placement(composed(article("a", rights="link", pictures=PICTURE, teaser="De pont vaart weer.")), "a")
    assert (kept.kind, kept.teaser) == ("brief", "De pont vaart weer.")


# Near duplicates


@pytest.mark.parametrize(
    ("days", "second", "warned"),
    [(0, LEAD, True), (3, LEAD, True), (4, LEAD, False), (0, "De bibliobus kreeg deze zomer nieuwe banden.", False)],
)
def test_two_articles_that_tell_the_same_within_three_days_are_a_warning_and_stay(
    days: int, second: str, warned: bool
) -> None:
    composition = composed(
        article("a", title="De pont vaart weer", lead=LEAD, published=DATE),
        article("b", title="De pont vaart opnieuw", lead=second, published=DATE - timedelta(days=days)),
    )
    assert (("near-duplicate", "warning") in codes(composition)) is warned
    assert len(every_placement(composition)) == 2


# Blocks


def flow(composition: Composition) -> list[str]:
    return [part.name if isinstance(part, Section) else part.id for part in composition.flow]


FOUR = (
    article("0", pictures=PICTURE),
    *(article(name[0], section=name) for name in ("Binnenland", "Kerk", "Economie", "Opinie")),
)
WORD = Block(id="woord", kind="word")
ADVERT = Block(id="boek", kind="sponsor")
EVENING = Block(id="avond", kind="announcement")


def test_a_word_follows_the_second_section_and_what_is_paid_or_announced_the_third() -> None:
    assert flow(composed(*FOUR, blocks=(ADVERT, EVENING, WORD))) == [
        "Binnenland", "Kerk & religie", "woord", "Economie", "avond", "boek", "Opinie",
    ]  # fmt: skip


def test_with_fewer_sections_blocks_follow_the_last() -> None:
    assert flow(composed(article("a"), blocks=(ADVERT, WORD))) == ["Binnenland", "woord", "boek"]


def test_without_any_section_blocks_stand_alone() -> None:
    assert flow(composed(blocks=(WORD,))) == ["woord"]


@pytest.mark.parametrize("after", ["Opinie", "opinie", "OPINIE"])
def test_a_block_follows_the_section_it_names(after: str) -> None:
    assert flow(composed(*FOUR, blocks=(Block(id="woord", kind="word", after=after),)))[-1] == "woord"


@pytest.mark.parametrize(("after", "level"), [("Sprot", "warning"), ("Economie", "note")])
def test_a_block_whose_section_is_not_there_is_told_and_placed_by_rule(after: str, level: str) -> None:
    composition = composed(article("a"), blocks=(Block(id="woord", kind="word", after=after),))
    assert codes(composition) == [("block-misplaced", level)]
    assert flow(composition) == ["Binnenland", "woord"]


# Subject and preheader


def test_the_subject_is_the_openings_title_cut_at_a_word() -> None:
    long = "De dijkwachten van Kromwaarde lopen weer, elke nacht en met natte schoenen"
    composition = composed(article("a", title=long, pictures=PICTURE))
    assert composition.subject == "De dijkwachten van Kromwaarde lopen weer, elke nacht en…"


def test_the_preheader_goes_on_with_the_next_two_titles() -> None:
    composition = composed(
        article("a", title="De pont van Ommerhaar vaart weer", pictures=PICTURE),
        article("b", title="Een kerk met de sleutel bij de buren"),
        article("c", title="Wie wast de bibliobus?"),
    )
    assert composition.preheader == "Verder: Een kerk met de sleutel bij de buren; Wie wast de bibliobus?"


def test_of_short_titles_the_preheader_takes_three_and_long_ones_are_cut() -> None:
    short = composed(*(article(id_) for id_ in "abcde"), opening="a")
    assert short.preheader == "Verder: Verhaal b; Verhaal c; Verhaal d."
    long = composed(*(article(id_, title="Langs de rivier " * 8 + id_) for id_ in "abc"), opening="a", subject="Rivier")
    assert 40 <= len(long.preheader) <= 85
    assert long.preheader.endswith("…")


def test_a_single_article_goes_on_with_its_lead() -> None:
    assert composed(article("a", pictures=PICTURE)).preheader == "Over a."


def test_the_preheader_does_not_repeat_the_subject() -> None:
    composition = composed(article("a"), article("b"), article("c"), subject="Verhaal b")
    assert "Verhaal b" not in composition.preheader


def test_what_the_editor_writes_stands() -> None:
    composition = composed(article("a"), subject="Eigen onderwerp", preheader="Eigen vervolg")
    assert (composition.subject, composition.preheader) == ("Eigen onderwerp", "Eigen vervolg")


def test_an_issue_without_articles_is_called_by_the_newsletters_name() -> None:
    composition = composed()
    assert (composition.subject, composition.preheader, composition.flow) == ("De Heuvelbode", "", ())


# Laws

moments = st.none() | st.datetimes(datetime(2026, 11, 1), datetime(2026, 12, 1), timezones=st.just(UTC))
fields = st.fixed_dictionaries(
    {
        "title": st.sampled_from(("De pont vaart", "Een kerk", "Wie wast de bus?")),
        "section": st.sampled_from((None, "Binnenland", "kerk", "KERK & RELIGIE", "Sport", "sport", "Overig")),
        "lead": st.sampled_from((None, LEAD, "Kort.")),
        "pictures": st.sampled_from(((), PICTURE, CAPTION)),
        "kind": st.sampled_from(("news", "opinion")),
        "rights": st.sampled_from(("own", "link")),
        "weight": st.integers(-1, 2),
        "pinned": st.booleans(),
        "published": moments,
    }
)
issues = st.lists(fields, max_size=14).map(lambda every: [article(f"a{n}", **f) for n, f in enumerate(every)])


@given(issues, st.integers(0, 2**32))
def test_the_same_issue_comes_out_whatever_order_the_articles_come_in(articles: list[Article], seed: int) -> None:
    shuffled = random.Random(seed).sample(articles, len(articles))
    assert composed(*shuffled, blocks=(WORD, ADVERT)) == composed(*articles, blocks=(ADVERT, WORD))


@given(issues)
def test_every_article_has_exactly_one_place_and_no_section_is_empty(articles: list[Article]) -> None:
    composition = composed(*articles)
    assert sorted(p.article.id for p in every_placement(composition)) == sorted(a.id for a in articles)
    assert all(section.placements for section in composition.flow if isinstance(section, Section))
    assert len(composition.subject) <= 60
    assert len(composition.preheader) <= 85
