"""newsletter serve"""

from typing import Annotated

import typer

from newsletter import app
from newsletter.cli import _log, _out
from newsletter.config import Config
from newsletter.store import notices
from newsletter.web.public import reach, run
from newsletter.web.public.reach import Asking, Knock


def command(
    host: Annotated[str, typer.Option(help="The address on this machine that a proxy reaches it at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8030,
    create: Annotated[bool, typer.Option("--create", help="Begin with an empty list where there is none.")] = False,
) -> None:
    """Serve the readers' pages, and send their notices.

    Joining, confirming, preferences, another address, pausing, leaving. At start it says what must be reachable from
    outside, and checks it. Ctrl-C ends it.

    Example: newsletter serve --port 8030
    """
    config = app.here().config
    with app.serving(config, create=create) as serving:
        _say_state(serving)
        _log.begin()
        knock = Knock(key=serving.keys[0])

        def ready(address: str) -> None:
            _out.say(f"The pages are served at {address}; Ctrl-C ends it.")
            _check(config, knock, serving)

        run.serve(run.pages(serving, knock), serving.courier, host=host, port=port, ready=ready)


def _say_state(serving: app.Serving) -> None:
    with serving.store.reading() as transaction:
        counts = notices.counts(transaction)
    _out.say(f"Notices waiting: {counts['waiting']:,}; in doubt: {counts['in doubt']:,}.")
    if serving.erase_key is None:
        _out.say("NEWSLETTER_ERASE_KEY is not set, so readers cannot have themselves erased.")
    if serving.receivers:
        heard = ", ".join(serving.receivers)
        # The addresses are secret, and what is said here ends in a log.
        _out.say(f"What these tell of mails is taken: {heard}; newsletter doctor shows at which address.")


def _check(config: Config, knock: Knock, serving: app.Serving) -> None:
    """Say what must be reachable from outside, and what came of asking for it."""
    _out.say("These must be reachable for everybody:")
    _out.say_pairs((f"  {what}", address) for what, address in reach.needed(config))
    own = app.fetch_own(config)
    asking = Asking(get=lambda address: own.get(address, robots=False), post=own.post, draw=serving.draw)
    for found in reach.check(config, knock, asking):
        _out.say(f"{'' if found.good else 'Wrong: '}{found.sentence}")
        if found.remedy:
            _out.say(f"  {found.remedy}")
