"""newsletter runs settle"""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from newsletter import app, control, readership
from newsletter.cli import _ending, _out
from newsletter.cli._options import Json
from newsletter.cli.runs import _show
from newsletter.cli.runs._options import Reason, Run
from newsletter.config import Config
from newsletter.delivery import settle
from newsletter.errors import NewsletterError, NotFinished, UsageError
from newsletter.send import following
from newsletter.store import deliveries
from newsletter.store.database import Store

_DECIDE = (
    "Where the provider can be asked, a worker goes on asking, and so does --wait. "
    "Or look in the provider's log, then decide: --assume-accepted or --send-again, with --reason “…”."
)

_LOOK = timedelta(seconds=10)
"""So often it is seen meanwhile what the provider has told."""


def command(  # noqa: PLR0913, PLR0917 (each is an option of the command)
    named: Run = None,
    assume_accepted: Annotated[
        bool, typer.Option("--assume-accepted", help="Take whoever is in doubt for having it.")
    ] = False,
    send_again: Annotated[bool, typer.Option("--send-again", help="Have whoever is in doubt wait again.")] = False,
    restored: Annotated[
        bool, typer.Option("--restored", help="The database was restored: put in doubt whoever waits in it.")
    ] = False,
    acknowledge_alarms: Annotated[
        bool,
        typer.Option(
            "--acknowledge-alarms", help="You know of what was told and cannot be: it breaks no law any more."
        ),
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Go on until asking the provider is of no more use.")] = False,
    reason: Reason = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Find out what became of the readers in doubt: from what the provider told, and by asking it once more.

    That a provider has not seen a mail counts only some time after the doubt was seen: --wait waits for that, too.

    What cannot be found out you decide, with a reason that is kept. Whoever is sent it again may have it twice: look in
    the provider's log first. It ends with 7 while somebody of the run waits, is being mailed or is in doubt.

    Example: newsletter runs settle --assume-accepted --reason "all of them are in the provider's log"
    """
    config = app.here().config
    chosen = [assume_accepted, send_again, acknowledge_alarms, restored]
    kept = _refuse(chosen, named, readership.one_line(reason, "reason"), wait=wait)
    with app.store(config) as store:
        if restored:
            _restored(config, store, kept, yes=yes, as_json=as_json)
            return
        if acknowledge_alarms:
            _show.acknowledged(*control.acknowledge(store, named, who=app.who(), reason=kept), as_json=as_json)
            return
        app.give_up_lost(config, store)
        with store.reading() as transaction:
            run = control.find(transaction, named).id
            before = deliveries.counts(transaction, run)
        if not before["in doubt"]:
            _out.say(f"Nobody of run {run} is in doubt.")
        elif any(chosen) and not yes and not _out.confirm(_show.of_doubts(run, before, accepted=assume_accepted)):
            _out.say("Nothing was changed.")
            return
        else:
            _settle(config, store, run, chosen, kept, wait=wait)
        _tell(config, store, run, before["in doubt"], as_json=as_json)


def _refuse(chosen: list[bool], named: str | None, reason: str, *, wait: bool) -> str:
    """Return the reason. Raises: UsageError for two ways at once, one without a reason, or a reason for none."""
    if sum(chosen) > 1:
        raise UsageError(
            "One thing is decided at a time.",
            "Give one of --assume-accepted, --send-again, --acknowledge-alarms and --restored, or none.",
        )
    if any(chosen) and wait:
        raise UsageError("What is decided is not waited for.", "Leave out --wait.")
    if any(chosen) != bool(reason):
        raise UsageError(
            "What you decide is kept with your reason.", 'Give --reason "…" with what you decide, and only then.'
        )
    if chosen[-1] and named:
        raise UsageError("A database is restored with all its runs.", "Leave out the run.")
    return reason


def _restored(config: Config, store: Store, reason: str, *, yes: bool, as_json: bool) -> None:
    """Put in doubt whoever may have been mailed since the backup, once the number of these was typed."""
    with app.alone(store, "runs settle --restored"):
        made = app.requests_made(config, store)
        with store.reading() as transaction:
            control.refuse_unrestored(transaction, made)
            many = control.in_question(transaction)
            if not yes:
                control.refuse_under_way(transaction, app.now())
        if not yes and not _out.typed(_show.of_restored(many), many, instead="Add --yes to go on without being asked."):
            raise NewsletterError(f"It is {many:,}, and that is not what was typed.", "Nothing was changed.")
        taken = control.restored(store, sent=made, who=app.who(), reason=reason, at=app.now())
    _show.restored(taken, as_json=as_json)


def _settle(config: Config, store: Store, run: int, chosen: list[bool], reason: str, *, wait: bool) -> None:
    if not any(chosen):
        with _ending.in_order() as ended:
            app.settle(config, store, run, wait=_waiting(config.newsletter.time_zone, ended) if wait else None)
        return
    decide = settle.assume_accepted if chosen[0] else settle.send_again
    decide(store, run, reason=reason, who=app.who(), at=app.now())


def _waiting(zone: ZoneInfo, ended: Event) -> Callable[[datetime], bool]:
    """What waits for a moment, or less long, and says once for which."""
    said = list[str]()

    def wait(due: datetime) -> bool:
        if (moment := f"{due.astimezone(zone):%H:%M}") not in said:
            said.append(moment)
            _out.say(f"The provider is asked again at {moment}. Ctrl-C ends it, and loses nothing.")
        return ended.wait(max(timedelta(), min(due - app.now(), _LOOK)).total_seconds())

    return wait


def _tell(config: Config, store: Store, run: int, doubted: int, *, as_json: bool) -> None:
    """Say how the run stands now. Raises: NotFinished while somebody waits, is being mailed or is in doubt."""
    seen = following.look(store, run, at=app.now())
    if as_json:
        _out.print_json(_show.listed_as_data(seen.run, seen.counts, config))
    else:
        _out.print_line(_show.settled(seen.run, seen.counts, doubted))
    left = seen.counts["waiting"] + seen.counts["sending"]
    if seen.counts["in doubt"]:
        goes_on = f" Whoever waits gets it with: newsletter send {seen.run.issue}" if left else ""
        raise NotFinished(_show.unknown(run, seen.counts["in doubt"]), f"{_DECIDE}{goes_on}")
    if left:
        following.refuse_unfinished(seen, goes_on=bool(app.sends(store)))
