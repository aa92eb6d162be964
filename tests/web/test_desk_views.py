"""What the desk says and shows of an issue, and the ways to look at it."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from asking import Client
from hypothesis import given
from hypothesis import strategies as st

from newsletter import build, mime, workspace
from newsletter.build import Built
from newsletter.checks.size import as_sent
from newsletter.config import Config
from newsletter.errors import ConfigError, ContentError, UsageError
from newsletter.model.finding import Finding
from newsletter.model.mail import Message
from newsletter.web import preview
from newsletter.web.preview import desk, trouble, weight
from newsletter.web.preview.anatomy import dissect
from newsletter.web.preview.inbox import preview as preview_of
from newsletter.web.preview.register import NEWEST
from newsletter.web.preview.view import View

SAMPLE = "2026-10-03"


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the sample issue; no test of this module writes in it."""
    folder = tmp_path_factory.mktemp("paper")
    workspace.init(folder)
    return folder


@pytest.fixture(scope="module")
def built(paper: Path) -> Built:
    return build.build(workspace.find(paper), SAMPLE)


@pytest.fixture(scope="module")
def settings(paper: Path) -> Config:
    return workspace.find(paper).config


@pytest.fixture(scope="module")
def client(paper: Path) -> Client:
    return Client(preview.application(paper))


@pytest.fixture(scope="module")
def phone(client: Client) -> Client:
    return Client(client.application, phone=True)


VIEWS = st.builds(
    View,
    width=st.sampled_from([240, 375, 720, 1600]),
    scheme=st.sampled_from(["light", "dark", "forced"]),
    pictures=st.sampled_from(["on", "off"]),
    direction=st.sampled_from(["own", "ltr", "rtl"]),
    part=st.sampled_from(["html", "text", "source", "message"]),
    headers=st.sampled_from(["read", "raw"]),
    reader=st.integers(1, 99_999),
    issues=st.sampled_from(["newest", "all"]),
)


@given(view=VIEWS)
def test_a_view_is_read_back_from_its_address(view: View) -> None:
    assert View.of(dict(view.choices)) == view


@given(query=st.dictionaries(st.sampled_from(["width", "scheme", "part", "reader", "x"]), st.text(max_size=9)))
def test_nonsense_in_an_address_is_never_in_the_way(query: dict[str, str]) -> None:
    assert View.of(query).width in range(240, 1601)


def test_on_a_phone_the_mail_is_as_wide_as_that_and_a_wider_one_stays_in_the_address() -> None:
    assert View.of({}, phone=True).width == 375
    assert View.of({}, phone=True).query == ""
    assert View.of({"width": "720"}, phone=True).but(scheme="dark") == "?width=720&scheme=dark"


def test_every_choice_is_a_button_that_keeps_the_other_choices(client: Client) -> None:
    page = client.get(f"/issues/{SAMPLE}?scheme=forced&width=600").text
    form = re.search(r'<form class="toggle" role="group" aria-label="Part">.*?</form>', page, re.S)
    assert form
    assert '<input type="hidden" name="width" value="600">' in form[0]
    assert '<input type="hidden" name="scheme" value="forced">' in form[0]
    assert 'name="part" value="html" aria-pressed="true"' in form[0]


def test_the_source_is_the_mail_with_its_lines_numbered(client: Client, built: Built) -> None:
    page = client.get(f"/issues/{SAMPLE}?part=source").text
    assert "<i>1</i><code>&lt;!DOCTYPE html&gt;</code>" in page
    assert f"<i>{len(built.message.html.splitlines())}</i>" in page


def test_the_message_is_shown_with_its_headers_its_parts_and_its_pictures(client: Client) -> None:
    page = client.get(f"/issues/{SAMPLE}?part=message").text.replace("<wbr>", "")
    for shown in ("List-Unsubscribe-Post", "multipart/alternative", "text/plain", "quoted-printable", "pictures/"):
        assert shown in page
    raw = client.get(f"/issues/{SAMPLE}?part=message&headers=raw").text
    assert "Content-Type: multipart/alternative;\n boundary=" in raw


def test_the_mail_is_merged_for_the_reader_who_was_chosen(client: Client) -> None:
    assert (
        '<option value="2" selected>For O&#39;Connor, Jean-Claude, jc.oconnor@example.com'
        in client.get(f"/issues/{SAMPLE}?reader=2").text
    )
    for path in (f"/issues/{SAMPLE}/mail?reader=2", f"/issues/{SAMPLE}/text?reader=2"):
        assert "jc.oconnor@example.com" in client.get(path).text
    assert client.get(f"/issues/{SAMPLE}/mail?reader=99").status_code == 200


def test_without_a_list_the_desk_says_where_one_goes(tmp_path: Path) -> None:
    workspace.init(tmp_path)
    (tmp_path / "sample-readers.csv").unlink()
    page = Client(preview.application(tmp_path)).get(f"/issues/{SAMPLE}").text
    assert "put a list in <code>sample-readers.csv</code>" in page
    assert "<select" not in page


