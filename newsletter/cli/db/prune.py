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
    with app.store(config) as store:
        with store.writing() as transaction:
            pruned = retention.prune(
                transaction,
                now=app.now(),
                keep_origin=keep.keep_origin,
                keep_pending=keep.keep_pending,
                keep_undo=keep.keep_undo,
            )
        store.settle()
    if as_json:
        _out.print_json(asdict(pruned))
        return
    _out.say("Forgotten:")
    _out.print_pairs(
        [
            ("network addresses of sign-ups", f"{pruned.origins:,}"),
            ("sign-ups that nobody confirmed", f"{pruned.pending:,}"),
            ("imports that can be taken back no more", f"{pruned.imports:,}"),
            ("mails about subscriptions", f"{pruned.notices:,}"),
            ("changes of address", f"{pruned.moves:,}"),
            ("limits that are at rest", f"{pruned.gates:,}"),
        ]
    )
