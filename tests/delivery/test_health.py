"""When a run stops by itself."""

from collections.abc import Sequence

import pytest

from newsletter.delivery.health import Window
from newsletter.store.attempts import Became


def went(answers: str) -> Sequence[Became]:
    """``.`` was accepted, ``r`` refused in these words, any other letter in its own."""
    return [
        Became(seq=n, state="accepted") if one == "." else Became(seq=n, state="refused", reason=one)
        for n, one in enumerate(answers)
    ]


@pytest.mark.parametrize(
    ("answers", "stops"),
    [
        ("", False),
        ("r" * 19, False),
        ("r" * 20, True),
        ("." * 5 + "r" * 20, True),
        ("r" * 19 + ".", False),
        ("abcdefghijklmnopqrstuvwxyz", False),
        ("." * 95 + "abcde", False),
        ("." * 94 + "abcdef", True),
        ("." * 50 + "abcdef", False),
    ],
)
def test_it_stops_when_too_many_or_all_alike_were_refused(answers: str, stops: bool) -> None:
    window = Window(5)
    window.add(went(answers))
    assert bool(window.trouble()) is stops


def test_only_the_last_thousand_count() -> None:
    window = Window(5)
    window.add(went("abcdefghij" * 10))
    assert window.trouble()
    window.add(went("." * 1_000))
    assert not window.trouble()


def test_who_waits_or_is_in_doubt_counts_for_nothing() -> None:
    window = Window(5)
    window.add([Became(seq=n, state="waiting" if n % 2 else "in doubt", reason="r") for n in range(200)])
    assert not window.trouble()


def test_the_sentence_says_how_many_and_in_which_words() -> None:
    window = Window(5)
    window.add(went("." * 90 + "abcdefghij"))
    assert window.trouble() == "Of the last 100 readers 10 were refused, more than 5 percent."