@pytest.mark.parametrize(
    "path", ["", "?part=text", "?part=source", "?part=message", "/mail", "/text", "/mail?reader=2"]
)
def test_the_phone_sees_no_reader(phone: Client, path: str) -> None:
    page = phone.get(f"/issues/{SAMPLE}{path}")
    assert page.status_code == 200
    assert "vandenberg" not in page.text
    assert "oconnor" not in page.text
    assert "/outbox" not in page.text


def test_the_mail_turned_round_is_the_renderer_s_own(client: Client) -> None:
    page = client.get(f"/issues/{SAMPLE}/mail?direction=rtl").text
    assert '<html lang="nl" dir="rtl">' in page
    assert 'align="left"' in page
    assert '<html lang="nl" dir="ltr">' in client.get(f"/issues/{SAMPLE}/mail?direction=ltr").text


def test_an_inbox_goes_on_from_the_preheader_into_the_body(client: Client, built: Built) -> None:
    seen = preview_of(built.message.html)
    assert seen.startswith(built.edition.preheader)
    assert "De Heuvelbode Nummer 1 · zaterdag 3 oktober 2026 Bekijk in uw browser Geachte lezer," in seen
    page = client.get(f"/issues/{SAMPLE}").text
    assert page.count('<p class="sender"><b>De Heuvelbode</b></p>') == 6
    assert page.count('<p class="time">06:00</p>') == 6


def test_an_inbox_shows_words_only() -> None:
    mail = (
        "<head><title>t</title><style>a{b}</style></head><body><!--c--><p>Een <b>twee</b>,\n<i>drie</i>&amp;</p><p>vier"
    )
    assert preview_of(mail) == "Een twee, drie& vier"


def test_the_parts_and_the_frame_are_the_mail(built: Built, settings: Config) -> None:
    weighed = weight.weigh(built, settings)
    assert sum(part.bytes for part in weighed.parts) + dict(built.edition.sizes)["frame"] == sum(
        segment.bytes for segment in weighed.segments
    )
    assert [part.bytes for part in weighed.parts] == sorted((part.bytes for part in weighed.parts), reverse=True)
    assert len(weighed.parts) == len(built.edition.sizes) - 1
    assert weighed.segments[-1].frame


@pytest.mark.parametrize(("size", "level"), [(50_000, ""), (90_000, "near"), (102_400, "over")])
def test_a_heavy_mail_is_told_and_has_less_room(built: Built, settings: Config, size: int, level: str) -> None:
    heavy = weight.weigh(replace(built, message=_padded(built.message, size)), settings)
    assert heavy.level == level
    assert heavy.bytes == as_sent(_padded(built.message, size), settings)
    assert heavy.room < weight.weigh(built, settings).room
    assert (heavy.room == 0) == (level == "over")


def _padded(message: Message, size: int) -> Message:
    padding = "x" * (size - len(message.html.encode()))
    return replace(message, edition=replace(message.edition, html=(*message.edition.html, padding)))


def test_the_checks_that_found_nothing_are_named_with_what_they_look_at(
    client: Client, built: Built, settings: Config
) -> None:
    silent = dict(desk.silent(built, settings))
    assert silent["size"].startswith("Bytes: Gmail clips")
    assert f"{len(silent)} checks found nothing" in client.get(f"/issues/{SAMPLE}").text


def test_of_thousands_of_findings_the_worst_are_shown_and_the_others_counted(tmp_path: Path) -> None:
    workspace.init(tmp_path)
    articles = tmp_path / "issues" / SAMPLE / "articles"
    for n in range(60):
        (articles / f"kort-{n}.md").write_text(f"---\ntitle: Bericht {n}\n---\nTekst {n}.\n", "utf-8")
    page = Client(preview.application(tmp_path)).get(f"/issues/{SAMPLE}").text
    assert page.count('<article class="finding">') == 50
    assert "more, no worse than these." in page


def test_a_finding_tells_its_place_in_the_mail_and_in_the_file(built: Built) -> None:
    finding = Finding(
        code="x-y", level="note", sentence="X.", article="orgel", file="issues/x/articles/orgel.md", line=6
    )
    assert desk.place(finding, built).startswith("Kerk & religie › ")
    assert desk.file_of(finding) == "issues/x/articles/orgel.md, line\N{NO-BREAK SPACE}6"
    assert desk.file_of(replace(finding, line=None)) == "issues/x/articles/orgel.md"
    assert desk.file_of(replace(finding, file=None)) == ""


def test_a_message_is_taken_apart_into_numbered_parts(message_of: Callable[[str], Message]) -> None:
    message = message_of("reference")
    anatomy = dissect(mime.to_bytes(replace(message, embedded=True)))
    assert [(part.number, part.type) for part in anatomy.parts][:4] == [
        ("", "multipart/alternative"),
        ("1", "text/plain"),
        ("2", "multipart/related"),
        ("2.1", "text/html"),
    ]
    assert [part.depth for part in anatomy.parts][:4] == [0, 1, 1, 2]
    assert anatomy.parts[-1].type.startswith("image/")
    assert anatomy.text.split() == message.text.split()
    assert message.edition.fingerprint.startswith(anatomy.fingerprint)
    assert anatomy.header("subject") == message.edition.subject


