"""Bytes of HTML of the sample issue, by part. The reference digest may have 31,000."""

from benchmarks._sample import sample


def main() -> None:
    """Print bytes per kind of part."""
    _, built = sample()
    kinds = {placement.article.id: placement.kind for placement in built.issue.placements}
    sizes: dict[str, list[int]] = {}
    for part, size in built.edition.sizes:
        sizes.setdefault(kinds.get(part, part), []).append(size)
    for kind, found in sizes.items():
        print(f"  {kind:14}{len(found):3} × {sum(found) / len(found):7,.0f} B")
    print(f"  {'in all':14}      {len(built.message.html.encode()):7,} B")
