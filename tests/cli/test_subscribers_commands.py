"""`subscribers show|add|tag|pause|block|erase` as one types them: what they do to one reader, and what they say."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from commandline import Typed

from newsletter import app, workspace
from newsletter.audience import address, consent
from newsletter.audience.occasion import Occasion
from newsletter.model.subscriber import Subscriber
from newsletter.store import notices, subscribers
from newsletter.store.database import Store

ANNA = "anna@example.nl"
CONSENT = ("--consent", "Aan de balie, 12 maart 2026, Heuveldam")
KEY = "een sleutel die nooit verandert"
TOMORROW = str(date.today() + timedelta(days=2))  # noqa: DTZ011 (two days on it is tomorrow everywhere)


@pytest.fixture
def paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace without a list yet, and a key to erase with."""
    workspace.init(tmp_path, empty=True)
    monkeypatch.setenv("NEWSLETTER_ERASE_KEY", KEY)
    return tmp_path


@pytest.fixture
def typed(paper: Path, typed_in: Typed) -> Typed:
    """``typed("show", ANNA)``: what `newsletter subscribers` ends with, and says on stdout and stderr."""
    return partial(typed_in, paper, "subscribers")


@pytest.fixture
def store(paper: Path) -> Iterator[Store]:
    """The workspace's list, once there is one."""
    with closing(Store(paper / "newsletter.db")) as store:
        yield store


def known(store: Store, address: str = ANNA) -> Subscriber | None:
    with store.reading() as transaction:
        found = subscribers.find(transaction, address)
        return found.subscriber if found else None


# add


def test_adding_makes_the_list_on_first_need_and_says_what_he_is(typed: Typed, store: Store) -> None:
    code, out, _ = typed("add", ANNA, *CONSENT, "--name", "Anna Wit", "--language", "nl_BE")
    assert (code, out) == (0, f"{ANNA} is confirmed.\n")
    one = known(store)
    assert one is not None
    assert (one.status, one.name, one.language, one.source) == ("confirmed", "Anna Wit", "nl-BE", "operator")


def test_whoever_is_asked_first_is_pending_and_a_notice_waits(typed: Typed, store: Store) -> None:
    code, out, _ = typed("add", ANNA, "--double-opt-in")
    assert (code, out) == (0, f"{ANNA} is pending; a mail that asks for consent waits to be sent.\n")
    with store.reading() as transaction:
        assert notices.counts(transaction)["waiting"] == 1


def test_of_whoever_is_known_it_is_said_what_was_changed(typed: Typed, store: Store) -> None:
    typed("add", ANNA, *CONSENT, "--name", "Anna Wit")
    code, out, _ = typed("add", ANNA, *CONSENT, "--name", "Anna de Wit", "--language", "en")
    assert (code, out) == (
        0,
        f"{ANNA} is confirmed already, and the consent he gave before stands. Changed: name, language.\n",
    )
    one = known(store)
    assert one is not None
    assert (one.name, one.language) == ("Anna de Wit", "en")
    assert "changed by the operator: name, language." in typed("show", ANNA)[1]


@pytest.mark.parametrize("right", [CONSENT, ("--double-opt-in",)])
def test_of_whoever_is_known_just_so_it_is_said_that_nothing_was_changed(
    typed: Typed, store: Store, right: tuple[str, ...]
) -> None:
    typed("add", ANNA, *CONSENT, "--name", "Anna Wit")
    _, out, _ = typed("add", ANNA, *right)
    assert out == f"{ANNA} is confirmed already, and the consent he gave before stands. Nothing was changed.\n"


def test_whoever_was_asked_lately_is_not_said_to_be_asked_again(typed: Typed, store: Store) -> None:
    typed("add", ANNA, "--double-opt-in")
    said = f"{ANNA} is pending already; he was asked less than a day ago, or the mail that asks him waits still."
    assert typed("add", ANNA, "--double-opt-in")[1] == f"{said} Nothing was changed.\n"
    assert typed("add", ANNA, "--double-opt-in", "--name", "Anna Wit")[1] == f"{said} Changed: name.\n"
    assert typed("add", ANNA, *CONSENT, "--name", "Anna de Wit")[1] == f"{ANNA} is confirmed. Changed: name.\n"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ((), "Nothing says that he consented."),
        ((*CONSENT, "--double-opt-in"), "Readers who consented need not be asked again."),
        (("--consent", "ja"), "--consent “ja” does not say what readers consented to."),
        ((*CONSENT, "--language", "klingon"), "“klingon” is no code of a language; write one like nl or en."),
        ((*CONSENT, "--name", "Anna\nWit"), "The name holds a line break or another control character."),
        ((*CONSENT, "--name", "A" * 201), "The name has 201 characters; 200 are kept at most."),
    ],
)
def test_what_is_wrong_with_an_addition_is_said_and_no_list_is_made(
    typed: Typed, paper: Path, options: tuple[str, ...], sentence: str
) -> None:
    code, out, said = typed("add", ANNA, *options)
    assert (code, out, said.splitlines()[0]) == (2, "", sentence)
    assert not (paper / "newsletter.db").exists()


