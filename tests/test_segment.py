"""Segments: what an expression means, what is wrong with one, and where."""

import re
import tomllib
from contextlib import suppress
from datetime import date
from pathlib import Path
from time import thread_time
from typing import Any

import pytest
from test_house import loaded_by

from newsletter.errors import SegmentError
from newsletter.model.subscriber import FieldType, Subscriber
from newsletter.segment import And, Attribute, Comparison, Membership, Not, Or, Tagged, matches, parse

FIELDS: dict[str, FieldType] = {"plaats": "text", "leeftijd": "number", "sinds": "date", "lid": "boolean"}
STATUS = Attribute(name="status", kind="status")
CONFIRMED = Comparison(attribute=STATUS, operator="==", value="confirmed")
LEFT = Comparison(attribute=STATUS, operator="==", value="left")
ZUID = Tagged(tag="zuid")


def reader(**known: Any) -> Subscriber:
    return Subscriber(**{"id": "5e" * 16, "address": "Anna@Example.org", **known})


def refused(expression: str) -> SegmentError:
    with pytest.raises(SegmentError) as caught:
        parse(expression, FIELDS)
    return caught.value


@pytest.mark.parametrize(
    ("expression", "tree"),
    [
        ("status = 'confirmed'", CONFIRMED),
        ('status=="confirmed"', CONFIRMED),
        ("status != 'confirmed'", Not(part=CONFIRMED)),
        ("status in ('left')", Membership(attribute=STATUS, values=("left",))),
        ("status not in ('left','pending')", Not(part=Membership(attribute=STATUS, values=("left", "pending")))),
        ("tag('zuid') or tag('zuid') and status='left'", Or(parts=(ZUID, And(parts=(ZUID, LEFT))))),
        ("(tag('zuid') or tag('zuid')) and status='left'", And(parts=(Or(parts=(ZUID, ZUID)), LEFT))),
        ("not tag('zuid') AND\n\tstatus='left'", And(parts=(Not(part=ZUID), LEFT))),
        ("not (tag('zuid') and status='left')", Not(part=And(parts=(ZUID, LEFT)))),
        ("tag('it''s \"so\"')", Tagged(tag='it\'s "so"')),
        ('tag("it\'s ""so""")', Tagged(tag='it\'s "so"')),
        (r"tag('a\n')", Tagged(tag=r"a\n")),
    ],
)
def test_an_expression_becomes_a_tree(expression: str, tree: object) -> None:
    assert parse(expression, FIELDS) == tree


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("leeftijd == 12", 12.0),
        ("leeftijd == -1.50", -1.5),
        ("lid == TRUE", True),
        ("joined == 2026-02-28", date(2026, 2, 28)),
        ("domain == 'Straße.DE'", "xn--strae-oqa.de"),
        ("address == 'Anna@Example.ORG'", "anna@example.org"),
        ("language == 'NL-be'", "nl-BE"),
        ("language == 'zh-hans'", "zh-Hans"),
        ("plaats == ' Den Dal '", " Den Dal "),
    ],
)
def test_a_value_is_read_in_the_normal_form_of_its_kind(expression: str, value: object) -> None:
    tree = parse(expression, FIELDS)
    assert isinstance(tree, Comparison)
    assert tree.value == value
    assert type(tree.value) is type(value)


@pytest.mark.parametrize(
    ("expression", "known"),
    [
        ("address == 'anna@EXAMPLE.org'", {}),
        ("domain == 'example.org'", {}),
        ("domain == 'bücher.example'", {"address": "anna@XN--BCHER-KVA.example"}),
        ("name == ''", {}),
        ("name > 'Z'", {"name": "anna"}),
        ("name < 'é'", {"name": "e\u0301"}),
        ("joined > 2026-01-01", {"joined": date(2026, 1, 2)}),
        ("not joined > 1900-01-01", {}),
        ("joined != 2026-01-01", {}),
        ("paused_until >= 2026-01-01", {"paused_until": date(2026, 1, 1)}),
        ("language not in ('nl')", {}),
        ("reason == 'bounced'", {"status": "suppressed", "reason": "bounced"}),
        ("reason != 'bounced'", {}),
        ("source in ('form', 'one-click')", {"source": "form"}),
        ("tag('zuid') and not tag('Zuid')", {"tags": ("noord", "zuid")}),
        ("leeftijd <= 12", {"fields": {"leeftijd": 12}}),
        ("sinds == 2026-01-01", {"fields": {"sinds": date(2026, 1, 1)}}),
        ("lid != true and not lid == false", {"fields": {"lid": "false"}}),
    ],
)
def test_a_segment_is_true_of_a_subscriber_or_its_opposite_is(expression: str, known: dict[str, Any]) -> None:
    segment = parse(expression, FIELDS)
    assert matches(segment, reader(**known))
    assert not matches(Not(part=segment), reader(**known))


