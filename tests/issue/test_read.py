"""Reading a folder: what may be missing, what may not be broken, and whose time has not come."""

from datetime import UTC, datetime

import pytest
from issue_in_the_making import Paper
from PIL import Image

from newsletter.config import Newsletter
from newsletter.errors import ContentError, Unreadable
from newsletter.issue.read import glance, issue_date, load_issue, number_of
from newsletter.model.finding import Finding
from newsletter.model.issue import Block, Issue

DAY = datetime(2026, 10, 3, 4, tzinfo=UTC)
BROKEN = "---\ntitle: De pont: vijf minuten\n---\n\nTekst.\n"
WORD = "---\nblock: word\nsource: Jacob Rietveld\n{}---\n\nWie *waakt*, ziet de nacht korten.\n"


def ids(issue: Issue) -> list[str]:
    return [placement.article.id for placement in issue.placements]


def blocks(issue: Issue) -> list[str]:
    return [part.id for part in issue.flow if isinstance(part, Block)]


def found(issue: Issue, code: str) -> Finding:
    return next(finding for finding in issue.findings if finding.code == code)


def codes(issue: Issue) -> list[str]:
    return [finding.code for finding in issue.findings]


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


# Blocks


def test_a_block_is_read_whole(paper: Paper) -> None:
    paper.put("blocks/woord.md", WORD.format("title: Waak\nurl: https://example.nl/woord\nlink: Lees meer\n"))
    block = next(part for part in paper.issue().flow if isinstance(part, Block))
    assert (block.id, block.kind, block.title, block.source) == ("woord", "word", "Waak", "Jacob Rietveld")
    assert (block.url, block.link, block.file) == (
        "https://example.nl/woord",
        "Lees meer",
        "issues/2026-10-03/blocks/woord.md",
    )
    assert block.html.strip() == "<p>Wie <em>waakt</em>, ziet de nacht korten.</p>"
    assert block.text == "Wie waakt, ziet de nacht korten."


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        ("", True),
        ("from: 2026-10-03\n", True),
        ("from: 2026-10-04\n", False),
        ("until: 2026-10-03\n", True),
        ("until: 2026-10-02\n", False),
        ("from: 2026-09-01\nuntil: 2026-12-31\n", True),
        ("from:\nuntil:\n", True),
    ],
)
def test_a_block_stands_from_its_first_day_until_its_last_both_included(paper: Paper, lines: str, shown: bool) -> None:
    paper.put("blocks/woord.md", WORD.format(lines))
    assert (blocks(paper.issue()) == ["woord"]) == shown


def test_standing_blocks_are_in_every_issue_unless_it_has_its_own_of_that_name(paper: Paper) -> None:
    standing = paper.config.root / "blocks"
    standing.mkdir()
    (standing / "agenda.md").write_text("---\nblock: announcement\ntitle: Vast\n---\n\nx\n")
    (standing / "woord.md").write_text(WORD.format(""))
    assert blocks(paper.issue()) == ["woord", "agenda"]
    paper.put("blocks/agenda.md", "---\nblock: announcement\ntitle: Eigen\n---\n\nx\n")
    titles = [part.title for part in paper.issue().flow if isinstance(part, Block)]
    assert titles == [None, "Eigen"]


@pytest.mark.parametrize(
    ("head", "says", "line"),
    [
        ("block: wrod", "`block`", 2),
        ("block: word\nutnil: 2026-10-03", "`utnil` is not a known key", 3),
        ("block: word\nuntil: morgen", "`until`", 3),
        ("block: word\nurl: www.example.nl", "it begins with https://", 3),
        ("title: Zonder soort", "`block` is missing", None),
    ],
)
def test_a_mistake_in_a_block_is_named_with_its_line(paper: Paper, head: str, says: str, line: int | None) -> None:
    paper.put("blocks/woord.md", f"---\n{head}\n---\n\nx\n")
    with pytest.raises(Unreadable) as caught:
        paper.issue()
    assert says in caught.value.sentence
    assert (caught.value.file, caught.value.line) == ("issues/2026-10-03/blocks/woord.md", line)


# Broken files


def test_one_broken_article_is_named_with_its_file_line_and_remedy(paper: Paper) -> None:
    paper.article("sloot")
    paper.put("articles/pont.md", BROKEN)
    with pytest.raises(Unreadable) as caught:
        paper.issue()
    assert caught.value.sentence == (
        'issues/2026-10-03/articles/pont.md:2: a value with a colon needs quotes: `title: "De pont: vijf minuten"`'
    )


def test_broken_files_are_all_named_at_once(paper: Paper) -> None:
    paper.put("articles/a.md", BROKEN)
    paper.put("articles/b.md", "Zonder titel.\n")
    paper.put("articles/c.md", b"\x00\x01\x02\xff")
    paper.put("blocks/d.md", "---\nblock: niets\n---\n\nx\n")
    with pytest.raises(ContentError) as caught:
        paper.issue()
    assert caught.value.sentence.startswith("4 files cannot be read:\n")
    assert all(f"/{name}.md" in caught.value.sentence for name in "abcd")
    assert "--skip-broken" in caught.value.hint


