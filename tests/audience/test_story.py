"""A reader's story: a plain sentence for all that can happen, and everything that is known of him for programs."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from typing import get_args

import ledgered
import pytest
from deeds import NUMBERS, ZONE, Deeds
from moving import CONSENT, Moving

from newsletter.audience import consent
from newsletter.audience.everything import everything
from newsletter.audience.story import of_moves, of_notices, sentences, standing, whole
from newsletter.audience.transfer import Manner
from newsletter.model.subscriber import ConsentRecord, ConsentText, Source, Subscriber, What
from newsletter.store.moves import Move
from newsletter.store.notices import Kind, Notice, State
from newsletter.store.schema import metadata

AT = datetime(2026, 3, 12, 13, 2, tzinfo=UTC)
SHOWN = ConsentText(text="Ja, graag.", version="3")
LIST = {"number": 3, "file": "lezers.csv", "line": 12}
DAY = date(2026, 3, 12)


def told(what: What, source: Source, **more: object) -> str:
    """The sentence of a record, after its moment."""
    record = ConsentRecord(id=1, subscriber="a" * 32, at=AT, what=what, source=source, **more)  # type: ignore[arg-type]
    (sentence,) = sentences([record], ZONE)
    moment, _, rest = sentence.partition(": ")
    assert moment == "12 March 2026, 14:02"
    return rest


SENTENCES: tuple[tuple[What, Source, dict[str, object], str], ...] = (
    (
        "signed up", "form", {"text": SHOWN, "origin": "192.0.2.1"},
        "signed up on the newsletter's page, shown “Ja, graag.” (version 3), from 192.0.2.1.",
    ),
    (
        "asked again", "form", {"text": SHOWN, "origin": "192.0.2.1"},
        "signed up again on the newsletter's page, shown “Ja, graag.” (version 3), from 192.0.2.1.",
    ),
    ("asked to move", "form", {}, "asked for mail at another address, on the newsletter's page."),
    ("moved", "form", {"origin": "192.0.2.1"}, "address changed on the newsletter's page, from 192.0.2.1."),
    ("moved back", "form", {}, "change of address undone on the newsletter's page."),
    ("added", "operator", {"text": SHOWN}, "added by the operator, on the ground of “Ja, graag.”."),
    ("added", "operator", {}, "added by the operator and asked first."),
    (
        "imported", "import", LIST | {"text": SHOWN},
        "imported from lezers.csv, line 12 (import 3), on the ground of “Ja, graag.”.",
    ),
    ("imported", "import", LIST | {"note": "as left"}, "imported from lezers.csv, line 12 (import 3), as left."),
    ("confirmed", "form", {"origin": "192.0.2.1"}, "confirmed on the newsletter's page, from 192.0.2.1."),
    ("confirmed", "mail", {}, "confirmed by mail."),
    (
        "confirmed", "import", LIST | {"text": SHOWN, "note": "consent, name"},
        "confirmed by lezers.csv, line 12 (import 3), on the ground of “Ja, graag.”; also changed: name.",
    ),
    (
        "changed", "import", LIST | {"note": "name, field:village"},
        "changed by lezers.csv, line 12 (import 3): name, village.",
    ),
    ("changed", "form", {"note": "language"}, "changed on the newsletter's page: language."),
    ("tagged", "operator", {"note": "+zuid, -noord"}, "tags changed by the operator: +zuid, -noord."),
    ("paused", "operator", {"note": "until 2026-12-24"}, "paused by the operator until 2026-12-24."),
    ("paused", "form", {"note": "until 2026-12-24"}, "paused on the newsletter's page until 2026-12-24."),
    ("resumed", "operator", {}, "pause ended by the operator."),
    ("left", "one-click", {}, "left with one click."),
    ("left", "mail", {}, "left by mail."),
    ("left", "mail", {"note": "known by the mail he quoted"}, "left by mail (known by the mail he quoted)."),
    ("left", "form", {"note": "te veel post"}, "left on the newsletter's page: te veel post."),
    ("left", "import", LIST | {"note": "consent"}, "left, says lezers.csv, line 12 (import 3)."),
    ("complained", "complaint", {}, "complained: he called the mail spam."),
    (
        "complained", "complaint", {"note": "mailgun: complained"},
        "complained: he called the mail spam (told by Mailgun).",
    ),
    (
        "complained", "complaint", {"note": "resend: previous_complaint: Not sent to who complained."},
        "complained: he called the mail spam (Resend: Not sent to who complained).",
    ),
    (
        "complained", "complaint", {"note": "feedback: abuse"},
        "complained: he called the mail spam (a report of abuse).",
    ),
    ("complained", "import", LIST | {"note": "complained_at"}, "complained, says lezers.csv, line 12 (import 3)."),
    ("bounced", "bounce", {}, "bounced: mail to him came back."),
    ("bounced", "bounce", {"note": "550 5.1.1"}, "bounced: mail to him came back (550 5.1.1)."),
    (
        "bounced", "bounce", {"note": "mailgun: bounce: 550 5.1.1 no such user"},
        "bounced: mail to him came back (Mailgun: 550 5.1.1 no such user).",
    ),
    ("bounced", "bounce", {"note": "mailgun: generic"}, "bounced: mail to him came back (told by Mailgun)."),
    (
        "bounced", "bounce", {"note": "resend: Permanent/General: smtp; 550 5.1.1 <…>: gone; smtp; 550 no."},
        "bounced: mail to him came back (Resend: 550 5.1.1 <…>: gone; 550 no).",
    ),
    ("bounced", "bounce", {"note": "resend: Permanent/General"}, "bounced: mail to him came back (told by Resend)."),
    (
        "bounced", "bounce",
        {"note": "mail came back for 3 issues within 14 days; mailgun: generic: 452 4.2.2 mailbox full"},
        "bounced: mail to him came back for 3 issues within 14 days (Mailgun: 452 4.2.2 mailbox full).",
    ),
    (
        "bounced", "bounce", {"note": "mail came back for 3 issues within 14 days; resend: bounced"},
        "bounced: mail to him came back for 3 issues within 14 days (told by Resend).",
    ),
    (
        "bounced", "bounce", {"note": "5.1.1: there is no such mailbox; smtp; 550 unknown user"},
        "bounced: mail to him came back (5.1.1: there is no such mailbox; 550 unknown user).",
    ),
    ("left", "provider", {}, "left: he unsubscribed at the provider of the mails."),
    ("left", "provider", {"note": "mailgun: unsubscribed"}, "left: he unsubscribed at Mailgun."),
    ("left", "provider", {"note": "resend: contact.updated"}, "left: he unsubscribed at Resend."),
    (
        "left", "provider", {"note": "mailgun: suppress-unsubscribe: 605 Not delivering to unsubscribed address."},
        "left: he unsubscribed at Mailgun (605 Not delivering to unsubscribed address).",
    ),
    ("bounced", "import", LIST | {"note": "bounced_at"}, "bounced, says lezers.csv, line 12 (import 3)."),
    ("blocked", "operator", {"note": "dreigbrief"}, "blocked by the operator: dreigbrief."),
    ("blocked", "import", LIST | {"note": "blocked_at"}, "blocked, says lezers.csv, line 12 (import 3)."),
    ("repeated", "import", LIST | {"note": "left"}, "left already, and lezers.csv, line 12 (import 3) says so too."),
    ("lifted", "operator", {"note": "belde op"}, "block or bounce lifted by the operator: belde op."),
    (
        "undone", "operator", {"note": "import 3: consent, name"},
        "import 3 taken back by the operator: status, name.",
    ),
    ("erased", "operator", {}, "erased by the operator."),
    ("erased", "mail", {}, "erased by mail."),
)  # fmt: skip


@pytest.mark.parametrize(("what", "source", "more", "sentence"), SENTENCES)
def test_all_that_can_happen_is_told_in_a_plain_sentence(
    what: What, source: Source, more: dict[str, object], sentence: str
) -> None:
    assert told(what, source, **more) == sentence


def test_the_sentences_above_are_of_everything_that_can_happen() -> None:
    assert {what for what, *_ in SENTENCES} == set(get_args(What))
    assert {source for _, source, *_ in SENTENCES} == set(get_args(Source))


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize(("what", "source"), list(product(get_args(What), get_args(Source))))
def test_whatever_is_missing_a_sentence_remains(what: What, source: Source, listed: bool) -> None:
    """As of an erased reader, of whom line, origin and note are gone."""
    sentence = told(what, source, **({"number": 3, "file": "lezers.csv"} if listed else {}))
    assert re.fullmatch(r"[a-z][\w ,.:()']+[\w)]\.", sentence)
    assert "None" not in sentence


def test_moments_are_wall_times_of_the_zone_in_winter_and_in_summer() -> None:
    winter = ConsentRecord(id=1, subscriber="a", at=AT, what="left", source="one-click")
    summer = replace(winter, at=datetime(2026, 6, 30, 22, 5, tzinfo=UTC))
    assert sentences([winter, summer], ZONE) == (
        "12 March 2026, 14:02: left with one click.",
        "1 July 2026, 00:05: left with one click.",
    )


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        ({"status": "confirmed"}, "Gets the mail."),
        ({"status": "confirmed", "paused_until": date(2026, 3, 13)}, "Gets no mail before 2026-03-13."),
        ({"status": "confirmed", "paused_until": DAY}, "Gets the mail."),
        ({"status": "pending"}, "Gets no mail: has not confirmed yet."),
        ({"status": "left", "paused_until": date(2026, 4, 1)}, "Gets no mail: has left."),
        ({"status": "suppressed", "reason": "bounced"}, "Gets no mail: has bounced."),
        ({"status": "suppressed", "reason": "complained"}, "Gets no mail: has complained."),
        ({"status": "suppressed", "reason": "blocked"}, "Gets no mail: is blocked."),
    ],
)
def test_it_is_said_whether_he_gets_the_mail_today(known: dict[str, object], sentence: str) -> None:
    one = Subscriber(id="a" * 32, address="anna@example.nl", **known)  # type: ignore[arg-type]
    assert standing(one, DAY) == sentence


# Notices and changes of address


def notice(kind: Kind, state: State, **more: object) -> Notice:
    nothing = {"number": 1, "address": None, "tries": 0, "attempt": None, "fingerprint": None, "expires_at": None}
    whole = nothing | {"ended_at": None, "provider_id": None, "reason": ""} | more
    return Notice(id=1, subscriber="a" * 32, kind=kind, state=state, queued_at=AT, not_before=AT, **whole)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "state", "more", "sentence"),
    [
        ("confirm", "waiting", {}, "the mail that asks him to confirm waits to be sent."),
        (
            "confirm", "waiting", {"tries": 2, "reason": "mailbox full"},
            "the mail that asks him to confirm waits to be sent, after 2 that failed: mailbox full.",
        ),
        ("already", "sending", {}, "the mail that says he is subscribed already is being sent."),
        ("welcome", "accepted", {"ended_at": AT}, "the mail that welcomes him left on 12 March 2026, 14:02."),
        (
            "move", "refused", {"ended_at": AT, "reason": "550 no such user"},
            "the mail that asks at his new address was refused on 12 March 2026, 14:02: 550 no such user.",
        ),
        (
            "moved", "in doubt", {},
            "the mail that tells his old address may have left, and no answer was kept.",
        ),
        (
            "confirm", "skipped", {"ended_at": AT, "reason": "blocked"},
            "the mail that asks him to confirm was not sent: blocked.",
        ),
    ],
)  # fmt: skip
def test_what_became_of_each_notice_is_told(kind: Kind, state: State, more: dict[str, object], sentence: str) -> None:
    assert of_notices([notice(kind, state, **more)], ZONE) == (f"12 March 2026, 14:02: {sentence}",)


@pytest.mark.parametrize(("kind", "state"), list(product(get_args(Kind), get_args(State))))
def test_each_kind_and_each_state_has_its_words(kind: Kind, state: State) -> None:
    (sentence,) = of_notices([notice(kind, state)], ZONE)
    assert re.fullmatch(r"12 March 2026, 14:02: the mail that [a-z ,]+\.", sentence)


def test_a_change_of_address_is_told_with_what_became_of_it() -> None:
    asked = Move(id=1, subscriber="a" * 32, record=1, before="a@example.nl", after="b@example.nl", asked_at=AT)
    done = replace(asked, done_at=AT)
    assert of_moves([asked, done, replace(done, undone_at=AT)], ZONE) == (
        "12 March 2026, 14:02: from a@example.nl to b@example.nl, not confirmed.",
        "12 March 2026, 14:02: from a@example.nl to b@example.nl, changed on 12 March 2026, 14:02.",
        (
            "12 March 2026, 14:02: from a@example.nl to b@example.nl, changed on 12 March 2026, 14:02, undone on "
            "12 March 2026, 14:02."
        ),
    )


# For programs


@pytest.fixture
def told_of_anna(deeds: Deeds, tmp_path: Path) -> dict[str, object]:
    """Everything of a reader who came by a list, was changed by another, tagged, paused, left, and signs up again."""
    moving = Moving(tmp_path, deeds.store, numbers=NUMBERS, now=deeds.now, fields={"born": "date"})
    moving.bring(f"email,name,born\n{deeds.anna},Anna,1961-04-30\n")
    moving.bring(f"email,name\n{deeds.anna},Anna Wit\n", name="nieuw.csv")
    deeds.tag("zuid")
    ledgered.mail(deeds.store)
    deeds.ask_to_move("anna.nieuw@example.org")
    deeds.pause(date(2026, 4, 1))
    deeds.leave()
    deeds.sign_up()
    with deeds.store.reading() as transaction:
        return everything(transaction, consent.known_by(transaction, deeds.anna, to_change=False))


def test_everything_is_json_and_says_all_that_there_is(told_of_anna: dict[str, object]) -> None:
    told = json.loads(json.dumps(told_of_anna))
    assert told == told_of_anna | {"subscriber": told["subscriber"]}
    assert told["subscriber"]["fields"] == {"born": "1961-04-30"}
    assert told["subscriber"]["tags"] == ["zuid"]
    assert (told["said_last"], told["bounced_at"]) == ("left", None)
    assert [record["what"] for record in told["records"]] == [
        "imported", "changed", "tagged", "asked to move", "paused", "left", "signed up",
    ]  # fmt: skip
    assert told["records"][0]["text"] == {"text": CONSENT.text, "version": CONSENT.version}
    assert told["records"][0]["at"] == "2026-03-12T13:02:00+00:00"
    assert [one["file"] for one in told["imports"]] == ["lezers.csv", "nieuw.csv"]
    assert [(one["before"], one["after"]) for one in told["changed_by_imports"]] == [
        ({"name": "Anna"}, {"name": "Anna Wit"})
    ]
    assert [(notice["kind"], notice["state"]) for notice in told["notices"]] == [
        ("move", "waiting"),
        ("confirm", "waiting"),
    ]
    assert [move["after"] for move in told["moves"]] == ["anna.nieuw@example.org"]
    ((sent,), (event,)) = told["deliveries"], told["events"]
    assert (sent["issue"], sent["state"], sent["answers"][0]["said"]) == (
        "2026-11-28",
        "refused",
        f"no {sent['address']}",
    )
    assert (event["kind"], event["said"]) == ("bounced", sent["address"])


def test_everything_holds_each_word_that_the_store_has_of_him(deeds: Deeds, told_of_anna: dict[str, object]) -> None:
    known = deeds.known()
    assert known is not None
    kept = set()
    with deeds.store.reading() as transaction:
        for table in metadata.sorted_tables:
            for row in transaction.execute(table.select()).mappings():
                mine = known.subscriber.id in {row.get("id"), row.get("subscriber")}
                kept |= {value for value in row.values() if mine and isinstance(value, str)}
    known_otherwise = {known.key, "example.nl"}
    spelt = json.dumps(told_of_anna, ensure_ascii=False)
    assert [word for word in kept - known_otherwise if word not in spelt] == []


def test_what_really_happens_reads_like_a_story(deeds: Deeds, tmp_path: Path) -> None:
    moving = Moving(tmp_path, deeds.store, numbers=NUMBERS, now=deeds.now)
    number = moving.bring(f"email\n{deeds.anna}\n", Manner(double_opt_in=True)).number
    deeds.confirm(deeds.records()[0].id)
    deeds.bounce()
    deeds.lift(reason="postbus was vol")
    assert sentences(deeds.records(), ZONE) == (
        f"12 March 2026, 14:02: imported from lezers.csv, line 2 (import {number}), as pending.",
        "12 March 2026, 14:02: confirmed on the newsletter's page.",
        "12 March 2026, 14:02: bounced: mail to him came back.",
        "12 March 2026, 14:02: block or bounce lifted by the operator: postbus was vol.",
    )


def test_all_of_it_is_told_in_the_order_in_which_it_happened(deeds: Deeds) -> None:
    deeds.joins()
    deeds.mail_leaves()
    deeds.later(hours=1)
    deeds.leave()
    known = deeds.known()
    assert known is not None
    told = whole(deeds.records(), (), deeds.notices(), ZONE)
    assert [sentence.partition(": ")[2].partition(" on ")[0] for sentence in told] == [
        "signed up", "confirmed", "the mail that asks him to confirm left", "left with one click.",
    ]  # fmt: skip
