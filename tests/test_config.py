"""The configuration: every mistake is a sentence with file, key and remedy, and secrets stay secret."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from newsletter.config import FILE, Config, load
from newsletter.config.written import duration
from newsletter.errors import ConfigError
from newsletter.links import signing_key
from newsletter.shipped import SHIPPED

LEAST = """\
[newsletter]
name = "De Heuvelbode"
[publisher]
name = "Heuvelpers bv"
[sender]
from = "De Heuvelbode <weekbrief@example.nl>"
"""
SECRET = "een-geheim-van-zestig-schapen"


def written(root: Path, toml: str = LEAST, env: str | None = None) -> Path:
    (root / FILE).write_text(toml, "utf-8")
    if env is not None:
        (root / ".env").write_text(env, "utf-8")
    return root


def in_newsletter(line: str) -> str:
    return LEAST.replace("[publisher]", f"{line}\n[publisher]")


def error_of(root: Path, toml: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(written(root, toml), {})
    return caught.value


def test_the_least_that_can_be_written_is_enough(tmp_path: Path) -> None:
    config = load(written(tmp_path), {})
    assert config.newsletter.language == "nl"
    assert config.newsletter.time_zone.key == "Europe/Amsterdam"
    assert config.newsletter.publish.weekday == "saturday"
    assert config.root == tmp_path


@pytest.mark.parametrize(
    ("toml", "key", "meant"),
    [
        (in_newsletter('taal = "nl"'), "newsletter.taal", None),
        (in_newsletter('langauge = "nl"'), "newsletter.langauge", "language"),
        (LEAST + 'reply-to = "redactie@example.nl"\n', "sender.reply-to", "reply_to"),
        (LEAST + 'form = "x@example.nl"\n', "sender.form", "from"),
        ('[sectoins]\nname = "Regio"\n' + LEAST, "sectoins", "sections"),
        (LEAST + '[brand]\ncolor = "#112233"\n', "brand.color", "colour"),
        (LEAST + '[[sections]]\nname = "Regio"\n[[sections]]\nname = "Sport"\nmaxi = 2\n', "sections[2].maxi", "max"),
        (LEAST + '[[sections]]\nname = "Regio"\nalias = ["r"]\n', "sections[1].alias", "aliases"),
    ],
)
def test_an_unknown_key_is_named_with_the_key_of_its_own_table_that_was_meant(
    tmp_path: Path, toml: str, key: str, meant: str | None
) -> None:
    error = error_of(tmp_path, toml)
    assert error.sentence == f"{FILE}: `{key}` is not a known key."
    assert error.hint == f"Did you mean `{meant}`?" if meant else error.hint.startswith("Known here: name, language")


def test_a_suggestion_never_comes_from_another_table(tmp_path: Path) -> None:
    error = error_of(tmp_path, LEAST + '[[sections]]\nname = "Regio"\ncolour = "#112233"\n')
    assert error.hint == "Known here: name, aliases, max."


@pytest.mark.parametrize("reserved", ["root", "secrets"])
def test_what_the_program_fills_in_itself_cannot_be_written(tmp_path: Path, reserved: str) -> None:
    error = error_of(tmp_path, f'{reserved} = "x"\n{LEAST}')
    assert f"`{reserved}` is not a known key" in error.sentence
    assert "root" not in error.hint
    assert "secrets" not in error.hint


@pytest.mark.parametrize(
    ("toml", "key", "says"),
    [
        (in_newsletter('time_zone = "Europe/Heuveldam"'), "newsletter.time_zone", "Europe/Amsterdam"),
        (in_newsletter("time_zone = 1"), "newsletter.time_zone", ""),
        (in_newsletter('publish = "zaterdag 06:00"'), "newsletter.publish", "write it like saturday 06:00"),
        (in_newsletter('publish = "saturday 24:00"'), "newsletter.publish", "write it like saturday 06:00"),
        (in_newsletter('publish = "saturday"'), "newsletter.publish", "write it like saturday 06:00"),
        (in_newsletter('quiet = ["zondag"]'), "newsletter.quiet[1]", "a weekday or a date like 2026-12-25"),
        (in_newsletter('quiet = ["sunday", "2026-02-30"]'), "newsletter.quiet[2]", "2026-12-25"),
        (in_newsletter('language = "dutch!"'), "newsletter.language", "write a code like nl or en"),
        (in_newsletter('language = "zz"'), "newsletter.language", "write a code like nl or en"),
        (in_newsletter("next_number = 0"), "newsletter.next_number", ""),
        (LEAST.replace('"De Heuvelbode"', '""'), "newsletter.name", ""),
        (LEAST.replace("<weekbrief@example.nl>", ""), "sender.from", "write Name <name@example.nl>"),
        (LEAST + 'reply_to = "redactie@"\n', "sender.reply_to", "write Name <name@example.nl>"),
        (LEAST + '[web]\nurl = "weekbrief.example.nl"\n', "web.url", "it begins with https://"),
        (LEAST + '[pictures]\nurl = "ftp://example.nl"\n', "pictures.url", "it begins with https://"),
        (LEAST + '[brand]\ncolour = "green"\n', "brand.colour", "six digits like #1f5a4c"),
        (LEAST + '[brand]\ncolour = "#12345"\n', "brand.colour", "six digits like #1f5a4c"),
        (LEAST + '[[sections]]\nname = "Regio"\nmax = 0\n', "sections[1].max", ""),
        (LEAST + "[[sections]]\nmax = 2\n", "sections[1].name", "missing"),
        (LEAST + '[web]\nproxies = ["nginx"]\n', "web.proxies[1]", "write one like 127.0.0.1 or 10.0.0.0/8"),
        (LEAST + '[web]\nproxies = ["10.0.0.1/8"]\n', "web.proxies[1]", "write one like 127.0.0.1 or 10.0.0.0/8"),
        (LEAST + '[web]\nprivacy = "privacy.html"\n', "web.privacy", "it begins with https://"),
        (LEAST + '[pages]\nlanguages = ["nl", "fy"]\n', "pages.languages[2]", "there are: en, nl"),
        (LEAST + "[pages]\nlanguages = []\n", "pages.languages", ""),
        (LEAST + '[pages]\ntags = { zuid = "" }\n', "pages.tags.zuid", ""),
        (LEAST + '[inbox]\naddress = "uitschrijven"\n', "inbox.address", "write Name <name@example.nl>"),
        (LEAST + "[inbox]\nport = 0\n", "inbox.port", ""),
        ('[newsletter]\nname = "x"\n', "publisher", "missing"),
    ],
)
def test_a_wrong_value_is_named_with_its_file_its_key_and_a_remedy(
    tmp_path: Path, toml: str, key: str, says: str
) -> None:
    error = error_of(tmp_path, toml)
    assert error.sentence.startswith(f"{FILE}: `{key}`")
    assert says in error.sentence
    assert error.sentence.endswith(".")
    assert key in error.hint
    assert FILE in error.hint
    assert error.exit_code == 3


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"There is no {FILE} in {tmp_path}")) as caught:
        load(tmp_path, {})
    assert "newsletter init" in caught.value.hint


def test_what_is_no_toml_is_named_with_its_line(tmp_path: Path) -> None:
    error = error_of(tmp_path, "[newsletter]\nname = De Heuvelbode\n")
    assert error.sentence.startswith(f"{FILE} is not valid TOML")
    assert "line 2" in error.sentence
    assert "double quotes" in error.hint


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("[publisher", "A table's name stands between [ and ]"),
        ("[[sections", "between [[ and ]]"),
        ("quiet = 25-12-2026", "A day is written like 2026-11-28."),
        ("send_at = 2026-11-28 06:00", "A day and time have seconds, and no quotes: 2026-11-28T06:00:00."),
        ("name", "Write a key, = and its value."),
        ("name = 'a'\nname = 'b'", "It stands there twice; keep one."),
        ("name = De Heuvelbode", "Text values stand between double quotes."),
        ("name = [", "Text values stand between double quotes."),
    ],
)
def test_of_what_is_no_toml_the_hint_is_about_the_line(tmp_path: Path, line: str, hint: str) -> None:
    assert hint in error_of(tmp_path, f"[newsletter]\n{line}\n").hint


def test_a_file_in_another_encoding_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(LEAST.replace("bode", "bodé").encode("latin-1"))
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(tmp_path, {})


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(LEAST.encode("utf-8-sig"))
    assert load(tmp_path, {}).newsletter.name == "De Heuvelbode"


def test_a_secret_comes_from_the_file_env(tmp_path: Path) -> None:
    config = load(written(tmp_path, env=f"NEWSLETTER_SECRET={SECRET}\n"), {})
    assert signing_key(config).secret == SECRET.encode()


def test_the_environment_wins_over_the_file_env(tmp_path: Path) -> None:
    config = load(written(tmp_path, env="NEWSLETTER_SECRET=uit-het-bestand-env\n"), {"NEWSLETTER_SECRET": SECRET})
    assert signing_key(config).secret == SECRET.encode()


def test_without_a_secret_there_is_none(tmp_path: Path) -> None:
    assert load(written(tmp_path), {}).secrets.key is None
    assert load(written(tmp_path), {"NEWSLETTER_SECRET": ""}).secrets.key is None


def test_a_secret_stands_in_nothing_that_is_shown_or_saved(tmp_path: Path) -> None:
    config = load(written(tmp_path), {"NEWSLETTER_SECRET": SECRET})
    shown = (
        repr(config), str(config), repr(config.secrets), str(config.model_dump()), repr(signing_key(config)),
        config.model_dump_json(exclude={"newsletter"}), config.secrets.model_dump_json(),
    )  # fmt: skip
    assert not any(SECRET in text for text in shown)


def test_a_secret_is_not_in_the_error_about_another_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, in_newsletter("next_number = 0")), {"NEWSLETTER_SECRET": SECRET})
    assert SECRET not in f"{caught.value} {caught.value.hint}"


def test_a_configuration_never_changes_once_read(tmp_path: Path) -> None:
    config = load(written(tmp_path), {})
    with pytest.raises(ValidationError, match="frozen"):
        config.newsletter.name = "Anders"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        config.root = Path()  # type: ignore[misc]


def test_pictures_lie_under_the_web_address_unless_they_have_their_own(tmp_path: Path) -> None:
    web = '[web]\nurl = "https://weekbrief.example.nl/"\n'
    own = '[pictures]\nurl = "https://beeld.example.nl/brief/"\n'
    assert load(written(tmp_path), {}).pictures_url is None
    assert load(written(tmp_path, LEAST + web), {}).pictures_url == "https://weekbrief.example.nl/pictures"
    assert load(written(tmp_path, LEAST + web + own), {}).pictures_url == "https://beeld.example.nl/brief"


def shipped_lines() -> list[str]:
    return (SHIPPED / FILE).read_text("utf-8").split("\n")


def test_the_file_that_is_shipped_can_be_loaded_with_every_key_that_is_commented_out(tmp_path: Path) -> None:
    live = [re.sub(r"^# (?=\w+ = )", "", line) for line in shipped_lines()]
    assert len(live) - sum(a == b for a, b in zip(live, shipped_lines(), strict=True)) >= 5
    load(written(tmp_path, "\n".join(live)), {})


def test_earlier_secrets_are_told_apart_by_commas_and_never_shown(tmp_path: Path) -> None:
    config = load(written(tmp_path), {"NEWSLETTER_OLD_SECRETS": f" {SECRET}1, {SECRET}2,"})
    assert [old.get_secret_value() for old in config.secrets.old] == [f"{SECRET}1", f"{SECRET}2"]
    assert SECRET not in repr(config)
    assert load(tmp_path, {}).secrets.old == ()


def test_a_language_of_pages_may_be_that_of_a_country(tmp_path: Path) -> None:
    config = load(written(tmp_path, LEAST + '[pages]\nlanguages = ["nl-BE", "en-GB"]\n'), {})
    assert config.pages.languages == ("nl-BE", "en-GB")


def test_the_file_that_is_shipped_explains_each_key_in_a_line_above_it() -> None:
    lines = shipped_lines()
    first_of_a_list = lines.index("[[sections]]")
    end_of_the_list = lines.index("[send]")
    assert all(word in " ".join(lines[first_of_a_list - 4 : first_of_a_list]) for word in ("name", "aliases", "max"))
    outside = [*range(first_of_a_list), *range(end_of_the_list, len(lines))]
    keys = [n for n in outside if re.match(r"(?:# )?\w+ = ", lines[n])]
    assert len(keys) > 15
    assert [lines[n] for n in keys if not re.match(r"# (?!\w+ = )\S.*\.$", lines[n - 1])] == []


def test_the_file_that_is_shipped_names_every_key_there_is(tmp_path: Path) -> None:
    live = "\n".join(re.sub(r"^# (?=\w+ = )", "", line) for line in shipped_lines())
    table = tomllib.loads(live)
    missing = [
        f"{name}.{key}"
        for name, field in Config.model_fields.items()
        if isinstance(model := field.annotation, type) and issubclass(model, BaseModel) and not field.exclude
        for key in (inner.alias or inner_name for inner_name, inner in model.model_fields.items() if not inner.exclude)
        if key not in table.get(name, {})
    ]
    assert missing == []


@pytest.mark.parametrize("written", ['rescue = "15 s"', 'heartbeat = "0 s"', 'heartbeat = "5 min"'])
def test_a_worker_is_not_taken_for_dead_before_two_of_its_heartbeats(tmp_path: Path, written: str) -> None:
    error = error_of(tmp_path, f"{LEAST}[worker]\n{written}\n")
    assert (
        error.sentence
        == "newsletter.toml: `worker`: `rescue` must be at least twice `heartbeat`, and that more than 0 s."
    )


@pytest.mark.parametrize("length", ["10", "0", '"10"', "1.5", "06:00:00", "true"])
def test_a_length_of_time_without_a_unit_is_refused(tmp_path: Path, length: str) -> None:
    error = error_of(tmp_path, f"{LEAST}[send]\nhold = {length}\n")
    assert error.sentence.startswith("newsletter.toml: `send.hold`: “")
    assert error.sentence.endswith("” is no length of time; write it like 10 min or 6 h.")


@pytest.mark.parametrize("length", ["0 min", "90 s", "10 min", "6 h", "1 day", "3 days"])
def test_a_length_of_time_is_shown_as_it_is_written(tmp_path: Path, length: str) -> None:
    assert duration(load(written(tmp_path, f'{LEAST}[send]\nhold = "{length}"\n'), {}).send.hold) == length
