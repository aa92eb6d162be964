"""Reading a folder: what may be missing, what issue.toml decides, and whose time has not come."""

from datetime import UTC, datetime

import pytest
from issue_in_the_making import Paper, codes, found, ids
from PIL import Image

from newsletter.config import Newsletter
from newsletter.errors import ContentError
from newsletter.issue.read import glance, issue_date, load_issue, number_of

DAY = datetime(2026, 10, 3, 4, tzinfo=UTC)
BROKEN = "---\ntitle: De pont: vijf minuten\n---\n\nTekst.\n"


def error_of(paper: Paper, toml: str) -> ContentError:
    paper.article("pont")
    paper.put("issue.toml", toml)
    with pytest.raises(ContentError) as caught:
        paper.issue()
    return caught.value


# A bare folder


def test_a_bare_folder_of_articles_is_an_issue(paper: Paper) -> None:
    for name in ("pont", "sloot", "brug"):
        paper.article(name, "section: regio")
    issue = paper.issue()
    assert issue.name == "2026-10-03"
    assert issue.number == 36
    assert issue.date == DAY
    assert issue.introduction_html == ""
    assert sorted(ids(issue)) == ["brug", "pont", "sloot"]
    assert issue.opening
    assert issue.subject == issue.opening.article.title
    assert issue.findings == ()


def test_an_empty_folder_is_an_issue_too(paper: Paper) -> None:
    issue = paper.issue()
    assert issue.placements == ()
    assert issue.subject == "De Heuvelbode"


def test_the_introduction_is_read_and_its_markup_cleaned(paper: Paper) -> None:
    paper.put("intro.md", "Geachte lezer,\n\nWelkom. <script>x</script>\n")
    issue = paper.issue()
    assert issue.introduction_html.startswith("<p>Geachte lezer,</p>")
    assert issue.introduction_text.startswith("Geachte lezer,\n\nWelkom.")
    assert "script" not in issue.introduction_html
    assert found(issue, "markup-removed").file == "issues/2026-10-03/intro.md"


def test_every_line_of_issue_toml_is_obeyed(paper: Paper) -> None:
    for name in ("pont", "sloot", "brug"):
        paper.article(name, "section: Binnenland")
    paper.put(
        "issue.toml",
        'number = 612\nsend_at = 2026-10-03T07:30:00\nsubject = "Onderwerp"\npreheader = "Voorproef"\n'
        'opening = "sloot"\nsections = ["Rivier"]\n[order]\nRivier = ["brug"]\n[articles.pont]\nplacement = "link"\n',
    )
    issue = paper.issue()
    assert (issue.number, issue.subject, issue.preheader) == (612, "Onderwerp", "Voorproef")
    assert issue.date == datetime(2026, 10, 3, 5, 30, tzinfo=UTC)
    assert ids(issue) == ["sloot", "brug", "pont"]
    assert [section.name for section in issue.sections] == ["Rivier", "Binnenland"]
    assert issue.placements[-1].kind == "link"


def test_a_picture_beside_an_article_is_its_own(paper: Paper) -> None:
    paper.article("pont")
    picture = paper.folder / "articles" / "pont.jpg"
    Image.new("RGB", (8, 8)).save(picture)
    issue = paper.issue()
    assert issue.placements[0].article.pictures[0].file == picture
    assert issue.findings == ()


# What is wrong in issue.toml


@pytest.mark.parametrize(
    ("toml", "says", "hint"),
    [
        ('subjet = "x"', "`subjet` is not a known key", "Did you mean `subject`?"),
        ('[articles.pont]\nplacment = "brief"', "`articles.pont.placment` is not a known key", "`placement`"),
        ('[articles.pont]\nplacement = "lead"', "`articles.pont.placement`", "Correct"),
        ('[articles.pont]\nplacement = "opening"', "write opening = and the article's name there", "Correct"),
        ("number = 0", "`number`", "Correct `number`"),
        ('send_at = "2026-10-03T06:00"', "write it without quotes", "Correct `send_at`"),
        ("send_at = 2026-10-03", "no day and time", "Correct `send_at`"),
        ('opening = "pontt"', "`opening` names pontt, and there is no such article", "Did you mean `pont`?"),
        ('[order]\nBinnenland = ["pnt"]', "`order.Binnenland` names pnt", "Did you mean `pont`?"),
        ("[articles.zwaluw]", "`articles.zwaluw` names zwaluw", "Write a file's name without its ending."),
        ('[order]\nA = ["pont"]\nB = ["pont"]', "“pont” stands under A and again under B", "order"),
        ("[allow]\nnear-duplicate = true", "`allow.near-duplicate`", "Correct"),
    ],
)
def test_a_mistake_in_issue_toml_is_named_with_file_key_and_remedy(
    paper: Paper, toml: str, says: str, hint: str
) -> None:
    error = error_of(paper, toml)
    assert error.sentence.startswith("issues/2026-10-03/issue.toml: ")
    assert says in error.sentence
    assert hint in error.hint


def test_what_is_no_toml_is_named_with_its_line(paper: Paper) -> None:
    error = error_of(paper, "number = 1\nsubject = Zonder aanhalingstekens\n")
    assert error.sentence.startswith("issues/2026-10-03/issue.toml:2: ")