def test_a_key_that_cannot_be_used_is_shown_on_its_line(tmp_path: Path) -> None:
    (tmp_path / "issue.toml").write_text('number = 3\nopenin = "kim"\nsubject = "x"\n', "utf-8")
    error = ContentError("`openin` is not a known key.", "Did you mean `opening`?", file="issue.toml")
    explained = trouble.explain(error, tmp_path)
    assert explained.where == "issue.toml, line 2"
    assert explained.lines == ((1, "number = 3", False), (2, 'openin = "kim"', True), (3, 'subject = "x"', False))


def test_a_key_that_several_lines_set_is_shown_on_none(tmp_path: Path) -> None:
    (tmp_path / "issue.toml").write_text("[articles.a]\nx = 1\n[articles.b]\nx = 1\n", "utf-8")
    explained = trouble.explain(ContentError("`articles.a.x`: no.", file="issue.toml"), tmp_path)
    assert (explained.where, explained.lines) == ("issue.toml", ())


def test_a_configuration_that_is_no_toml_is_shown_on_its_line(tmp_path: Path) -> None:
    (tmp_path / "newsletter.toml").write_text("[newsletter]\nname = x\n", "utf-8")
    with pytest.raises(ConfigError) as error:
        workspace.find(tmp_path)
    explained = trouble.explain(error.value, tmp_path)
    assert explained.where == "newsletter.toml, line 2"
    assert explained.lines[1] == (2, "name = x", True)


def test_a_file_outside_the_workspace_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("a\nb\nc\n", "utf-8")
    (tmp_path / "paper").mkdir()
    explained = trouble.explain(ContentError("no.", file="../secret.txt", line=2), tmp_path / "paper")
    assert explained.lines == ()


def test_what_was_asked_for_and_is_not_there_has_no_place() -> None:
    assert trouble.explain(UsageError("There is no x.", "Try y."), Path()).where == ""


def test_a_hundred_issues_are_listed_when_all_are_asked_for(tmp_path: Path) -> None:
    workspace.init(tmp_path)
    for week in range(1, 31):
        folder = tmp_path / "issues" / f"2025-{1 + week // 28:02}-{1 + week % 28:02}"
        folder.mkdir(parents=True)
    client = Client(preview.application(tmp_path))
    page = client.get(f"/issues/{SAMPLE}").text
    assert page.count('class="day"') == NEWEST
    assert "19 older issues" in page
    assert client.get(f"/issues/{SAMPLE}?issues=all").text.count('class="day"') == 31


def test_an_issue_that_was_added_or_numbered_since_is_listed_so(tmp_path: Path) -> None:
    workspace.init(tmp_path)
    client = Client(preview.application(tmp_path))
    client.get(f"/issues/{SAMPLE}")
    later = tmp_path / "issues" / "2026-10-10"
    later.mkdir()
    assert "2 · 10\N{NO-BREAK SPACE}October 2026" in client.get(f"/issues/{SAMPLE}").text
    (later / "issue.toml").write_text("number = 40\n", "utf-8")
    page = client.get(f"/issues/{SAMPLE}").text
    assert "40 · 10\N{NO-BREAK SPACE}October 2026" in page
    assert "No articles" in page


def test_an_issue_that_is_broken_leaves_the_others_their_articles(tmp_path: Path) -> None:
    workspace.init(tmp_path)
    later = tmp_path / "issues" / "2026-10-10" / "articles"
    later.mkdir(parents=True)
    (later / "a.md").write_text("---\ntitle: Een\n---\nTekst.\n", "utf-8")
    (tmp_path / "issues" / SAMPLE / "issue.toml").write_text("x = 1\n", "utf-8")
    assert "<small>1 article</small>" in Client(preview.application(tmp_path)).get(f"/issues/{SAMPLE}").text


def test_names_that_hold_markup_are_shown_as_they_are(tmp_path: Path) -> None:
    workspace.init(tmp_path)
    folder = tmp_path / "issues" / "2026-10-10 <i>"
    (folder / "articles").mkdir(parents=True)
    (folder / "articles" / "a.md").write_text("---\ntitle: Een\nurl: https://example.nl/a\n---\nTekst.\n", "utf-8")
    (folder / "issue.toml").write_text('subject = "<script>alert(1)</script> & nee"\n', "utf-8")
    page = Client(preview.application(tmp_path)).get("/issues/2026-10-10%20%3Ci%3E")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert '<i>"' not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; nee" in page.text


def test_an_issue_that_broke_keeps_its_last_mail_below_the_mistake(tmp_path: Path) -> None:
    workspace.init(tmp_path)
    client = Client(preview.application(tmp_path))
    mail = client.get(f"/issues/{SAMPLE}/mail").text
    settings = tmp_path / "issues" / SAMPLE / "issue.toml"
    settings.write_text(settings.read_text("utf-8") + '\nx = "y"\n', "utf-8")
    page = client.get(f"/issues/{SAMPLE}").text
    assert "Not built since" in page
    assert "Below: the last edition that could be built" in page
    assert "this page follows by itself" in page
    assert "Cannot be built" in page
    assert client.get(f"/issues/{SAMPLE}/mail").text == mail