@pytest.mark.parametrize(
    ("expression", "column", "sentence", "hint"),
    [
        ("joind > 2026-01-01", 1, "`joind` is not known of readers", "Did you mean `joined`?"),
        ("plaatz = 'Dal'", 1, "`plaatz` is not known of readers", "Did you mean `plaats`?"),
        (
            "postcode = '1'",
            1,
            "`postcode` is not known",
            "language, paused_until, plaats, leeftijd, sinds, lid, and tag",
        ),
        ("tags = 'zuid'", 1, "`tags` is not known", "Did you mean `tag('zuid')`?"),
        ("email = 'a@b.nl'", 1, "`email` is not known", "Did you mean `address`?"),
        ("status = 'confirm'", 10, "“confirm” is no status", "Did you mean `confirmed`?"),
        ("status in ('left', 'gone')", 20, "“gone” is no status", "There are: pending, confirmed, left, suppressed."),
        ("reason = 'left'", 10, "“left” is no reason", "complained, bounced, blocked"),
        ("source = 'one click'", 10, "“one click” is no source", "Did you mean `one-click`?"),
        ("status > 'left'", 8, "`status` has no order", "==, != or in"),
        ("lid < true", 5, "`lid` has no order", "==, != or in"),
        ("address >= 'a@b.nl'", 9, "`address` has no order", "==, != or in"),
        (
            "joined > '2026-01-01'",
            10,
            "`joined` cannot be compared with '2026-01-01'",
            "without quotes, like 2026-01-01",
        ),
        ("joined > 2026", 10, "`joined` cannot be compared with 2026", "like 2026-01-01"),
        ("joined > 01-02-2026", 10, "“01-02-2026” is neither a date nor a number", "like 2026-01-31"),
        ("joined > 2026-02-30", 10, "“2026-02-30” is neither", "like 2026-01-31"),
        ("joined > 20260201", 10, "`joined` cannot be compared with 20260201", "like 2026-01-01"),
        ("leeftijd = '12'", 12, "`leeftijd` cannot be compared with '12'", "a number without quotes"),
        ("leeftijd = 1,5", 13, "“,” stands where “and” or “or” belongs", "a point, like 1.5"),
        ("leeftijd = true", 12, "`leeftijd` cannot be compared with true", "a number without quotes"),
        ("leeftijd = 1e3", 12, "“1e3” is neither a date nor a number", "a number like 1.5"),
        ("leeftijd = 1234567890123456", 12, "this number has more than 15 digits", "a field of text"),
        ("lid = 1", 7, "`lid` cannot be compared with 1", "true or false"),
        ("plaats = 12", 10, "`plaats` cannot be compared with 12", "a text in quotes"),
        ("plaats = Dal", 10, "“Dal” stands where a value belongs", "'Dal'"),
        ("plaats = ‘Dal’", 10, "“‘” is no quote here", "straight quotes"),
        ("plaats = 'Dal", 10, "this text has no end", "Close it with '"),
        ("plaats = 'Dal'' or lid = true", 10, "this text has no end", "Close it with '"),
        ("plaats => 'Dal'", 8, "“=>” is no comparison", ">="),
        ("plaats", 7, "the expression ends where a comparison belongs", "After a name"),
        ("plaats 'Dal'", 8, "“'Dal'” stands where a comparison belongs", "After a name"),
        ("plaats =", 9, "the expression ends where a value belongs", "in quotes"),
        ("'Dal' = plaats", 1, "“'Dal'” stands where a condition belongs", "status == 'confirmed'"),
        ("tag('zuid') and", 16, "the expression ends where a condition belongs", "status == 'confirmed'"),
        ("tag('zuid') tag('dal')", 13, "“tag” stands where “and” or “or” belongs", "one of them"),
        ("tag('zuid') && lid = true", 13, "“&” means nothing here", "and, or, not"),
        ("tag(zuid)", 5, "“zuid” stands where a text in quotes belongs", "tag('zuid')"),
        ("tag('zuid'", 11, "the expression ends where a closing bracket belongs", "every bracket"),
        ("label('zuid')", 1, "`label` cannot be asked like this", "tag('zuid')"),
        ("(tag('zuid')", 13, "the expression ends where a closing bracket belongs", "every bracket"),
        ("tag('zuid'))", 12, "“)” stands where no closing bracket belongs", "Take it away"),
        ("plaats in 'Dal'", 11, "“'Dal'” stands where an opening bracket belongs", "in ('one', 'two')"),
        ("plaats in ()", 12, "“)” stands where a value belongs", "in quotes"),
        ("plaats in ('Dal' 'Zee')", 18, "“'Zee'” stands where a comma or a closing bracket belongs", "('one', 'two')"),
        ("plaats not 'Dal'", 12, "“'Dal'” stands where “in” belongs", "not in"),
        ("address = 'anna'", 11, "“anna” is no address", "domain == 'example.org'"),
        ("domain = '@dal.nl'", 10, "“@dal.nl” is no domain", "behind the @"),
        ("language = 'dutch!'", 12, "“dutch!” is no language", "like nl"),
        ("plaats = 'D\0l'", 12, "this is no character of a text", "Remove it"),
        ("plaats = '\udce9'", 11, "this is no character of a text", "Remove it"),
        ("  ", 1, "The expression is empty", "status == 'confirmed'"),
        ("plaats = '" + "x" * 2_000 + "'", 2_001, "longer than 2,000 characters", "ask for the tag"),
        ("not " * 60 + "tag('zuid')", 201, "more than 50 deep", "in (…)"),
    ],
)
def test_what_is_wrong_is_told_with_its_column_and_a_remedy(
    expression: str, column: int, sentence: str, hint: str
) -> None:
    error = refused(expression)
    assert sentence in error.sentence
    assert hint in error.hint
    assert error.column == column
    assert error.exit_code == 2


