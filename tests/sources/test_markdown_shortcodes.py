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


@pytest.mark.parametrize(
    ("expression", "printed"),
    [
        ("{{ '/img/a.png' | relative_url }}", "/img/a.png"),
        ('{{ subscriber.naam | default: "lezer" }}', "lezer"),
        ("{{ naam|default('lezer') }}", "lezer"),
    ],
)
def test_what_an_expression_is_sure_to_print_stays(expression: str, printed: str) -> None:
    assert clean(f"Beste {expression}").text == f"Beste {printed}"


def test_a_link_whose_address_was_template_code_is_its_words() -> None:
    assert clean('Zie [dit]({{< ref "a.md" >}} "Dat") en ![x]({{ y }}).').text == "Zie dit en ."
    assert clean("{[]( ){ x }}").text == ""


@pytest.mark.parametrize(
    ("frame", "link"),
    [
        ("//www.youtube.com/embed/dQ_w-4?rel=0", "https://www.youtube.com/watch?v=dQ_w-4"),
        ("https://www.youtube-nocookie.com/embed/dQ_w-4", "https://www.youtube.com/watch?v=dQ_w-4"),
        ("https://player.vimeo.com/video/123", "https://vimeo.com/123"),
    ],
)
def test_a_film_in_a_frame_becomes_a_link(frame: str, link: str) -> None:
    assert clean(f'<iframe width="5" src="{frame}"></iframe>').text == f"[Video]({link})"


def test_another_frame_is_left_to_the_gate() -> None:
    frame = '<iframe src="https://example.org/kaart"></iframe>'
    assert clean(frame).text == frame


def test_marks_of_raw_text_go_from_code_too() -> None:
    assert clean("```\n{% raw %}\n{{ x }}\n{% endraw %}\n```").text == "```\n{{ x }}\n```"


def test_three_backticks_around_words_open_no_fence() -> None:
    assert clean("```x```\n\n{{< y >}}\n\n```\nz\n```").text == "```x```\n\n\n\n```\nz\n```"


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
