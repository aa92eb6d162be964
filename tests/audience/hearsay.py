"""Readers and lists, drawn at random, for the test of the laws: few people, so that much happens to each."""

from beliefs import OUT, About, Line
from hypothesis import strategies as st

SPELT = {
    "anna@example.nl": "anna@example.nl",
    "Anna@Example.NL": "anna@example.nl",
    "claar@münster.example.nl": "claar@xn--mnster-3ya.example.nl",
    "claar@xn--mnster-3ya.example.nl": "claar@xn--mnster-3ya.example.nl",
    "bram+brief@example.org": "bram+brief@example.org",
}
"""Addresses as people write them, and what the spellings of one have in common."""

written = st.sampled_from(list(SPELT))
keys = st.sampled_from(sorted(set(SPELT.values())))
lost = st.sampled_from(["left", "left", "complained", "bounced"])
about = st.sampled_from(
    [
        About("", "", "", "", ""),
        About("Anna", "zuid", "Urk", "2024-03-12", ""),
        About("Bram de Wit", "oost,zuid", "", "", "2028-01-01"),
        About("Anna", "oost", "Zwolle", "", "2028-01-01"),
    ]
)
statuses = st.sampled_from(["", "", "", "confirmed", "confirmed", "pending", "left", *OUT])
lines = st.builds(Line, address=written, status=statuses, about=about)
lists = st.lists(lines, min_size=1, max_size=5)
opt_outs = st.lists(lines.filter(lambda line: line.status in OUT), min_size=1, max_size=3)
