"""Template code in bodies: none of it is mailed, none of it that is code is lost."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.sources._markdown.shortcodes import bare, clean


@pytest.mark.parametrize(
    ("call", "markdown"),
    [
        ('{{< figure src="pont.jpg" alt="Een pont" caption="De pont" >}}', '![Een pont](<pont.jpg> "De pont")'),
        ('{% image "de pont.jpg", "Een pont" %}', "![Een pont](<de pont.jpg>)"),
        ("{% include figure.html url='/img/a.png' %}", "![](</img/a.png>)"),
        ("{% img left /img/a.png 300 200 %}", "![](</img/a.png>)"),
        ("{{< youtube dQ_w-4 >}}", "[Video](https://www.youtube.com/watch?v=dQ_w-4)"),
        ('{{ youtube(id="dQ_w-4") }}', "[Video](https://www.youtube.com/watch?v=dQ_w-4)"),
        ("{% vimeo 123 %}", "[Video](https://vimeo.com/123)"),
    ],
)
def test_a_picture_or_film_becomes_markdown(call: str, markdown: str) -> None:
    cleaned = clean(f"Voor.\n\n{call}\n\nNa.")
    assert cleaned.text == f"Voor.\n\n{markdown}\n\nNa."
    assert cleaned.notes == ()


def test_any_other_shortcode_goes_with_a_warning_at_its_line() -> None:
    cleaned = clean("Voor.\n\n{{< tweet 12 >}}\n{% assign x = 1 %}", file="kim.md", line=5)
    assert cleaned.text == "Voor.\n\n\n"
    assert [(n.place, n.level, n.code) for n in cleaned.notes] == [
        ("kim.md:7", "warning", "shortcode"),
        ("kim.md:8", "warning", "shortcode"),
    ]


def test_what_stands_between_two_shortcodes_stays() -> None:
    assert clean("{{% notice %}}tekst{{% /notice %}} {% if x %}a{% endif %}").text == "tekst a"


def test_an_expression_goes_with_a_note() -> None:
    cleaned = clean("{{ site.baseurl }}/pont")
    assert (cleaned.text, cleaned.notes[0].level, cleaned.notes[0].code) == ("/pont", "note", "template-code")


@pytest.mark.parametrize(
    "code",
    [
        "`{{ x }}`",
        "``{% y %} ` ``",
        "```\n{{< z >}}\n```",
        "- a\n  ~~~\n  {{ x }}\n  ~~~",
        "tekst\n\n    {{ x }}\n    {% y %}",
    ],
)
def test_braces_in_code_are_words_and_stay(code: str) -> None:
    assert clean(code).text == code


def test_what_is_indented_in_a_list_is_no_code() -> None:
    assert clean("- a\n\n    {{ x }}b").text == "- a\n\n    b"


def test_raw_text_keeps_its_braces_as_entities_but_for_code_in_it() -> None:
    assert clean("{% raw %}{{ a }} `{{ b }}`{% endraw %}").text == "&#123;&#123; a }} `{{ b }}`"


def test_highlighted_code_becomes_a_fence() -> None:
    assert "```\nx = '{{ y }}'\n```" in clean("{% highlight py %}\nx = '{{ y }}'\n{% endhighlight %}").text
    assert "```\nx = 1\n```" in clean("{{< highlight go >}}\nx = 1\n{{< /highlight >}}").text


def test_remarks_go_silently() -> None:
    cleaned = clean("a{# b #}{{/* c */}}{% comment %}d{% endcomment %}e")
    assert (cleaned.text, cleaned.notes) == ("ae", ())


def test_imports_and_exports_of_mdx_go_with_a_note() -> None:
    cleaned = clean("import Kaart from './kaart'\nexport const x = 1\n\nimport is een woord.")
    assert cleaned.text.strip() == "import is een woord."
    assert [note.line for note in cleaned.notes] == [1, 2]


def test_a_title_loses_even_unfinished_template_code() -> None:
    assert bare("De {{ x }}brug {{< y") == "De brug {< y"


@given(st.text(alphabet="{}%<>#`~ab\n *-/\"'=", max_size=50))
def test_cleaning_what_is_clean_changes_nothing(text: str) -> None:
    once = clean(text).text
    assert clean(once).text == once
    assert clean(once).notes == ()


@given(st.text(alphabet="{}%<>#ab ", max_size=30))
def test_a_bare_line_holds_no_opening_braces(text: str) -> None:
    assert not re.search(r"\{[{%#]", bare(text))