def test_what_is_no_address_is_not_added(typed: Typed, store: Store) -> None:
    code, _, said = typed("add", "anna", *CONSENT)
    assert (code, said.startswith("anna: ")) == (2, True)


def test_whoever_left_is_not_added_and_it_is_said_who_can_change_that(typed: Typed, store: Store) -> None:
    typed("add", ANNA, *CONSENT)
    leave(store)
    code, out, said = typed("add", ANNA, *CONSENT)
    assert (code, out) == (1, "")
    assert (
        said == f"{ANNA} left, and adding him does not change that.\nLet him sign up again on the newsletter's page.\n"
    )


# import


def test_an_import_says_how_many_old_addresses_of_moved_readers_it_passes_over(
    typed: Typed, paper: Path, store: Store
) -> None:
    typed("add", ANNA, *CONSENT)
    anna = known(store)
    assert anna is not None
    occasion = Occasion(at=app.now(), zone=ZoneInfo("Europe/Amsterdam"), source="form")
    with store.writing() as transaction:
        move = address.ask(transaction, anna.id, "anna@example.org", occasion, key=None)
        assert move is not None
        address.confirm(transaction, move, occasion, key=None)
    (paper / "leden.csv").write_text(f"email\n{ANNA}\nbert@example.nl\n", "utf-8")
    code, out, said = typed("import", str(paper / "leden.csv"), *CONSENT, "--yes")
    assert (code, out) == (
        0,
        "Import 1: 1 new, 0 changed, 0 unchanged, 1 stayed as they were, 0 lines refused.\n",
    )
    assert "old addresses of readers who moved to another" in said
    assert known(store) is None


# show


def test_his_whole_story_is_shown_in_plain_sentences(typed: Typed, store: Store) -> None:
    typed("add", ANNA, *CONSENT, "--name", "Anna Wit")
    typed("tag", ANNA, "--add", "zuid")
    leave(store)
    code, out, said = typed("show", ANNA)
    about, story = out.splitlines()[:5], out.splitlines()[5:]
    assert (code, said) == (0, "")
    assert [" ".join(line.split()) for line in about] == [
        f"address {ANNA}",
        "name Anna Wit",
        "standing Gets no mail: has left.",
        f"joined {datetime.now(ZoneInfo('Europe/Amsterdam')).date()}",
        "tags zuid",
    ]
    assert [line.split(": ", 1)[1] for line in story] == [
        "added by the operator, on the ground of “Aan de balie, 12 maart 2026, Heuveldam”.",
        "tags changed by the operator: +zuid.",
        "left with one click.",
    ]


def test_the_mails_about_his_subscription_and_his_changes_of_address_are_shown_too(typed: Typed, store: Store) -> None:
    typed("add", ANNA, *CONSENT)
    anna = known(store)
    assert anna is not None
    occasion = Occasion(at=app.now(), zone=ZoneInfo("Europe/Amsterdam"), source="form")
    with store.writing() as transaction:
        address.ask(transaction, anna.id, "anna@example.org", occasion, key=None)
    _, out, _ = typed("show", ANNA)
    assert [line.split(": ", 1)[1] for line in out.splitlines()[-3:]] == [
        "asked for mail at another address, on the newsletter's page.",
        f"from {ANNA} to anna@example.org, not confirmed.",
        "the mail that asks at his new address waits to be sent.",
    ]


def test_the_story_as_json_is_all_that_is_known_as_the_export_says_it(typed: Typed) -> None:
    typed("add", ANNA, *CONSENT)
    shown, exported = typed("show", ANNA, "--json"), typed("export", ANNA, "--everything")
    assert (shown[0], json.loads(shown[1])) == (0, json.loads(exported[1]))
    assert json.loads(shown[1])["subscriber"]["address"] == ANNA


