"""newsletter db prune"""

from dataclasses import asdict

from newsletter import app
from newsletter.audience import retention
from newsletter.cli import _out
from newsletter.cli._options import Json


def command(as_json: Json = False) -> None:
    """Forget what is kept no longer: the times stand under [readers] in the configuration.

    Example: newsletter db prune
    """
    config = app.here().config
    keep = config.readers
    with app.store(config) as store, store.writing() as transaction:
        pruned = retention.prune(
            transaction,
            now=app.now(),
            keep_origin=keep.keep_origin,
            keep_pending=keep.keep_pending,
            keep_undo=keep.keep_undo,
        )
    if as_json:
        _out.print_json(asdict(pruned))
        return
    _out.print_line(
        f"Forgotten: {pruned.origins:,} network addresses, {pruned.pending:,} sign-ups that nobody confirmed, "
        f"what {pruned.imports:,} imports changed."
    )
