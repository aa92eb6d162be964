"""What the properties of providers are tried with."""

from hypothesis import strategies as st

LINES = (
    st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), max_size=60)
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)
"""A name or a subject: any letters on one line, without space at its ends."""