def test_a_caret_stands_under_what_is_wrong() -> None:
    assert refused("tag('zuid') and joind > 2026-01-01").sentence == (
        "Column 17: `joind` is not known of readers.\n    tag('zuid') and joind > 2026-01-01\n                    ^"
    )


def test_the_caret_minds_letters_of_other_widths_and_shows_no_line_break() -> None:
    _, shown, caret = refused("tag('日本e\u0301')\nand joind > 1").sentence.split("\n")
    assert shown == "    tag('日本e\u0301') and joind > 1"
    assert caret == " " * (4 + len("tag('____e') and ")) + "^"


def test_of_a_long_expression_what_stands_around_the_place_is_shown() -> None:
    _, shown, caret = refused("tag('zuid') and " * 50 + "joind > 1" + " and tag('zuid')" * 50).sentence.split("\n")
    assert shown.startswith("    …")
    assert shown.endswith("…")
    assert len(shown) < 90
    assert shown[len(caret) - 1 :].startswith("joind > 1")


def test_an_error_never_gives_orders_to_the_terminal() -> None:
    error = refused("plaats = '\x1b[31m' joind\x9b and plaats = \u202e'x'")
    assert "\x1b" not in error.sentence
    assert "\x9b" not in error.sentence
    assert "\u202e" not in error.sentence
    assert "\x1b" not in refused("status = '\x1b[31m'").sentence


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 990 + "lid=true" + ")" * 990,
        "(" * 2_000,
        "not " * 500,
        "'" * 2_000,
        "plaats='" + "''" * 990,
        "plaats in (" + "'x'," * 490,
        "lid=true or " * 165 + "lid=true",
        "\n" * 2_000,
        "-" * 2_000,
        "1" * 2_000,
        "leeftijd=" + "1." * 990,
        "and" * 666,
        "tag(" * 500,
    ],
)
def test_no_expression_takes_long(expression: str) -> None:
    parse("lid = true", FIELDS)
    start = thread_time()
    with suppress(SegmentError):
        parse(expression, FIELDS)
    assert thread_time() - start < 1


def test_building_never_loads_the_grammar() -> None:
    assert not loaded_by("import newsletter.cli.build, newsletter.build") & {"lark", "newsletter.segment"}


def blocks(language: str) -> list[str]:
    page = (Path(__file__).parent.parent / "docs" / "segments.md").read_text("utf-8")
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def test_the_examples_of_the_page_on_segments_are_segments() -> None:
    settings = tomllib.loads("".join(blocks("toml")))
    fields = settings["readers"]["fields"]
    examples = [*settings["segments"].values(), *"".join(blocks("text")).splitlines()]
    examples += re.findall(r'--where "(.*?)"', "".join(blocks("sh")))
    assert len(examples) == 12
    assert all(parse(example, fields) for example in examples)


def test_the_mistake_on_the_page_on_segments_is_told_as_it_says() -> None:
    [shown] = blocks("console")
    command, _, told = shown.partition("\n")
    [expression] = re.findall(r'--where "(.*?)"', command)
    error = refused(expression)
    assert told == f"{error.sentence}\n{error.hint}\n"
