"""The head of an article: four dialects, and a sentence for whoever mistyped one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import Unreadable
from newsletter.frontmatter import read_head


def test_yaml_values_are_texts_as_they_were_written() -> None:
    head = read_head("---\ntitle: 1984\ndraft: Yes\ntime: 12:30\nauthors:\n  - Anna\n---\n\nTekst.\n", "kim.md")
    assert head.values == {"title": "1984", "draft": "Yes", "time": "12:30", "authors": ["Anna"]}
    assert head.lines == {"title": 2, "draft": 3, "time": 4, "authors": 5}
    assert (head.dialect, head.body, head.body_line) == ("yaml", "\nTekst.\n", 8)


def test_toml_has_its_own_types_and_lines() -> None:
    head = read_head('+++\ntitle = "Kim"\nweight = 3\n[extra]\nlead = "x"\n+++\nTekst.', "kim.md")
    assert head.values == {"title": "Kim", "weight": 3, "lead": "x"}
    assert (head.lines["weight"], head.lines["lead"]) == (3, 5)
    assert (head.dialect, head.body) == ("toml", "Tekst.")


def test_a_pelican_head_ends_at_the_first_blank_line() -> None:
    head = read_head("Title: Kim: de reis\nTags: a,\n  b\n\nNoot: dit is tekst.\n", "kim.md")
    assert head.values == {"Title": "Kim: de reis", "Tags": "a, b"}
    assert (head.dialect, head.body.strip()) == ("pelican", "Noot: dit is tekst.")


@pytest.mark.parametrize(
    "text",
    [
        "# Kim\n\nTekst.",
        "Let op: dit is een zin.\n\nTekst.",
        "---\n\nEen streep.",
        "---\n- a\n---\nTekst.",
        "Titel: x\nen dan een zin.",
    ],
)
def test_a_text_without_front_matter_is_all_body(text: str) -> None:
    head = read_head(text, "kim.md")
    assert (head.dialect, head.body, head.values) == (None, text, {})


def test_blank_lines_before_the_front_matter_are_not_seen_but_counted() -> None:
    head = read_head("\n \n---\ntitle: Kim\n---\nTekst.", "kim.md")
    assert (head.dialect, head.values, head.lines, head.body_line) == ("yaml", {"title": "Kim"}, {"title": 4}, 6)
    assert read_head("\n---\n\nEen streep.", "kim.md").body == "\n---\n\nEen streep."


def test_a_tab_before_a_remark_is_a_blank() -> None:
    assert read_head("---\nweight: 3\t\t# zwaar\n---\n", "kim.md").values == {"weight": "3"}


def test_an_object_in_braces_is_a_head() -> None:
    head = read_head('{\n  "title": "Kim",\n  "weight": 3,\n  "tags": ["a"]\n}\nTekst.', "kim.md")
    assert (head.dialect, head.values) == ("json", {"title": "Kim", "weight": "3", "tags": ["a"]})
    assert (head.lines["weight"], head.body.strip(), head.body_line) == (3, "Tekst.", 5)


@pytest.mark.parametrize("text", ['{"title": "Kim"', "{title}\n", "{{< kop >}}\n", '{"' + "[" * 5000])
def test_braces_that_hold_no_object_are_words(text: str) -> None:
    assert read_head(text, "kim.md").dialect is None


def test_nikolas_head_stands_in_a_comment() -> None:
    head = read_head("<!--\n.. title: Kim: de reis\n.. date: 2026-11-20\n-->\n\nTekst.", "kim.md")
    assert (head.dialect, head.values) == ("nikola", {"title": "Kim: de reis", "date": "2026-11-20"})
    assert (head.lines, head.body) == ({"title": 2, "date": 3}, "\nTekst.")


def test_notions_properties_stand_below_the_heading() -> None:
    head = read_head("# Kim\n\nCreated: November 20, 2026\nLast Edited By: A: b\n\nTekst.", "kim.md")
    assert head.values == {"title": "Kim", "Created": "November 20, 2026", "Last Edited By": "A: b"}
    assert (head.dialect, head.lines["Created"], head.body) == ("notion", 3, "\nTekst.")


@pytest.mark.parametrize(
    "text", ["# Kim\n\nLet op: dit is een zin.\n\nTekst.", "# Kim\n\nTags: a\nen dan een zin.\n", "<!-- x -->\nTekst"]
)
def test_a_text_below_a_heading_is_no_list_of_properties(text: str) -> None:
    assert read_head(text, "kim.md").dialect is None


def test_keys_below_params_and_extra_stand_beside_the_others_and_give_way_to_them() -> None:
    head = read_head("---\ntitle: Boven\nparams:\n  title: Onder\n  lead: x\n---\n", "kim.md")
    assert head.values == {"title": "Boven", "lead": "x"}
    assert head.lines["lead"] == 3


def test_a_key_that_stands_twice_is_named_and_the_last_one_counts() -> None:
    head = read_head("---\ntitle: a\ntitle: b\n---\n", "kim.md")
    assert (head.values["title"], head.repeated) == ("b", ("title",))


def test_an_empty_head_is_a_head() -> None:
    assert read_head("---\n---\nTekst.", "kim.md").body == "Tekst."


BROKEN = {
    "---\ntitle: Kim: de reis\n---\n": 'kim.md:2: a value with a colon needs quotes: `title: "Kim: de reis"`',
    '---\nlead: x\ntitle: De "reis": af\n---\n': (
        'kim.md:3: a value with a colon needs quotes: `title: "De \\"reis\\": af"`'
    ),
    "---\ntitle: Kim\n\tlead: x\n---\n": "kim.md:3: a tab cannot indent front matter: use blanks",
    '---\ntitle: "Kim\nlead: x\n---\n': "kim.md:2: a quotation mark is opened and not closed",
    "---\nlead: x\ntags: [a, b\n---\n": "kim.md:3: a bracket is opened and not closed",
    "---\ntitle: 'foto's'\n---\n": (
        "kim.md:2: a value in quotes ends at the next quotation mark: put the other kind around it"
    ),
    "---\ntitle: @kim\n---\n": 'kim.md:2: a value that begins with a sign needs quotes: `title: "@kim"`',
    "---\ntitle: Kim\n\nTekst.\n": "kim.md:1: the front matter is opened with `---` and never closed",
    '+++\ntitle = "Kim"\n': "kim.md:1: the front matter is opened with `+++` and never closed",
    '+++\nlead = "x"\ntitle = Kim\n+++\n': "kim.md:3: this is no TOML: invalid value",
    "---\ntitle: \x07\n---\n": "kim.md:2: the front matter holds a character that YAML does not allow",
    "---\na: " + "[" * 3000 + "\n---\n": "kim.md:2: the front matter is nested too deeply",
}  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), BROKEN.items())
def test_broken_front_matter_is_named_with_its_line_and_its_remedy(text: str, sentence: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_head(text, "kim.md")
    assert str(caught.value) == sentence
    assert caught.value.code == "front-matter"
    assert caught.value.hint


def test_a_tag_of_python_makes_no_object() -> None:
    head = read_head("---\na: !!python/object/apply:os.system [ls]\n---\n", "kim.md")
    assert head.values == {"a": ["ls"]}


@given(st.text(alphabet="ab:\"'[]{}-#&*!|>%@ \n\t,?", max_size=60))
def test_any_front_matter_is_read_or_refused_with_a_line(text: str) -> None:
    line: int | None = 1
    try:
        read_head(f"---\n{text}\n---\nTekst.", "kim.md")
    except Unreadable as error:
        line = error.line
    assert line
