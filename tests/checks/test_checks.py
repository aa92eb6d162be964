"""What each check finds, and what it lets pass."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import examples
import pytest
from PIL import Image

from newsletter import checks
from newsletter.checks import articles, brand, fields, headers, links, pictures, size, titles
from newsletter.checks._base import Inspection
from newsletter.links import DEMO_KEY, Key
from newsletter.mime import to_bytes
from newsletter.model.finding import Finding
from newsletter.model.issue import Block, Issue, Placement, PlacementKind, Section
from newsletter.model.mail import Slot
from newsletter.rendering.faults import faults

Inspect = Callable[..., Inspection]


@pytest.fixture
def of(root: Path) -> Inspect:
    """``of(placements…)`` or ``of(issue)``: what checks are given."""

    def of(*parts: Placement | Issue, root: Path = root, **tables: dict[str, object]) -> Inspection:
        settings = examples.config(root, **tables)
        section = Section(name="Binnenland", placements=parts)  # type: ignore[arg-type]
        issue = parts[0] if isinstance(parts[0], Issue) else examples.issue(section)
        edition = examples.render(issue, settings)
        message = examples.message_for(edition, settings)
        return Inspection(issue=issue, edition=edition, message=message, config=settings)

    return of


def codes(findings: object) -> list[str]:
    return [finding.code for finding in findings]  # type: ignore[attr-defined]


# Articles


@pytest.mark.parametrize(
    ("kind", "found"), [("full", ["article-of-another"]), ("brief", []), ("link", []), ("story", [])]
)
def test_more_of_another_newspapers_article_than_a_teaser_is_a_warning(
    of: Inspect, kind: PlacementKind, found: list[str]
) -> None:
    findings = list(articles.check(of(examples.placed(kind, rights="link"))))
    assert codes(findings) == found
    assert all(finding.level == "warning" for finding in findings)
    assert codes(articles.check(of(examples.placed(kind)))) == []


# Size


def test_a_mail_that_gmail_clips_is_an_error_that_names_the_largest_article(of: Inspect, root: Path) -> None:
    (finding,) = size.check(of(examples.sixty(root)))
    assert (finding.code, finding.level) == ("size-clipped", "error")
    assert finding.article is not None
    assert finding.article.startswith("verhaal-")


def test_a_mail_near_the_limit_is_a_warning_and_below_it_nothing(of: Inspect) -> None:
    inspection = of(examples.placed("brief"))
    page = inspection.message.edition
    for fill, expected in ((60_000, []), (82_000, ["size-near-clip"]), (96_500, ["size-clipped"])):
        message = replace(inspection.message, edition=replace(page, html=(*page.html, "x" * fill)))
        assert codes(size.check(replace(inspection, message=message))) == expected


def test_bytes_are_counted_and_not_letters(of: Inspect) -> None:
    inspection = of(examples.placed("brief"))
    page = inspection.message.edition
    message = replace(inspection.message, edition=replace(page, html=(*page.html, "é" * 50_000)))
    assert codes(size.check(replace(inspection, message=message))) == ["size-clipped"]


def test_style_sheets_that_gmail_drops_are_an_error(of: Inspect) -> None:
    inspection = of(examples.placed("brief"))
    page = inspection.message.edition
    message = replace(inspection.message, edition=replace(page, html=(*page.html, f"<style>{'a' * 16_000}</style>")))
    assert codes(size.check(replace(inspection, message=message))) == ["size-styles"]


def test_a_very_long_article_is_noted(of: Inspect, root: Path) -> None:
    body = examples.sixty(root).placements[1].article.passages * 10
    (finding,) = size.check(of(examples.placed("full", "dik", passages=body)))
    assert (finding.code, finding.level, finding.article) == ("size-article", "note", "dik")


# Pictures


def test_a_picture_without_words_is_a_warning_with_file_and_line(of: Inspect, root: Path) -> None:
    story = examples.placed("story", pictures=examples.picture(root, alt=None, line=7))
    (finding,) = pictures.check(of(story))
    assert (finding.code, finding.place, finding.article) == ("picture-no-alt", "articles/dijk.md:7", "dijk")


def test_a_pasted_text_has_no_front_matter_so_its_picture_s_words_stand_in_issue_toml(of: Inspect, root: Path) -> None:
    story = examples.placed(
        "story", "vuurtoren", file="articles/vuurtoren.txt", pictures=examples.picture(root, alt=None)
    )
    (finding,) = pictures.check(of(story))
    assert finding.remedy.endswith("in issue.toml: `alt` under [articles.vuurtoren].")


@pytest.mark.parametrize("fields", [{"decorative": True, "alt": None}, {"alt": "Een dijk"}])
def test_a_picture_with_words_or_for_decoration_is_fine(of: Inspect, root: Path, fields: dict[str, object]) -> None:
    assert codes(pictures.check(of(examples.placed("story", pictures=examples.picture(root, **fields))))) == []


def test_a_picture_that_is_not_shown_is_not_looked_at(of: Inspect, root: Path) -> None:
    assert codes(pictures.check(of(examples.placed("brief", pictures=examples.picture(root, alt=None))))) == []


def test_long_words_are_noted_beside_a_story_and_not_below_an_opening(of: Inspect, root: Path) -> None:
    long = examples.picture(root, alt="x" * 61)
    assert codes(pictures.check(of(examples.placed("story", pictures=long)))) == ["picture-long-alt"]
    opening = examples.issue(opening=examples.placed("opening", pictures=long))
    assert "picture-long-alt" not in codes(pictures.check(of(opening)))


def test_a_picture_that_is_too_small_is_a_warning_that_says_how_large(of: Inspect, tmp_path: Path) -> None:
    Image.new("RGB", (100, 75)).save(tmp_path / "klein.png")
    story = examples.placed("story", pictures=examples.picture(tmp_path, "klein.png"))
    (finding,) = pictures.check(of(story, root=tmp_path))
    assert (finding.code, finding.file) == ("picture-small", "klein.png")
    assert "352 × 264" in finding.remedy


def test_a_heavy_picture_is_noted(of: Inspect, tmp_path: Path) -> None:
    noise = Random(1).randbytes(500 * 300 * 4)
    Image.frombytes("RGBA", (500, 300), noise).save(tmp_path / "ruis.png")
    opening = examples.issue(opening=examples.placed("opening", pictures=examples.picture(tmp_path, "ruis.png")))
    assert "picture-heavy" in codes(pictures.check(of(opening, root=tmp_path)))


def test_the_second_of_two_pictures_is_looked_at_when_the_first_has_no_file(of: Inspect, root: Path) -> None:
    both = (*examples.picture(root, alt=None),)
    unknown = replace(both[0], file=None)
    story = examples.placed("story", pictures=(unknown, *both))
    assert codes(pictures.check(of(story))) == ["picture-no-alt"]


# Links


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost/x", "https://127.0.0.1/", "https://10.1.2.3/x", "https://[::1]/", "https://192.168.1.9:8000",
        "https://nas.local/", "https://wiki.intranet.internal/x", "https://intranet/x", "nieuws/dijk", "/nieuws",
        "//", "https://", "https:///x", "javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "mailto:",
        "https://[oops/",
    ],
)  # fmt: skip
def test_an_address_nobody_can_follow_is_an_error_that_names_the_article(of: Inspect, address: str) -> None:
    (finding,) = links.check(of(examples.placed("brief", url=address)))
    assert (finding.code, finding.level, finding.article) == ("link-unreachable", "error", "dijk")
    assert finding.file == "articles/dijk.md"


@pytest.mark.parametrize(
    "address",
    [
        "https://example.nl/x?a=1#b", "http://example.nl", "https://bücher.example/é", "mailto:redactie@example.nl",
        "tel:+31201234567", "https://8.8.8.8/", "https://example.nl:8443/x", "https://example.nl./",
        "https://example.nl/a%20b",
    ],
)  # fmt: skip
def test_an_address_that_leads_somewhere_is_fine(of: Inspect, address: str) -> None:
    assert codes(links.check(of(examples.placed("brief", url=address)))) == []


def test_the_same_bad_address_is_named_once(of: Inspect) -> None:
    twice = [examples.placed("brief", name, url="https://localhost/") for name in ("a", "b")]
    assert codes(links.check(of(*twice))) == ["link-unreachable"]


def test_links_in_texts_and_blocks_are_looked_at_too(of: Inspect) -> None:
    bad = '<p><a href="https://nas.local/">x</a></p>'
    block = Block(id="a", kind="sponsor", html="<p>x</p>", url="https://localhost/")
    found = list(links.check(of(examples.issue(block, introduction_html=bad))))
    assert [f.sentence.split()[0] for f in found] == ["https://nas.local/", "https://localhost/"]


def test_a_mail_without_public_address_has_no_faulty_links_of_its_own(of: Inspect) -> None:
    assert codes(links.check(of(examples.placed("brief"), web={"url": None}))) == []


# Headers


def test_a_whole_message_has_no_header_fault(of: Inspect) -> None:
    assert codes(headers.check(of(examples.placed("brief")))) == []


def test_without_postal_address_there_is_a_warning(of: Inspect) -> None:
    found = list(headers.check(of(examples.placed("brief"), publisher={"address": ""})))
    assert codes(found) == ["header-no-postal-address"]


def test_a_subject_too_long_for_any_inbox_is_noted(of: Inspect) -> None:
    assert codes(headers.check(of(examples.issue(subject="x" * 71)))) == ["header-long-subject"]
    assert codes(headers.check(of(examples.issue(subject="x" * 70)))) == []


@pytest.mark.parametrize("part", ["html", "text"])
def test_a_template_that_forgets_the_link_to_leave_is_an_error(of: Inspect, part: str) -> None:
    inspection = of(examples.placed("brief"))
    kept = tuple(p for p in getattr(inspection.edition, part) if not (isinstance(p, Slot) and p.field == "unsubscribe"))
    found = headers.check(replace(inspection, edition=replace(inspection.edition, **{part: kept})))
    assert codes(found) == ["header-no-unsubscribe"]


def test_a_message_of_the_right_reader_has_no_fault(of: Inspect) -> None:
    message = of(examples.placed("brief")).message
    assert list(faults(message, to_bytes(message), DEMO_KEY)) == []


def test_a_link_to_leave_of_another_reader_or_key_is_a_fault(of: Inspect) -> None:
    message = of(examples.placed("brief")).message
    other = replace(message, subscriber=replace(message.subscriber, id="f" * 32))
    assert list(faults(other, to_bytes(other), DEMO_KEY)) == ["Its link to unsubscribe is not this reader's."]
    assert len(list(faults(message, to_bytes(message), Key(secret=b"another")))) == 1


def test_a_one_click_address_without_tls_is_a_fault(of: Inspect) -> None:
    message = of(examples.placed("brief"), web={"url": "http://weekbrief.example.nl"}).message
    assert list(faults(message, to_bytes(message), DEMO_KEY)) == [
        "Its one-click address is not https://, as RFC 8058 demands."
    ]


def test_long_lines_are_a_fault(of: Inspect) -> None:
    message = of(examples.placed("brief")).message
    content = b"X: " + b"x" * 999 + b"\r\n\r\n" + b"y" * 77
    assert len(list(faults(message, content, DEMO_KEY))) == 2


# Fields


@pytest.mark.parametrize(
    "field",
    ["{name}", "{{ reader.name }}", "{{name}}", "{Voornaam}", "{{ .Subscriber.FirstName }}", "{email}", "*|FNAME|*"],
)
def test_a_field_that_nothing_fills_in_is_a_warning_with_file_and_line(of: Inspect, tmp_path: Path, field: str) -> None:
    folder = tmp_path / "issues" / "2026-10-03"
    folder.mkdir(parents=True)
    (folder / "intro.md").write_text(f"---\n# Beste {field},\n---\n\nBeste {field},\n", "utf-8")
    introduction = {"introduction_text": f"Beste {field},", "introduction_html": f"<p>Beste {field},</p>"}
    (finding,) = fields.check(of(examples.issue(**introduction), root=tmp_path))
    assert (finding.code, finding.level, finding.place) == (
        "field-not-filled",
        "warning",
        "issues/2026-10-03/intro.md:5",
    )
    assert finding.sentence == f"“{field}” is mailed as it stands here; nothing fills it in."
    assert finding.remedy == "Take it out: only a template can greet by name, see docs/templates.md."


def test_of_an_article_with_such_a_field_its_file_is_named_so_that_it_can_be_allowed(
    of: Inspect, tmp_path: Path
) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "dijk.md").write_text("---\ntitle: Voor {name}\n---\n", "utf-8")
    (finding,) = fields.check(of(examples.placed("brief", title="Voor {name}"), root=tmp_path))
    assert (finding.place, finding.article) == ("articles/dijk.md:2", "dijk")


def test_one_in_no_file_of_the_issue_is_the_template_s(of: Inspect) -> None:
    (finding,) = fields.check(of(examples.issue(subject="Dag {name}")))
    assert (finding.place, finding.remedy) == (
        "",
        "Look in the template: it says {{ reader.name }} where a name is to stand.",
    )


@pytest.mark.parametrize("text", ["{a, b}", "{1}", "{de naam}", "{}", "[naam]", "{{< figure >}}", "{stad}", "naam"])
def test_other_braces_are_the_text_s_own(of: Inspect, text: str) -> None:
    assert codes(fields.check(of(examples.issue(subject=f"Kies {text} dan")))) == []


def test_what_is_not_mailed_is_not_told(of: Inspect, tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "dijk.md").write_text("---\ntitle: Dijk\n---\n\nBeste {name},\n", "utf-8")
    assert codes(fields.check(of(examples.placed("brief", title="Dijk"), root=tmp_path))) == []


# Titles, brand, and all together


@pytest.mark.parametrize(("kind", "limit"), [("story", 90), ("full", 90), ("brief", 80), ("link", 120)])
def test_a_title_from_its_limit_on_is_noted(of: Inspect, kind: str, limit: int) -> None:
    for length, expected in ((limit - 1, []), (limit, ["title-long"])):
        title = ("woord " * 40)[:length]
        assert codes(titles.check(of(examples.placed(kind, title=title)))) == expected  # type: ignore[arg-type]


def test_a_word_over_twenty_letters_is_noted_unless_it_may_break(of: Inspect) -> None:
    assert codes(titles.check(of(examples.placed("brief", title="a" * 21)))) == ["title-long-word"]
    assert codes(titles.check(of(examples.placed("brief", title="a" * 20 + "-" + "b" * 20)))) == []
    assert codes(titles.check(of(examples.placed("brief", title="a" * 15 + "\N{SOFT HYPHEN}" + "b" * 15)))) == []


@pytest.mark.parametrize(
    ("length", "expected"), [(39, ["preheader-length"]), (40, []), (85, []), (86, ["preheader-length"])]
)
def test_a_preheader_fills_an_inbox_row(of: Inspect, length: int, expected: list[str]) -> None:
    assert codes(titles.check(of(examples.issue(preheader="x" * length)))) == expected


def test_a_preheader_that_repeats_the_subject_is_a_warning(of: Inspect) -> None:
    issue = examples.issue(
        subject="De dijkwachten lopen weer", preheader="De dijkwachten lopen weer, elke nacht van het jaar"
    )
    assert codes(titles.check(of(issue))) == ["preheader-repeats"]


@pytest.mark.parametrize(
    ("colour", "expected"), [("#1F5A4C", []), ("#F2B705", ["brand-shifted"]), ("#808080", ["brand-shifted"])]
)
def test_a_brand_that_cannot_be_read_is_noted(of: Inspect, colour: str, expected: list[str]) -> None:
    assert codes(brand.check(of(examples.placed("brief"), brand={"colour": colour}))) == expected


def test_errors_come_first_and_reading_has_its_say(of: Inspect, root: Path) -> None:
    note = Finding(code="read-first", level="note", sentence="A note.", remedy="None.")
    issue = replace(examples.sixty(root), findings=(note,), subject="x" * 99)
    found = checks.inspect(of(issue))
    order = [finding.level for finding in found]
    assert order == sorted(order, key=["error", "warning", "note"].index)
    assert found[0].code == "size-clipped"
    assert next(f for f in found if f.level == "note") == note