# tag


def test_tags_are_added_and_removed_and_he_has_what_is_said(typed: Typed, store: Store) -> None:
    typed("add", ANNA, *CONSENT)
    assert typed("tag", ANNA, "--add", "zuid", "--add", " oost ")[1] == f"{ANNA} has the tags: oost, zuid.\n"
    assert typed("tag", ANNA, "--add", "noord", "--remove", "oost")[1] == f"{ANNA} has the tags: noord, zuid.\n"
    assert typed("tag", ANNA, "--remove", "noord", "--remove", "zuid")[1] == f"{ANNA} has the tags: none.\n"


@pytest.mark.parametrize(
    "options",
    [(), ("--add", "zuid", "--remove", "zuid"), ("--add", "  "), ("--add", "zuid\noost"), ("--add", "z" * 101)],
)
def test_a_tag_that_is_none_is_refused(typed: Typed, store: Store, options: tuple[str, ...]) -> None:
    typed("add", ANNA, *CONSENT)
    assert typed("tag", ANNA, *options)[:2] == (2, "")
    one = known(store)
    assert one is not None
    assert one.tags == ()


# pause


def test_a_pause_is_until_a_day_and_can_be_ended(typed: Typed, store: Store) -> None:
    typed("add", ANNA, *CONSENT)
    assert typed("pause", ANNA, "--until", TOMORROW)[:2] == (0, f"{ANNA} gets no mail before {TOMORROW}.\n")
    one = known(store)
    assert one is not None
    assert str(one.paused_until) == TOMORROW
    assert typed("pause", ANNA, "--resume")[:2] == (0, f"{ANNA} is not paused.\n")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ((), "A pause ends on a day."),
        (("--until", TOMORROW, "--resume"), "A pause ends on a day."),
        (("--until", "morgen"), "“morgen” is no day."),
        (("--until", "2020-01-01"), "2020-01-01 is not in the future."),
    ],
)
def test_a_pause_that_cannot_be_is_refused(typed: Typed, options: tuple[str, ...], sentence: str) -> None:
    typed("add", ANNA, *CONSENT)
    code, out, said = typed("pause", ANNA, *options)
    assert (code, out, said.splitlines()[0]) == (2, "", sentence)


# block


def test_a_block_and_its_lifting_say_what_holds_now(typed: Typed, store: Store) -> None:
    typed("add", ANNA, *CONSENT)
    assert typed("block", ANNA, "--reason", "dreigbrief")[:2] == (0, f"{ANNA}: Gets no mail: is blocked.\n")
    assert typed("block", ANNA, "--lift", "--reason", "misverstand")[:2] == (0, f"{ANNA}: Gets the mail.\n")
    assert "block or bounce lifted by the operator: misverstand." in typed("show", ANNA)[1]


def test_an_address_can_be_blocked_before_there_is_a_list(typed: Typed, store: Store) -> None:
    assert typed("block", ANNA, "--reason", "dreigbrief")[0] == 0
    one = known(store)
    assert one is not None
    assert one.reason == "blocked"


@pytest.mark.parametrize("options", [(), ("--reason", " "), ("--lift",)])
def test_without_a_reason_nobody_is_blocked_or_lifted(typed: Typed, options: tuple[str, ...]) -> None:
    typed("add", ANNA, *CONSENT)
    code, _, said = typed("block", ANNA, *options)
    assert (code, said.splitlines()[0]) == (2, "A reason is missing; it is kept with the address.")


# erase


def test_erasing_says_what_was_removed_and_which_files_may_still_name_him(
    typed: Typed, paper: Path, store: Store
) -> None:
    typed("add", ANNA, *CONSENT)
    typed("export", "--output", "lezers.csv")
    typed("export", "--output", "weg.csv")
    (paper / "weg.csv").unlink()
    outbox = paper / "build" / "2026-11-28" / "outbox"
    outbox.mkdir(parents=True)
    for name in ("oud.csv.rejected.csv", "newsletter-0001.db"):
        (paper / name).touch()
    code, out, said = typed("erase", ANNA, "--yes")
    assert (code, known(store)) == (0, None)
    assert out.splitlines()[0].startswith(f"{ANNA} is erased: the subscriber, with tags")
    assert out.splitlines()[1:] == [
        f"{paper / 'lezers.csv'} (an export)",
        f"{outbox} (a rehearsal)",
        f"{paper / 'oud.csv.rejected.csv'} (lines that an import refused)",
        f"{paper / 'newsletter-0001.db'} (a copy of the list)",
    ]
    assert said == "These files may still name him; they are yours to look through:\n"


