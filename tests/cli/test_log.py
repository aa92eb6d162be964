"""The log: a line for each event, and never the words of an error, which may hold somebody's address."""

import logging
import re

import pytest

from newsletter.cli._log import Lines

READER = "p.vandam@example.nl"


def written(level: int, message: str, error: BaseException | None = None, **extra: object) -> str:
    told = None if error is None else (type(error), error, error.__traceback__)
    record = logging.getLogger("newsletter.test").makeRecord(
        "newsletter.test", level, __file__, 1, message, (), told, extra=extra
    )
    return Lines().format(record)


def test_a_line_has_its_time_in_utc_its_level_its_event_and_ids() -> None:
    line = written(logging.INFO, "Something became of a notice.", event="notice_accepted", notice=7)
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ INFO notice_accepted Something became of a notice\. notice=7", line
    )


def test_without_an_event_stands_who_says_it() -> None:
    assert " WARNING newsletter.test Exceeded concurrency limit." in written(
        logging.WARNING, "Exceeded concurrency limit."
    )


def test_of_an_error_its_kind_and_its_way_are_shown_and_not_its_words() -> None:
    with pytest.raises(KeyError) as caught:
        {}[READER]
    text = written(logging.ERROR, "It broke.", caught.value)
    assert "test_log.py" in text
    assert text.endswith("KeyError")
    assert READER not in text
