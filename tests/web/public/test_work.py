"""The calculation a browser makes: judged by ALTCHA's own library for Python, and by what forgers send."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import altcha
import pytest

from newsletter.links import Key
from newsletter.web.public import widget, work

KEY = Key(secret=b"a secret of a good length")
OLD = Key(secret=b"the secret that was before")
AT = datetime(2099, 10, 3, 8, 0, tzinfo=UTC)
"""In a year in which ALTCHA's library, which reads the clock, takes no challenge for expired."""


def draws(first: int = 1) -> Callable[[], str]:
    numbers = count(first)
    return lambda: f"{next(numbers):032x}"


CHALLENGE = json.loads(work.challenge(KEY, at=AT, draw=draws()))
SOLVED = altcha.solve_challenge(altcha.Challenge.from_dict(CHALLENGE))
assert SOLVED
ANSWER = altcha.Payload(altcha.Challenge.from_dict(CHALLENGE), SOLVED).to_base64()


def told(**changes: object) -> str:
    """The answer, with a value replaced wherever it stands."""
    answer = deepcopy(json.loads(base64.b64decode(ANSWER)))
    for name, value in changes.items():
        places: list[dict[str, Any]] = [
            answer,
            answer["challenge"],
            answer["challenge"]["parameters"],
            answer["solution"],
        ]
        [place] = [place for place in places if name in place]
        place[name] = value
    return base64.b64encode(json.dumps(answer).encode()).decode()


def secret(what: str) -> bytes:
    return hmac.digest(KEY.secret, f"newsletter/1\0work\0{what}".encode(), "sha256")


def test_what_altchas_own_code_finds_is_accepted() -> None:
    assert work.solved([KEY], ANSWER, at=AT) == CHALLENGE["signature"]


def test_altchas_own_code_accepts_our_challenge_as_signed_and_solved() -> None:
    result = altcha.verify_solution(ANSWER, secret("challenge"), hmac_key_secret=secret("number"))
    assert (result.verified, result.expired, result.invalid_signature) == (True, False, False)


def test_the_number_lies_between_the_bounds_and_is_found_by_trying_them() -> None:
    assert work.FIRST <= SOLVED.counter <= work.LAST
    numbers = {_number(json.loads(work.challenge(KEY, at=AT, draw=draws(n)))) for n in range(0, 9, 3)}
    assert len(numbers) > 1
    assert all(work.FIRST <= number <= work.LAST for number in numbers)


def _number(challenge: dict[str, Any]) -> int:
    its = challenge["parameters"]
    nonce, salt = bytes.fromhex(its["nonce"]), bytes.fromhex(its["salt"])
    for number in range(work.LAST + 1):
        if (
            hashlib.pbkdf2_hmac("sha256", nonce + number.to_bytes(4), salt, its["cost"])
            .hex()
            .startswith(its["keyPrefix"])
        ):
            return number
    raise AssertionError(challenge)


def test_two_challenges_of_one_moment_are_different() -> None:
    draw = draws()
    assert work.challenge(KEY, at=AT, draw=draw) != work.challenge(KEY, at=AT, draw=draw)


def test_the_challenge_does_not_tell_the_number() -> None:
    assert set(CHALLENGE["parameters"]) == {
        "algorithm", "cost", "expiresAt", "keyLength", "keyPrefix", "keySignature", "nonce", "salt",
    }  # fmt: skip
    assert len(CHALLENGE["parameters"]["keyPrefix"]) < 2 * CHALLENGE["parameters"]["keyLength"]
    assert SOLVED.derived_key not in json.dumps(CHALLENGE)


def test_a_challenge_is_good_for_two_hours() -> None:
    assert work.solved([KEY], ANSWER, at=AT + work.LIFETIME - timedelta(seconds=1))
    assert work.solved([KEY], ANSWER, at=AT + work.LIFETIME) is None


def test_a_challenge_outlives_the_change_of_the_secret_and_no_other_secret_makes_one() -> None:
    assert work.solved([OLD, KEY], ANSWER, at=AT)
    assert work.solved([OLD], ANSWER, at=AT) is None
    assert work.solved([], ANSWER, at=AT) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"cost": 1},
        {"keyPrefix": ""},
        {"expiresAt": 9_999_999_999},
        {"expiresAt": "never"},
        {"nonce": "00" * 16},
        {"algorithm": "SHA-256"},
        {"keySignature": "0" * 64},
        {"keySignature": None},
        {"signature": "0" * 64},
        {"signature": ""},
        {"signature": "é" * 64},
        {"signature": 7},
        {"derivedKey": "00" * 32},
        {"derivedKey": SOLVED.derived_key[:-2]},
        {"derivedKey": ""},
        {"derivedKey": "no hexadecimal"},
        {"derivedKey": [1]},
        {"parameters": []},
        {"parameters": None},
        {"challenge": "x"},
        {"solution": None},
    ],
)
def test_a_forged_answer_is_none(changes: dict[str, object]) -> None:
    assert work.solved([KEY], told(**changes), at=AT) is None


@pytest.mark.parametrize(
    "answer",
    ["", "x", "=", "é", "\0", "AAAA", ANSWER + "\n", ANSWER[:-4], "A" * 100_000]
    + [base64.b64encode(text).decode() for text in (
        b"null", b"[]", b'"x"', b"7", b"9" * 1_400, b"[" * 1_400, b'{"challenge":' * 100, b"\xff\xfe", b"{}", b"NaN",
        b'{"challenge":{"parameters":{"a":1e999},"signature":""},"solution":{"derivedKey":""}}',
        b'{"challenge":{"parameters":{"a":"\\ud800"},"signature":"\\ud800"},"solution":{"derivedKey":"\\ud800"}}',
    )],
)  # fmt: skip
def test_whatever_else_a_stranger_sends_is_none_either(answer: str) -> None:
    assert work.solved([KEY], answer, at=AT) is None


def test_the_worker_is_dist_workers_pbkdf2_of_altcha_3_2_2_as_npm_has_it() -> None:
    published = "7862add9c9d3d847ded3da928edcf406b46478754b9883351111414825b9c86f"
    assert hashlib.sha256((widget.FILES / "pbkdf2.js").read_bytes()).hexdigest() == published
    assert "MIT License" in (widget.FILES / "LICENSE.txt").read_text("utf-8")
