"""Exports of other programs: opted-out readers arrive as opted out, whatever the program calls it."""

from datetime import date
from pathlib import Path

import pytest
from reading_lists import LISTS, opened, rejects, rows, write_zip

from newsletter.audience.files import Reject, Row
from newsletter.audience.reading.exports import EXPORTS
from newsletter.errors import ContentError
from newsletter.model.subscriber import FieldType

FIELDS: dict[str, FieldType] = {"city": "text", "children": "number", "member": "boolean", "since": "date"}
CONFIRMED, PENDING, LEFT = ("confirmed", None), ("pending", None), ("left", None)
BOUNCED, COMPLAINED, BLOCKED = ("suppressed", "bounced"), ("suppressed", "complained"), ("suppressed", "blocked")
MAILCHIMP = [f"{status}subscribed_email_audience_export_4f1c.csv" for status in ("", "un", "non")]
CLEANED = "cleaned_email_audience_export_4f1c.csv"


@pytest.mark.parametrize(
    ("file", "origin", "standings"),
    [
        (MAILCHIMP[0], "mailchimp", [CONFIRMED, CONFIRMED]),
        (MAILCHIMP[1], "mailchimp", [LEFT]),
        (CLEANED, "mailchimp", [BOUNCED]),
        ("listmonk.csv", "listmonk", [CONFIRMED, BLOCKED, BLOCKED]),
        ("ghost.csv", "ghost", [CONFIRMED, LEFT]),
        ("substack.csv", "substack", [CONFIRMED, LEFT]),
        ("buttondown.csv", "buttondown", [CONFIRMED, PENDING, LEFT, BOUNCED, COMPLAINED, BLOCKED, LEFT]),
        ("keila.csv", "keila", [CONFIRMED, LEFT, BOUNCED]),
        ("mailerlite.csv", "mailerlite", [CONFIRMED, LEFT, BOUNCED, COMPLAINED, PENDING]),
        ("newsletter.csv", "newsletter", [CONFIRMED, LEFT, COMPLAINED, BLOCKED, PENDING]),
    ],
)
def test_an_export_is_known_by_its_headers_and_everybody_stands_as_before(
    file: str, origin: str, standings: list[object]
) -> None:
    with opened(LISTS / file, FIELDS) as reading:
        assert reading.origin == origin
    assert [(row.status, row.reason) for row in rows(LISTS / file, FIELDS)] == standings


def test_each_known_export_is_tried() -> None:
    names = {Path(file).stem for file in ("listmonk", "ghost", "substack", "buttondown", "keila", "mailerlite")}
    assert {export.name for export in EXPORTS} == names | {"newsletter", "mailchimp"}


@pytest.mark.parametrize(
    ("file", "name", "joined", "tags", "fields"),
    [
        (MAILCHIMP[0], "Anneke van den Berg", date(2024, 3, 13), ("Leden, oud", "Zuid"), {}),
        ("listmonk.csv", "Anneke van den Berg", date(2024, 3, 13), (), {"city": "Zuiderwold", "children": 2}),
        ("ghost.csv", "Anneke van den Berg", date(2024, 3, 13), ("leden", "zuid"), {}),
        ("substack.csv", None, date(2024, 3, 13), (), {}),
        ("buttondown.csv", None, date(2024, 3, 12), ("leden", "zuid"), {"city": "Zuiderwold"}),
        ("keila.csv", "Anneke van den Berg", None, (), {"city": "Zuiderwold", "member": True}),
        ("mailerlite.csv", "Anneke van den Berg", date(2024, 3, 12), ("Leden", "Zuid"), {}),
    ],
)
def test_names_days_tags_and_own_fields_come_along(
    file: str, name: str | None, joined: date | None, tags: tuple[str, ...], fields: dict[str, object]
) -> None:
    first = rows(LISTS / file, FIELDS)[0]
    assert (first.address, first.name, first.joined) == ("anneke@example.nl", name, joined)
    assert (first.tags, first.fields) == (tags, fields)


def test_our_own_export_is_read_whole() -> None:
    first, _, third, *_ = rows(LISTS / "newsletter.csv", FIELDS)
    assert first == Row(
        line=2,
        address="anneke@example.nl",
        key="anneke@example.nl",
        name="Anneke van den Berg",
        language="nl",
        joined=date(2024, 3, 12),
        status="confirmed",
        reason=None,
        paused_until=date(2026, 12, 24),
        tags=("leden", "zuid"),
        fields={"city": "Zuiderwold", "children": 2, "member": True, "since": date(2020, 2, 29)},
    )
    assert (third.tags, third.language, third.fields) == (("met, komma",), "nl-BE", {"member": False})


def test_a_moment_in_a_mailchimp_export_is_utc_and_falls_on_our_day(tmp_path: Path) -> None:
    file = tmp_path / "mailchimp.csv"
    file.write_text("Email Address,CONFIRM_TIME,LEID,EUID\nx@example.nl,2024-06-30 22:30:00,1,a\n")
    assert rows(file)[0].joined == date(2024, 7, 1)


