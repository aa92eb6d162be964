"""Bytes of HTML by part: the sample issue, and the reference digest, which may have 31,000."""

import tempfile
from pathlib import Path

from benchmarks._sample import sample
from newsletter.model.issue import PlacementKind
from newsletter.model.mail import Edition
from newsletter.rendering.edition import render
from tests import examples

GOAL = 31_000
DIGESTS: dict[str, tuple[PlacementKind, ...]] = {
    "opening and 4 × 4 stories": ("story",) * 4,
    "opening and 4 × 4 briefs": ("brief",) * 4,
    "opening and 4 × (story, two briefs, link)": ("story", "brief", "brief", "link"),
}


def main() -> None:
    """Print bytes per kind of part of the sample, then of three digests."""
    _, built = sample()
    kinds = {placement.article.id: placement.kind for placement in built.issue.placements}
    sizes: dict[str, list[int]] = {}
    for part, size in built.edition.sizes:
        sizes.setdefault(kinds.get(part, part), []).append(size)
    for kind, found in sizes.items():
        print(f"  {kind:42}{len(found):3} × {sum(found) / len(found):7,.0f} B")
    print(f"  {'the sample in all':42}      {len(built.message.html.encode()):7,} B")
    for name, size in digests().items():
        print(f"  {name:42}      {size:7,} B  {size / GOAL:4.0%} of {GOAL:,}")


def digests() -> dict[str, int]:
    """Bytes of the issues that the tests are made of, merged for one reader."""
    with tempfile.TemporaryDirectory() as folder:
        root = examples.pictures_in(Path(folder))
        settings = examples.config(root)

        def merged(edition: Edition) -> int:
            return len(examples.message_for(edition, settings).html.encode())

        return {name: merged(render(examples.digest(root, kinds), settings)) for name, kinds in DIGESTS.items()}