def test_erasing_as_json_names_the_same(typed: Typed, paper: Path) -> None:
    typed("add", ANNA, *CONSENT)
    typed("export", "--output", "lezers.csv")
    code, out, said = typed("erase", ANNA, "--yes", "--json")
    assert (code, said) == (0, "")
    assert json.loads(out) == {
        "address": ANNA,
        "erased": True,
        "may_still_name_him": [{"file": str(paper / "lezers.csv"), "kind": "export"}],
    }


def test_nothing_is_erased_before_somebody_says_yes(typed: Typed, store: Store) -> None:
    typed("add", ANNA, *CONSENT)
    code, out, said = typed("erase", ANNA)
    assert (code, out, said.splitlines()[0]) == (2, "", "Nobody is there to be asked.")
    assert known(store) is not None


def test_an_address_that_nobody_has_is_kept_off_the_list(typed: Typed, store: Store) -> None:
    typed("add", ANNA, *CONSENT)
    assert typed("erase", "bram@example.nl", "--yes")[:2] == (
        0,
        "bram@example.nl was not on the list; no list brings it in.\n",
    )
    assert typed("add", "bram@example.nl", *CONSENT)[0] == 1


@pytest.mark.parametrize(
    ("key", "code", "sentence"),
    [
        ("", 3, "NEWSLETTER_ERASE_KEY is not set; it is needed to know an erased address again."),
        ("kort", 3, "NEWSLETTER_ERASE_KEY is shorter than 16 characters."),
        (
            "een heel andere sleutel",
            3,
            "NEWSLETTER_ERASE_KEY is not the key that readers of this list were erased under.",
        ),
    ],
)
def test_without_the_right_key_nobody_is_even_asked(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, key: str, code: int, sentence: str
) -> None:
    typed("add", ANNA, *CONSENT)
    typed("erase", "bram@example.nl", "--yes")
    monkeypatch.setenv("NEWSLETTER_ERASE_KEY", key)
    ended, _, said = typed("erase", ANNA)
    assert (ended, said.splitlines()[0]) == (code, sentence)


# All of them


ABOUT_ONE = (
    ("show", ANNA),
    ("show", ANNA, "--json"),
    ("tag", ANNA, "--add", "zuid"),
    ("pause", ANNA, "--until", TOMORROW),
    ("pause", ANNA, "--resume"),
    ("block", ANNA, "--lift", "--reason", "belde op"),
)


@pytest.mark.parametrize("words", ABOUT_ONE, ids=" ".join)
def test_an_address_that_nobody_has_is_to_be_looked_for_in_the_list(typed: Typed, words: tuple[str, ...]) -> None:
    typed("add", "bram@example.nl", *CONSENT)
    code, out, said = typed(*words)
    assert (code, out) == (2, "")
    assert said == f"Nobody on the list has the address {ANNA}.\nLook for him with: newsletter subscribers list\n"


@pytest.mark.parametrize("words", [*ABOUT_ONE, ("erase", ANNA, "--yes")], ids=" ".join)
def test_where_there_is_no_list_that_is_said_and_none_is_made(
    typed: Typed, paper: Path, words: tuple[str, ...]
) -> None:
    code, out, said = typed(*words)
    assert (code, out) == (5, "")
    assert said.startswith("There is no list of readers in ")
    assert not (paper / "newsletter.db").exists()


@pytest.mark.parametrize("spelt", [" anna@example.nl", "ANNA@Example.NL"])
def test_any_spelling_of_an_address_finds_its_reader(typed: Typed, spelt: str) -> None:
    typed("add", ANNA, *CONSENT)
    assert typed("tag", spelt, "--add", "zuid")[1] == f"{ANNA} has the tags: zuid.\n"


def leave(store: Store) -> None:
    """Anna leaves by the link in a mail."""
    one = known(store)
    assert one is not None
    with store.writing() as transaction:
        consent.leave(
            transaction, one.id, Occasion(at=app.now(), zone=ZoneInfo("Europe/Amsterdam"), source="one-click")
        )