def test_readers_who_left_are_known_without_the_name_of_the_file(tmp_path: Path) -> None:
    for name, status in ((MAILCHIMP[1], "left"), (CLEANED, "suppressed"), (MAILCHIMP[0], None)):
        file = tmp_path / "lezers.csv"
        file.write_bytes((LISTS / name).read_bytes())
        assert {row.status for row in rows(file)} == {status}


def test_readers_who_never_asked_for_mail_are_rejected() -> None:
    (reject,) = rejects(LISTS / MAILCHIMP[2])
    assert "never asked" in reject.reason


def test_an_unknown_word_of_status_is_never_taken_for_consent(tmp_path: Path) -> None:
    file = tmp_path / "lezers.csv"
    file.write_text("email,status\na@example.nl,confirmed\nb@example.nl,misschien\nc@example.nl,\n")
    with opened(file) as reading:
        first, reject, last = reading
    assert isinstance(first, Row)
    assert isinstance(reject, Reject)
    assert reject.reason.startswith("“misschien” is no status that is known here; there are: confirmed, ")
    assert isinstance(last, Row)
    assert last.status is None


@pytest.mark.parametrize(
    ("header", "cell", "standing"),
    [
        ("status", "Uitgeschreven", LEFT),
        ("unsubscribed_at", "2024-02-03", LEFT),
        ("Afgemeld op", "03-02-2024", LEFT),
        ("unsubscribed", "nee", CONFIRMED),
        ("bounced", "yes", BOUNCED),
        ("complained_at", "2024-02-03T04:05:06Z", COMPLAINED),
    ],
)
def test_the_worst_that_a_line_says_of_consent_counts(tmp_path: Path, header: str, cell: str, standing: object) -> None:
    file = tmp_path / "lezers.csv"
    first = "email" if header == "status" else "email,status"
    file.write_text(f"{first},{header}\nx@example.nl,{'' if header == 'status' else 'actief,'}{cell}\n")
    (row,) = rows(file)
    assert (row.status, row.reason) == standing


def test_a_program_that_does_not_say_who_left_is_named_in_a_note() -> None:
    with opened(LISTS / "listmonk.csv") as reading:
        assert any("does not say who left" in note for note in reading.notes)


def zipped(file: Path, *names: str) -> Path:
    return write_zip(file, {f"export/{name}": (LISTS / name).read_bytes() for name in names})


def test_mailchimps_zip_is_one_list_with_those_who_opted_out_first(tmp_path: Path) -> None:
    file = zipped(tmp_path / "audience_export.zip", *MAILCHIMP, CLEANED, "ghost.csv")
    with opened(file) as reading:
        assert reading.origin == "mailchimp"
        found = list(reading)
        notes = " ".join(reading.notes)
    assert [row.status for row in found if isinstance(row, Row)] == ["suppressed", "left", "confirmed", "confirmed"]
    lines = [one.line for one in found]
    assert lines == sorted(set(lines))
    assert "Not read in it: export/ghost.csv." in notes
    assert f"export/{MAILCHIMP[0]} from " in notes


def test_a_reject_in_a_zip_names_its_place_and_stands_under_the_common_header(tmp_path: Path) -> None:
    with opened(zipped(tmp_path / "audience_export.zip", *MAILCHIMP)) as reading:
        (reject,) = (found for found in reading if isinstance(found, Reject))
        cells = dict(zip(reading.header, reject.cells, strict=True))
    assert reject.reason.endswith(f"(Line 2 of export/{MAILCHIMP[2]}.)")
    assert (cells["Email Address"], cells["First Name"], cells["UNSUB_TIME"]) == ("eva@example.nl", "Eva", "")


def test_substacks_zip_gives_its_list_and_not_whom_a_post_was_sent_to(tmp_path: Path) -> None:
    parts = {
        "posts.csv": "post_id,title\n1,Welkom\n",
        "posts/1.delivers.csv": "post_id,email\n1,weg@example.nl\n",
        "email_list.heuvelbode.csv": (LISTS / "substack.csv").read_bytes(),
        "__MACOSX/._posts.csv": "",
    }
    with opened(write_zip(tmp_path / "export.zip", parts)) as reading:
        assert [row.address for row in reading] == ["anneke@example.nl", "bram@example.org"]
        assert reading.notes == ("Not read in it: posts.csv, posts/1.delivers.csv.",)


def test_a_zip_with_one_list_is_that_list(tmp_path: Path) -> None:
    assert len(rows(zipped(tmp_path / "lijst.zip", "ghost.csv"))) == 2


@pytest.mark.parametrize(
    ("names", "said"), [(["ghost.csv", "keila.csv"], "holds 2 tables: export/ghost.csv"), ([], "holds no list")]
)
def test_a_zip_of_which_nobody_knows_which_list_is_meant_is_refused(
    tmp_path: Path, names: list[str], said: str
) -> None:
    with pytest.raises(ContentError, match=said), opened(zipped(tmp_path / "lijsten.zip", *names)):
        pass
