"""A text four times as long takes about four times as long; nothing looks at every line for every line."""

import sys
import textwrap
import time
from collections.abc import Callable

import pytest
from pasted import PARAGRAPH, read

from newsletter.sources._base import MAX_BYTES

HEAD = "Dijk houdt stand\n14 oktober 2025\n"


def paragraphs(share: int) -> str:
    """Return ordinary paragraphs, ``share`` quarters of 250 kB."""
    return HEAD + "".join(f"{PARAGRAPH} Dat is {n} keer gezegd.\n\n" for n in range(share * 280))


def short_lines(share: int) -> str:
    return HEAD + "".join(f"Regel {n} van de dijk\n" for n in range(share * 1250)) + PARAGRAPH


def pull_quotes(share: int) -> str:
    quote = "Wij hebben hier wel vaker met natte voeten op het droge gewacht, zei buurman"
    return HEAD + "".join(f"{PARAGRAPH}\n{quote} {n}\n" for n in range(share * 200)) + PARAGRAPH


def numbered_lines(share: int) -> str:
    return HEAD + "".join(f"Stelling {n}\n" for n in range(share * 1250)) + PARAGRAPH


def numbers_in_front(share: int) -> str:
    return HEAD + "".join(f"{n % 99}. Kijk uit voor dijk {n}\n" for n in range(share * 1250)) + PARAGRAPH


def menu(share: int) -> str:
    return "Krant\nPolitiek\n" * (share * 1250) + HEAD + PARAGRAPH


def captions(share: int) -> str:
    return HEAD + "".join(f"De dijk {n}. beeld ANP, Els Blom\n" for n in range(share * 1000)) + PARAGRAPH


def wrapped(share: int) -> str:
    return HEAD + textwrap.fill(paragraphs(share).removeprefix(HEAD), 72)


def dashes(share: int) -> str:
    """Return one line of dashes: the clock tells, as a regular expression counts as one call."""
    return f"{HEAD}x {'- ' * share * 3000}\n{PARAGRAPH}"


def calls(page: str) -> int:
    """Count the calls of functions, also of those written in C, that reading a page takes."""
    count = 0

    def counted(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(counted)
    try:
        read(page)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    "page", [paragraphs, short_lines, pull_quotes, numbered_lines, numbers_in_front, menu, captions, wrapped]
)
def test_four_times_the_text_takes_four_times_the_work(page: Callable[[int], str]) -> None:
    assert calls(page(4)) < 5 * calls(page(1))


@pytest.mark.parametrize("page", [paragraphs, short_lines, dashes])
def test_the_longest_text_is_read_while_one_waits(page: Callable[[int], str]) -> None:
    assert len(page(4)) < MAX_BYTES
    assert fastest(page(4)) < 10 * fastest(page(1))


def fastest(page: str) -> float:
    """Return the shortest of three readings, in seconds of the processor."""
    times = []
    for _ in range(3):
        started = time.process_time()
        read(page)
        times.append(time.process_time() - started)
    return min(times)
