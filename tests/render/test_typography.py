"""Fine typography: what a typesetter would set, and nothing he would leave alone."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.render.typography import fine, fine_html, fine_title

N = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("typed", "set_"),
    [
        ('Hij zei: "Kom binnen."', "Hij zei: „Kom binnen.”"),
        ('"Kom", zei hij, "en ga zitten."', "„Kom”, zei hij, „en ga zitten.”"),
        ("Het 'wonder' van Ommer", "Het ‚wonder’ van Ommer"),
        ("'s Nachts en 't kofschip", f"’s{N}Nachts en ’t{N}kofschip"),
        ("Om 's avonds te lezen", f"Om ’s{N}avonds te lezen"),
        ("in de jaren '60 en '90s", "in de jaren ’60 en ’90s"),
        ("foto's en baby's", "foto’s en baby’s"),
        ("Hans' fiets", "Hans’ fiets"),
        ("een dijk - en een sluis -- samen", "een dijk – en een sluis – samen"),
        ("zee-egel, 2024-2025", "zee-egel, 2024-2025"),
        ("Wacht... nog even", "Wacht… nog even"),
        ("punten....", "punten...."),
        ("op 9 september", f"op 9{N}september"),
        ("kost 212 euro en 5 min. tijd", f"kost 212{N}euro en 5{N}min. tijd"),
        ("50 procent van 3 km", f"50{N}procent van 3{N}km"),
        ("€ 20 en 8 %", f"€{N}20 en 8{N}%"),
        ("Postbus 12, 1234 AB Heuveldam", f"Postbus 12, 1234{N}AB Heuveldam"),
        ("J. P. van Dam", f"J.{N}P. van Dam"),
        ("ds. Kok en prof. Wit", f"ds.{N}Kok en prof.{N}Wit"),
        ("5 minutenlang", "5 minutenlang"),
        ("19 september", f"19{N}september"),
        ("", ""),
        ("'", "'"),
        ('"', '"'),
    ],
)
def test_what_is_typed_is_set(typed: str, set_: str) -> None:
    assert fine(typed, "nl") == set_


def test_english_has_its_own_marks() -> None:
    assert fine("\"Don't,\" she said, 'never'.", "en-GB") == "“Don’t,” she said, ‘never’."


def test_a_text_with_marks_of_its_own_keeps_them() -> None:
    own = 'Hij zei „kom” en schreef "nee" en ‘ja’'
    assert fine(own, "nl") == own


def test_an_apostrophe_is_set_even_beside_marks_of_its_own() -> None:
    assert fine("„'t Is foto's kijken”", "nl") == f"„’t{N}Is foto’s kijken”"


@pytest.mark.parametrize(
    "address",
    [
        "https://example.nl/a'b\"c...",
        "www.example.nl/x--y",
        "o'brien@example.nl",
        "https://example.nl/?q='9--10'",
    ],
)
def test_addresses_stay_as_they_are(address: str) -> None:
    assert address in fine(f"Zie {address} op 9 mei", "nl")


texts = st.text(st.sampled_from("ab'\"-. 9€„”‘’…\u00a0–’sSteuro"), max_size=40)


@given(text=texts)
def test_setting_twice_is_setting_once(text: str) -> None:
    once = fine(text, "nl")
    assert fine(once, "nl") == once


@given(text=texts)
def test_setting_a_title_twice_is_setting_it_once(text: str) -> None:
    once = fine_title(text, "nl")
    assert fine_title(once, "nl") == once


def bare(text: str) -> str:
    """A text without its marks and with plain spaces: what typography must not change."""
    plain = text.replace(N, " ").replace("…", "...")
    return re.sub("[\"'„”‚’“‘]", "", re.sub("(?<= )(–|--|-)(?= )", "-", plain))


@given(text=st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60) | texts)
def test_no_letter_is_added_or_lost(text: str) -> None:
    assert bare(fine(text, "nl")) == bare(text)


@given(text=texts.filter(lambda t: re.search("[„”‘]", t)))
def test_own_marks_are_never_touched(text: str) -> None:
    kept = re.compile('["„”‚‘]')
    assert kept.findall(fine(text, "nl")) == kept.findall(text)


def test_a_short_last_word_of_a_title_does_not_stand_alone() -> None:
    assert fine_title("Een dijk is nooit af", "nl") == f"Een dijk is nooit{N}af"


@pytest.mark.parametrize("title", ["Drie woorden maar", "De dijk van Ommer-Waterschap"])
def test_a_short_title_or_a_long_last_word_is_left_alone(title: str) -> None:
    assert fine_title(title, "nl") == title


def test_html_is_set_between_its_tags_only() -> None:
    typed = '<p title="\'t">\'t Is "zo" op <a href="https://example.nl/\'x\'">9 mei</a></p>'
    assert (
        fine_html(typed, "nl") == f'<p title="\'t">’t{N}Is „zo” op <a href="https://example.nl/\'x\'">9{N}mei</a></p>'
    )


def test_code_stays_as_it_is() -> None:
    typed = "<p>'t is <code>x = \"y\"...</code></p><pre>a -- 'b'\n<b>'c'</b></pre><p>\"z\"</p>"
    assert fine_html(typed, "nl") == (
        f"<p>’t{N}is <code>x = \"y\"...</code></p><pre>a -- 'b'\n<b>'c'</b></pre><p>„z”</p>"
    )


def test_entities_of_marks_are_set_and_others_stay() -> None:
    assert fine_html("<p>&quot;Jan &amp; Piet&quot; foto&#39;s &lt;b&gt;</p>", "nl") == (
        "<p>„Jan &amp; Piet” foto’s &lt;b&gt;</p>"
    )


@pytest.mark.parametrize("html", ["<p>'t <b>is</b></p>", '<p>Zij zei: "kom <em>binnen</em>"</p>', "a<br>b", "<p></p>"])
def test_tags_are_never_changed(html: str) -> None:
    tags = re.compile("<[^>]*>")
    assert tags.findall(fine_html(html, "nl")) == tags.findall(html)