def test_skipping_what_is_broken_makes_a_warning_of_each(paper: Paper) -> None:
    paper.article("sloot")
    paper.put("articles/pont.md", BROKEN)
    paper.put("blocks/woord.md", "---\nblock: niets\n---\n\nx\n")
    issue = paper.issue(skip_broken=True)
    assert ids(issue) == ["sloot"]
    article, block = found(issue, "article-broken"), found(issue, "block-broken")
    assert {article.level, block.level} == {"warning"}
    assert (article.file, article.line) == ("issues/2026-10-03/articles/pont.md", 2)
    assert "a value with a colon needs quotes" in article.sentence
    assert article.remedy


def test_a_broken_article_that_issue_toml_names_can_be_skipped(paper: Paper) -> None:
    paper.article("sloot")
    paper.put("articles/pont.md", BROKEN)
    paper.put("issue.toml", 'opening = "pont"\n')
    issue = paper.issue(skip_broken=True)
    assert ids(issue) == ["sloot"]
    assert {"article-broken", "opening-left-out"} <= set(codes(issue))


def test_two_files_of_one_name_are_an_error(paper: Paper) -> None:
    paper.article("pont")
    paper.put("articles/pont.txt", "x")
    with pytest.raises(ContentError, match=r"pont\.md and pont\.txt .* are both the article pont"):
        paper.issue()


def test_a_picture_beside_an_article_is_its_own(paper: Paper) -> None:
    paper.article("pont")
    picture = paper.folder / "articles" / "pont.jpg"
    Image.new("RGB", (8, 8)).save(picture)
    issue = paper.issue()
    assert issue.placements[0].article.pictures[0].file == picture
    assert issue.findings == ()


def test_foreign_files_are_noted_and_hidden_ones_are_not(paper: Paper) -> None:
    paper.article("pont")
    for name in ("begroting.docx", ".DS_Store", "_kladblok.md"):
        paper.put(f"articles/{name}", "x")
    issue = paper.issue()
    assert codes(issue) == ["file-unknown"]
    assert "begroting.docx" in found(issue, "file-unknown").sentence
    assert ids(issue) == ["pont"]


def test_the_notes_of_reading_an_article_reach_the_editor(paper: Paper) -> None:
    paper.article("pont", "image: bestaat-niet.jpg")
    assert found(paper.issue(), "picture-missing").file == "issues/2026-10-03/articles/pont.md"


# [allow]


@pytest.mark.parametrize(
    ("allow", "left"),
    [
        ("", ["article-draft", "article-draft"]),
        ('article-draft = "nog niet af"', []),
        ('"article-draft:a" = "nog niet af"', ["article-draft"]),
        ('"article-draft:c" = "een ander"', ["article-draft", "article-draft"]),
    ],
)
def test_a_finding_that_is_allowed_is_not_told_again(paper: Paper, allow: str, left: list[str]) -> None:
    paper.article("a", "draft: true")
    paper.article("b", "draft: true")
    paper.put("issue.toml", f"[allow]\n{allow}\n")
    assert codes(paper.issue()) == left


# Listing


def test_a_glance_reads_no_article_and_never_fails(paper: Paper) -> None:
    paper.put("articles/pont.md", BROKEN)
    paper.put("issue.toml", 'subject = "Onderwerp"\n')
    seen = glance(paper.folder, paper.config)
    assert (seen.name, seen.number, seen.date, seen.subject, seen.articles) == ("2026-10-03", 36, DAY, "Onderwerp", 1)
    paper.put("issue.toml", "dit is geen toml")
    assert glance(paper.folder, paper.config).subject is None
    assert glance(paper.folder, paper.config).date == DAY


def test_findings_are_told_once_and_in_a_steady_order(paper: Paper) -> None:
    paper.article("a", "draft: true", "section: Nergens")
    paper.article("b", "section: Nergens")
    issue = paper.issue()
    assert len(issue.findings) == len(set(issue.findings))
    assert issue.findings == paper.issue().findings


def test_an_introduction_that_is_no_text_is_named_beside_the_other_broken_files(paper: Paper) -> None:
    paper.put("intro.md", b"\xff\xfe")
    paper.put("articles/leeg.md", "")
    with pytest.raises(ContentError) as caught:
        paper.issue()
    assert [line.partition(":")[0] for line in caught.value.sentence.splitlines()[1:]] == [
        "issues/2026-10-03/articles/leeg.md",
        "issues/2026-10-03/intro.md",
    ]


def test_a_broken_introduction_can_be_skipped(paper: Paper) -> None:
    paper.put("intro.md", b"\xff\xfe")
    issue = paper.issue(skip_broken=True)
    assert issue.introduction_html == ""
    assert [(f.code, f.level, f.place) for f in issue.findings] == [
        ("introduction-broken", "warning", "issues/2026-10-03/intro.md")
    ]


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


def test_a_section_that_nobody_knows_is_noted_once_however_many_articles_name_it(paper: Paper) -> None:
    for name in ("pont", "brug", "sluis", "veer"):
        paper.article(name, "section: Sport")
    assert [f.code for f in paper.issue().findings].count("section-unknown") == 1


def test_a_section_that_issue_toml_knows_is_not_noted(paper: Paper) -> None:
    paper.article("pont", "section: Sport")
    paper.put("issue.toml", "sections = ['Sport']")
    assert paper.issue().findings == ()
