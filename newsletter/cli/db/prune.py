"""newsletter db prune"""

from dataclasses import asdict

from newsletter import app, readership
from newsletter.cli import _out
from newsletter.cli._options import Json


def command(as_json: Json = False) -> None:
    """Forget what is kept no longer: the times stand under [readers] in the configuration.

    Of notices, and of what providers called with, it is 30 days.

    Example: newsletter db prune
    """
    config = app.here().config
    with app.store(config) as store:
        pruned = readership.prune(store, config, at=app.now())
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
            ("calls of providers, as they came", f"{pruned.calls:,}"),
            ("limits that are at rest", f"{pruned.gates:,}"),
        ]
    )
