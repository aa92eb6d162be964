"""Teasers: whole sentences, cut where a Dutch editor would cut them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.issue.teaser import LIMIT, LONGEST_SENTENCE, cut_teaser, reading_minutes
from newsletter.markup.sentences import one_line, sentences, shorten

FULL = "De kade bleef droog, de schippers bleven thuis en de sluiswachter las voor het eerst in jaren een boek uit. "

WHOLE = (
    "Morgen spreekt ds. Van Loon in de Dorpskerk.",
    "De lezing van dr. A. Hofstra begint om acht uur.",
    "Volgens prof. mr. Zijlstra is de wet helder.",
    "Zie nr. 12 van de vorige jaargang.",
    "Neem bijv. Anna, die elke dag fietst.",
    "Daar groeien o.a. Elstars en Goudreinetten.",
    "Het gaat om J. P. Otte en zijn broer.",
    "Het gaat om J.P. Otte en zijn broer.",
    "Op de lijst staat C.A. de Wit bovenaan.",
    "De firma Th. Molenaar bouwt de brug.",
    "Lees ook Joh. 3 en Matth. 5 nog eens.",
    "Ze kocht brood, kaas, enz. Daarna reed ze weg.",
    "In 1953 brak de dijk (zie ook blz. 14).",
    "De heer dhr. De Boer en mevr. Smit tekenden.",
    "Het kost ca. 3.500 euro per jaar.",
    "„Kom binnen. De koffie staat klaar”, zei hij.",
    "„Wie heeft de sleutel? Ik niet!” riep de koster.",
    "Hij las ”De stille kade. Een roman” in één nacht.",
    'Zij zei: "Blijf hier. Het water komt" en sloot de deur.',
    "Ze wachtten... maar niemand kwam.",
    "Wat nu? vroeg de schipper.",
    "Het peil steeg van 2.40 naar 3.10 meter.",
)
TWO = (
    ("De pont vaart weer.", "Iedereen is blij."),
    ("Wie komt?", "Niemand weet het."),
    ("Stop!", "De brug staat open."),
    ("„Kom binnen.”", "Hij schoof een stoel bij."),
    ("Hij zei: „Kom.”", "Zij kwam."),
    ("Het water steeg tot 3 meter.", "’s Avonds zakte het."),
    ("Het regende.", "„Wij wachten”, zei ze."),
    ("De kerk is open (ook ’s winters).", "Komt u ook?"),
    ("Er waren 218 brieven.", "12 kwamen uit Galway."),
    ("Zij woont op de dam.", "Élise woont verder."),
    ("Ze wachtten…", "Toen ging de deur open."),
    ("Dat was in de zomer van vorig jaar.", "Nu is het herfst."),
)


@pytest.mark.parametrize("text", WHOLE)
def test_what_is_one_sentence_to_a_reader_is_one_sentence(text: str) -> None:
    assert sentences(text) == (text,)


@pytest.mark.parametrize("pair", TWO, ids=lambda pair: pair[0])
def test_two_sentences_are_two(pair: tuple[str, str]) -> None:
    assert sentences(" ".join(pair)) == pair


@pytest.mark.parametrize("text", WHOLE)
def test_a_teaser_never_ends_in_the_middle_of_what_only_looks_like_two_sentences(text: str) -> None:
    teaser = cut_teaser(f"{FULL}{text} {'En zo ging het door. ' * 20}")
    assert teaser.startswith(FULL.strip())
    inside = teaser.removeprefix(FULL)
    assert inside == "" or inside.startswith(text)


def test_a_text_of_220_characters_stays_whole_whatever_it_ends_with() -> None:
    text = ("Kort. " * 40)[:LIMIT].rstrip()
    assert cut_teaser(text) == text


def test_whole_sentences_up_to_the_limit_are_taken() -> None:
    teaser = cut_teaser(FULL * 4)
    assert teaser == (FULL * 2).strip()
    assert len(teaser) <= LIMIT


def test_sentences_that_fill_too_little_are_followed_by_one_that_does_not_fit() -> None:
    text = f"Kort. {'De rivier steeg en steeg, zodat wie wilde vertrekken al lang vertrokken was ' * 4}. Toen niets."
    teaser = cut_teaser(text)
    assert teaser == "Kort."


def test_a_first_sentence_of_up_to_320_characters_stands_whole() -> None:
    first = "De rivier " + "steeg en " * 30 + "daalde weer."
    assert LIMIT < len(first) <= LONGEST_SENTENCE
    assert cut_teaser(f"{first} Toen werd het stil. {FULL}") == first


def test_an_endless_first_sentence_is_cut_at_a_word_with_an_ellipsis() -> None:
    teaser = cut_teaser("De rivier " + "steeg en " * 60 + "daalde.")
    assert teaser.endswith(("steeg…", "en…"))
    assert len(teaser) <= LIMIT


def test_a_quotation_that_was_open_is_closed_after_the_ellipsis() -> None:
    assert cut_teaser("„Wij " + "wachten en " * 60 + "gaan”, zei hij.").endswith("…”")
    assert cut_teaser('"Wij ' + "wachten en " * 60 + 'gaan", zei hij.').endswith('…"')
    assert not cut_teaser("„Wij” " + "wachten en " * 60 + "gaan.").endswith("…”")


def test_an_ellipsis_follows_neither_a_comma_nor_an_abbreviation() -> None:
    words = "abcdefg " * 26
    assert shorten(f"{words}ds. Van Loon {words}", 212).endswith("abcdefg…")
    assert shorten("een, twee, drie, vier", 12) == "een, twee…"


def test_a_word_without_end_is_cut_all_the_same() -> None:
    assert shorten("a" * 400, 60) == "a" * 58 + "…"


@pytest.mark.parametrize(("words", "minutes"), [(0, None), (1, 1), (220, 1), (221, 2), (660, 3)])
def test_reading_time_is_rounded_up_and_absent_without_words(words: int, minutes: int | None) -> None:
    assert reading_minutes(words) == minutes


PIECES = st.sampled_from(
    ["ds.", "J.", "P.", "Otte", "„Kom", "binnen.”", "”Titel”", '"Ja', 'nee."', "Water.", "stijgt", "3.10", "o.a.",
     "Wie?", "…", "(zie", "ook)", "’s", "Avonds", "\n\n", "é", "x" * 90, "-", "!", "„", "”", '"', "en"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=90).map(" ".join) | st.text(max_size=700)


@given(TEXTS)
def test_a_teaser_is_the_beginning_of_its_text_but_for_the_closing(text: str) -> None:
    teaser = cut_teaser(text)
    body = teaser if one_line(text).startswith(teaser) else teaser.rpartition("…")[0]
    assert one_line(text).startswith(body)
    assert len(teaser) <= LONGEST_SENTENCE


@given(TEXTS)
def test_a_short_text_is_its_own_teaser_and_a_long_one_never_gives_nothing(text: str) -> None:
    line = one_line(text)
    if len(line) <= LIMIT:
        assert cut_teaser(text) == line
    else:
        assert cut_teaser(text)


@given(TEXTS)
def test_sentences_joined_are_the_text_again(text: str) -> None:
    assert " ".join(sentences(text)) == one_line(text)
    assert all(sentences(text)) or not one_line(text)


@given(TEXTS, st.integers(min_value=10, max_value=220))
def test_what_is_shortened_fits_and_is_stable(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    assert shorten(short, limit) == short


@given(TEXTS)
def test_a_teaser_of_a_teaser_is_that_teaser(text: str) -> None:
    teaser = cut_teaser(text)
    assert cut_teaser(teaser) == teaser
