"""Which words mean that somebody wants to leave, and which mails a program wrote."""

import pytest

from newsletter.mailbox import wishes
from newsletter.mailbox.mail import Mail, read


def written(subject: str = "", text: str = "", *headers: str) -> Mail:
    """A mail of these."""
    head = "\n".join([f"Subject: {subject}", "Content-Type: text/plain; charset=utf-8", *headers])
    return read(f"{head}\n\n{text}\n".encode(), "a mail")


UNDERSTOOD = [
    "stop", "STOP!", "Stop aub", "Stop, a.u.b.", "stoppen", "Uitschrijven", "uitschrijven.", "graag uitschrijven",
    "Graag afmelden aub", "Afmelden nieuwsbrief", "Meld mij af", "Ik wil mij afmelden.",
    "Schrijf mij uit s.v.p.", "Unsubscribe", "unsubscribe please", "Please unsubscribe me", "remove me",
    "opt out", "  uitschrijven  ",
]  # fmt: skip
NOT_UNDERSTOOD = [
    "", "Re: uitschrijven", "Stop de persen", "stop met die pont", "hoe kan ik mij uitschrijven?", "niet uitschrijven",
    "opzeggen", "Ik wil mijn abonnement opzeggen", "don't unsubscribe me", "unsubscribe or subscribe",
    "afmelden voor de lezersreis", "stopstop", "uitschrijven" * 20,
]  # fmt: skip


@pytest.mark.parametrize("words", UNDERSTOOD)
def test_it_is_understood_as_the_whole_subject_and_as_the_whole_first_line(words: str) -> None:
    assert wishes.wants_to_leave(written(words, "Met vriendelijke groet"))
    assert wishes.wants_to_leave(written("Re: Weekbrief 612", f"\n\n{words}\n\nAnna Wit"))


@pytest.mark.parametrize("words", NOT_UNDERSTOOD)
def test_what_says_more_or_other_is_for_a_person(words: str) -> None:
    assert not wishes.wants_to_leave(written(words, "Groet, Anna"))
    assert not wishes.wants_to_leave(written("Weekbrief 612", words))


def test_a_second_line_and_a_quoted_one_are_not_understood() -> None:
    assert not wishes.wants_to_leave(written("Weekbrief", "Beste redactie,\nuitschrijven"))
    assert not wishes.wants_to_leave(written("Weekbrief", "> uitschrijven"))
    assert not wishes.wants_to_leave(written("Weekbrief", "> mooi\nuitschrijven"))


def test_an_encoded_subject_is_understood() -> None:
    assert wishes.wants_to_leave(written("=?utf-8?B?VWl0c2NocmlqdmVu?="))


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied", "Auto-Submitted: auto-replied (vacation)", "Auto-Submitted: auto-notified",
        "Auto-Submitted: auto-replied; owner-email=x", "Precedence: bulk", "Precedence: auto_reply",
        "X-Precedence: junk",         "X-Autoreply: yes", "X-Autorespond: Weekbrief 612",
        "Content-Type: multipart/report; report-type=disposition-notification",
    ],
)  # fmt: skip
def test_a_program_answered(header: str) -> None:
    name = header.partition(":")[0]
    mail = read(f"Subject: stop\n{header}\n\nstop\n".encode(), "a mail")
    assert wishes.is_automatic(mail), name


@pytest.mark.parametrize(
    "subject",
    [
        "Automatisch antwoord: Weekbrief 612", "Automatic reply: Weekbrief", "Auto-reply", "AutoReply: x",
        "Out of office", "Out of the office: back Monday", "Afwezig", "Niet aanwezig tot 5 december", "Met vakantie",
        "Abwesenheitsnotiz", "Réponse automatique : Weekbrief", "Autoantwoord: ja",
    ],
)  # fmt: skip
def test_the_subject_says_that_a_program_answered(subject: str) -> None:
    assert wishes.is_automatic(written(subject, "stop"))


@pytest.mark.parametrize(
    "header", ["Auto-Submitted: no", "Precedence: list", "List-Id: <uit.example.nl>", "X-Mailer: x"]
)
def test_these_do_not_say_that_a_program_answered(header: str) -> None:
    assert not wishes.is_automatic(written("stop", "stop", header))
