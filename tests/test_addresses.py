"""Addresses by the million: one pattern tells the plain ones, and never disagrees with email-validator."""

import re

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter import addresses


def by_the_library(address: str) -> str | None:
    """The address as email-validator normalises it; None when it accepts none."""
    try:
        return validate_email(
            address, check_deliverability=False, allow_smtputf8=False, test_environment=True
        ).normalized
    except EmailNotValidError:
        return None


pieces = st.sampled_from(
    [
        *"aZ09.-_+!#$%&'*/=?^`{|}~@ \"\\<>(),:;[]\x00\n\t", "--", "xn--", "..", "@", "a" * 31, "b" * 63, "example",
        ".nl", ".test", ".local", ".arpa", ".invalid", ".onion", ".localhost", ".c0m", ".1", "é", "ü", "\u017f",
        "\u212a", "\uff0e",
    ]
)  # fmt: skip
spelled = st.lists(pieces, max_size=9).map("".join)
like_addresses = st.one_of(
    st.emails(),
    st.builds("{}@{}.{}".format, spelled, spelled, st.sampled_from(["nl", "org", "test", "local", "LOCAL", "c", "a1"])),
    spelled,
    st.text(max_size=20),
)


@given(address=like_addresses)
@example("a@b--c.nl")
@example("a@ab--c.nl")
@example("a@xn--bcher-kva.nl")
@example("a@-b.nl")
@example("a@b-.nl")
@example("a@b.nl-")
@example("a@b.nl.")
@example("a@b.nl\n")
@example(".a@b.nl")
@example("a.@b.nl")
@example("a@b.123")
@example("a@10.0.0.1")
@example("a" * 61 + "@b.nl")
@example("a@" + "b" * 64 + ".nl")
@example("a@home.arpa")
@example("a@b.LoCaLhOsT")
@example("\u017f@b.nl")
@example("a@\u212a.nl")
def test_the_pattern_accepts_nothing_that_email_validator_refuses(address: str) -> None:
    if addresses.fault(address) is None:
        normalised = by_the_library(address)
        assert normalised is not None
        assert addresses.key(normalised) == addresses.key(address)


@given(address=like_addresses)
def test_whatever_is_refused_email_validator_refuses_too_or_it_mixes_alphabets(address: str) -> None:
    fault = addresses.fault(address)
    assert fault is None or by_the_library(address) is None or "mixes letters" in fault


@pytest.mark.parametrize(
    "address",
    [
        "p@example.nl", "P.van.Dam+brief@Mail-1.Example.ORG", "o'brien@example.test", "p@bücher.example",
        "-@example.nl", "p@xn--bcher-kva.example", "p@пример.example", "p@例え.example", "p@東京タワー.example",
        "p@한국語.example",
        "p@example.museum", "a" * 60 + "@mail.example.org", "p@ab.example",
    ],
)  # fmt: skip
def test_honest_addresses_have_no_fault(address: str) -> None:
    assert addresses.fault(address) is None


@pytest.mark.parametrize(
    "address",
    ["nee", "", "x@", "@example.nl", "x@example", "a b@example.nl", "x@example..nl", "jörg@example.nl", "x@y@z.nl",
     "Piet <p@example.nl>", "p@example.nl,q@example.nl", "p@example.local", "p@[10.0.0.1]", "p@-example.nl"],
)  # fmt: skip
def test_what_is_no_address_has_a_fault_that_is_a_sentence(address: str) -> None:
    fault = addresses.fault(address)
    assert fault is not None
    assert re.fullmatch(r"[“A-Z].*[.)]", fault)


@pytest.mark.parametrize("domain", ["exаmple.nl", "xn--exmple-4nf.nl", "раypal.example", "εxample.nl"])
def test_a_domain_that_mixes_alphabets_to_look_like_another_is_refused_and_named(domain: str) -> None:
    fault = addresses.fault(f"p@{domain}")
    assert fault is not None
    assert "mixes letters of different alphabets" in fault
    assert "Latin" in fault


def test_a_very_long_address_is_refused_at_once() -> None:
    assert addresses.fault("x" * 60_000 + "@example.nl") == "It has 60,011 characters; an address has 254 at most."


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("p@example.nl", "P@Example.NL"),
        ("p@bücher.example", "p@xn--bcher-kva.example"),
        ("p@bücher.example", "p@BÜCHER.example"),
        ("p@bu\u0308cher.example", "p@b\u00fccher.example"),
        ("p@example.nl", " p@example.nl "),
        ("p@bücher.example", "p@bücher\u3002example"),
    ],
)
def test_two_spellings_of_one_address_have_one_key(one: str, other: str) -> None:
    assert addresses.key(one) == addresses.key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("p@example.nl", "p+brief@example.nl"), ("p@straße.example", "p@strasse.example"), ("p@a.nl", "p@b.nl")],
)
def test_different_addresses_have_different_keys(one: str, other: str) -> None:
    assert addresses.key(one) != addresses.key(other)


@given(address=st.one_of(like_addresses, st.builds("{}@{}".format, st.text(max_size=8), st.text(max_size=8))))
def test_a_key_is_its_own_key(address: str) -> None:
    assert addresses.key(addresses.key(address)) == addresses.key(address)
