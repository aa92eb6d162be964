"""A reader's HTML joined from pieces against the template filled in again per reader. Goal: at least 50 times."""

from benchmarks._sample import sample
from benchmarks._timing import medians
from newsletter import addresses, build, mime
from newsletter.model.subscriber import Subscriber
from newsletter.rendering import edition

GOAL = 50
READERS = 1000


def main() -> None:
    """Print the ratio, and complete messages per second."""
    space, built = sample()
    merge = build.merger(built.edition, space.config, date=built.issue.date, pictures="https://beeld.example.nl/")
    readers = [Subscriber(id=f"{n:032x}", address=addresses.key(f"reader{n}@example.org")) for n in range(READERS)]
    rendering = edition._Rendering(built.issue, space.config, False, edition.load("nl"))
    values = {**rendering.values, "unsubscribe_early": False}
    filters = {**rendering.filters, "body": rendering._body}
    times = medians(
        {
            "merge": lambda: [merge(reader, delivery="d").html for reader in readers],
            "messages": lambda: [mime.to_bytes(merge(reader, delivery="d")) for reader in readers],
            "render": lambda: rendering.template.fill("edition.html", values, filters),
        },
        rounds=7,
    )
    ratio = times["render"] / (times["merge"] / READERS)
    print(f"  HTML merged {READERS / times['merge']:,.0f}/s, template filled in again {1 / times['render']:,.0f}/s")
    print(f"  ratio {ratio:,.0f} (goal ≥ {GOAL})")
    print(f"  complete messages {READERS / times['messages']:,.0f}/s on one core")