@pytest.mark.parametrize(
    ("toml", "key"),
    [("opening = 'ponr'", "opening"), ("[order]\nKerk = ['ponr']", "order.Kerk"), ("[articles.ponr]", "articles.ponr")],
)
def test_an_article_that_is_not_there_is_named_with_its_key_and_the_nearest(paper: Paper, toml: str, key: str) -> None:
    paper.article("pont")
    paper.put("issue.toml", toml)
    with pytest.raises(ContentError, match=f"`{key}` names ponr") as caught:
        paper.issue()
    assert caught.value.hint == "Did you mean `pont`?"


# Dates and numbers


def test_the_date_is_send_at_else_the_folder_s_name_else_the_newest_article_s(paper: Paper) -> None:
    undated = paper.folder.with_name("zomernummer")
    paper.folder.rename(undated)
    (undated / "articles").mkdir()
    (undated / "articles" / "a.md").write_text("---\ntitle: A\ndate: 2026-08-21 14:00\n---\n\nx\n")
    assert issue_date(undated, paper.config) is None
    assert load_issue(undated, paper.config).date == datetime(2026, 8, 21, 4, tzinfo=UTC)
    (undated / "issue.toml").write_text("send_at = 2026-08-22T06:00:00+02:00\n")
    assert load_issue(undated, paper.config).date == datetime(2026, 8, 22, 4, tzinfo=UTC)


def test_an_issue_that_nothing_dates_says_what_to_do(paper: Paper) -> None:
    undated = paper.folder.with_name("zomernummer")
    paper.folder.rename(undated)
    with pytest.raises(ContentError, match="zomernummer has no date") as caught:
        load_issue(undated, paper.config)
    assert "send_at" in caught.value.hint


def test_a_folder_s_name_may_go_on_after_its_day(paper: Paper) -> None:
    assert issue_date(paper.folder.with_name("2026-12-24-kerst"), paper.config) == datetime(2026, 12, 24, 5, tzinfo=UTC)


def test_issues_count_on_from_the_first_and_from_any_that_says_its_own(paper: Paper) -> None:
    second, third, fourth = (paper.folder.with_name(f"2026-10-{day}") for day in (10, 17, 24))
    for folder in (second, third, fourth):
        folder.mkdir()
    assert [number_of(folder, paper.config) for folder in (paper.folder, second, third)] == [36, 37, 38]
    (second / "issue.toml").write_text("number = 100\n")
    assert [number_of(folder, paper.config) for folder in (paper.folder, second, fourth)] == [36, 100, 102]


def test_without_a_number_to_count_from_there_is_none(paper: Paper) -> None:
    config = paper.config.model_copy(update={"newsletter": Newsletter(name="De Heuvelbode")})
    assert number_of(paper.folder, config) is None


# Drafts, embargoes, expiry


@pytest.mark.parametrize(
    ("line", "now", "code"),
    [
        ("draft: true", None, "article-draft"),
        ("not_before: 2026-10-03 06:01", None, "article-embargoed"),
        ("not_before: 2026-10-03 06:00", None, None),
        ("not_before: 2026-10-05", datetime(2026, 10, 4, 22, tzinfo=UTC), None),
        ("not_before: 2026-10-02", datetime(2026, 10, 1, 21, 59, tzinfo=UTC), "article-embargoed"),
        ("expires: 2026-10-03 06:00", None, "article-expired"),
        ("expires: 2026-10-03 06:01", None, None),
        ("expires: 2026-11-01", datetime(2026, 11, 2, tzinfo=UTC), "article-expired"),
    ],
)
def test_a_draft_an_embargo_and_an_expiry_are_honoured_at_the_moment_that_is_told(
    paper: Paper, line: str, now: datetime | None, code: str | None
) -> None:
    paper.article("pont", line)
    paper.article("sloot")
    issue = paper.issue(now=now)
    assert ("pont" in ids(issue)) == (code is None)
    assert ([] if code is None else [code]) == codes(issue)
    if code:
        assert found(issue, code).level == "note"
        assert found(issue, code).article == "pont"


def test_now_does_not_change_the_issue_s_own_date(paper: Paper) -> None:
    paper.article("pont")
    assert paper.issue(now=datetime(2027, 1, 1, tzinfo=UTC)) == paper.issue()


def test_an_opening_under_embargo_is_a_warning(paper: Paper) -> None:
    for name, *head in (("pont", "not_before: 2027-01-01"), ("sloot",), ("brug",)):
        paper.article(name, *head)
    paper.put("issue.toml", 'opening = "pont"\n')
    assert "pont" not in ids(paper.issue())
    assert found(paper.issue(), "opening-left-out").level == "warning"


# Listing


def test_a_glance_reads_no_article_and_never_fails(paper: Paper) -> None:
    paper.put("articles/pont.md", BROKEN)
    paper.put("issue.toml", 'subject = "Onderwerp"\n')
    seen = glance(paper.folder, paper.config)
    assert (seen.name, seen.number, seen.date, seen.subject, seen.articles) == ("2026-10-03", 36, DAY, "Onderwerp", 1)
    paper.put("issue.toml", "dit is geen toml")
    assert glance(paper.folder, paper.config).subject is None
    assert glance(paper.folder, paper.config).date == DAY
