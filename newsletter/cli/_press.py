"""Sending to the list as one types it: everything is said first, then asked for, then followed to its end."""

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from newsletter import app
from newsletter.as_json import Data, moment
from newsletter.cli import _follow, _out, _show
from newsletter.cli._times import both, length
from newsletter.config import Config
from newsletter.delivery.lifecycle import rests
from newsletter.model.ledger import Run
from newsletter.send import following, pressing
from newsletter.send.pressing import Proposal, Wish
from newsletter.store.database import Store
from newsletter.workspace import Workspace

_SEPARATORS = r"[\s.,'’]"
"""What people put between thousands."""


def send(wish: Wish, *, as_json: bool) -> None:
    """Send an issue to the list, or go on with a run of it. Raises: NotFinished while readers wait or are in doubt."""
    workspace = app.here()
    issue = workspace.issue(wish.issue).name
    with app.list_to_send_to(workspace.config) as store:
        proposal = None
        if under_way := pressing.going(store, issue):
            run = _taken_up(under_way, wish, workspace)
        else:
            proposal = app.propose(workspace, store, wish)
            run = _pressed(store, proposal, wish, workspace)
        if run is None:
            _out.say("Nothing was sent.")
            return
        seen, goes_on = _follow.to_its_end(workspace, store, run)
    if as_json:
        zone = workspace.config.newsletter.time_zone
        _out.print_json({**_follow.as_data(seen, zone), **_proposed(proposal, zone)})
    else:
        _out.print_line(_follow.result(seen))
    following.refuse_unfinished(seen, goes_on=goes_on)


def _pressed(store: Store, proposal: Proposal, wish: Wish, workspace: Workspace) -> Run | None:
    """Say what would happen, and press once somebody agrees to that; None when he does not."""
    _out.say_pairs(_rows(proposal, store, workspace))
    for sentence in _remarks(proposal, workspace.config):
        _out.say(sentence)
    waiting = proposal.offer.waiting
    if not wish.approved:
        answer = _out.ask(
            "To send it, type how many readers wait: ",
            instead=f"Approve what is to be sent: --approve {proposal.draft.edition[:16]}",
        )
        if re.sub(_SEPARATORS, "", answer) != str(waiting):
            _out.say(f"{waiting:,} readers wait, and that is not what was typed.")
            return None
    return pressing.press(store, proposal, workspace.config, at=app.now())


def _taken_up(run: Run, wish: Wish, workspace: Workspace) -> Run | None:
    """Say that a run is under way, and go on with it once somebody agrees to that; None when he does not."""
    pressing.refuse_second(run, wish)
    since = both(run.pressed_at, workspace.config.newsletter.time_zone)
    _out.say(
        f"Run {run.id} of {run.issue} is {_follow.state(run)}; {run.pressed_by} pressed it on {run.machine}, {since}. "
        f"It sends the edition {run.edition[:16]}; what was changed in the files since is not in it."
    )
    if wish.approved or rests(run):
        return run
    answer = _out.ask("Go on with it? [y/N] ", instead=f"Go on with it: --approve {run.edition[:16]}")
    return run if answer.lower() in _out.YES else None


def _rows(proposal: Proposal, store: Store, workspace: Workspace) -> Iterator[tuple[str, str]]:
    """What, to whom, through whom and when."""
    built, offer, draft, config = proposal.built, proposal.offer, proposal.draft, workspace.config
    zone = config.newsletter.time_zone
    place = store.file.name if store.file else store.place
    yield "issue", f"{built.issue.name} · {built.edition.subject}"
    yield "fingerprint", draft.edition[:16]
    yield "readers", f"{offer.waiting:,} of {f'{draft.segment} in ' if draft.segment else ''}{place} wait for it"
    if left_out := ", ".join(f"{count:,} {_WHY.get(why, why)}" for why, count in offer.left_out.items()):
        yield "left out", left_out
    if offer.had:
        yield "had it", f"{offer.had:,}, by run {', '.join(str(run.id) for run in reversed(proposal.before))}"
    login = proposal.login
    yield "through", f"{_show.through(config)}; {'' if login.verified else 'not verified: '}{login.sentence}"
    yield "begins", both(proposal.allowed_at, zone)
    yield "first mail", both(proposal.forecast.first, zone)
    yield "last mail", _last(proposal, config)


_WHY = {"outside": "outside the segment"}


def _last(proposal: Proposal, config: Config) -> str:
    """When the last reader has it, and how long that is at the limits of now."""
    first, last = proposal.forecast.first, proposal.forecast.last
    if last is None:
        return "as soon as the provider has taken all; no limit is configured"
    took = length(last - first)
    return f"{both(last, config.newsletter.time_zone)}, {took} after the first at the limits of now"


def _remarks(proposal: Proposal, config: Config) -> Iterator[str]:
    """What is out of the ordinary about it."""
    draft, zone = proposal.draft, config.newsletter.time_zone
    if proposal.asked_at < draft.due_at:
        yield f"Its moment, {both(proposal.asked_at, zone)}, has passed: it begins at once."
    if draft.quiet:
        yield f"It is sent on quiet days too: {draft.quiet}"
    elif proposal.allowed_at > draft.due_at:
        yield f"{draft.due_at.astimezone(zone):%Y-%m-%d} is a quiet day, so that it begins after it."
    if draft.hold:
        held = length(config.send.hold)
        many = len(config.send.testers)
        yield f"{'1 tester gets' if many == 1 else f'{many} testers get'} it first; {held} later it goes to the list."
    if draft.first:
        yield f"After the first {draft.first:,} readers it pauses, until `newsletter runs resume`."
    if proposal.offer.had:
        other = any(run.edition != draft.edition for run in proposal.before)
        yield f"It was sent before{', in another edition' * other}: only those who have not had it get it now."
    if warned := sum(finding.level == "warning" for finding in proposal.built.findings):
        yield f"The checks warn of {warned:,}; see them with: newsletter build {draft.issue}"


def _proposed(proposal: Proposal | None, zone: ZoneInfo) -> Data:
    """What was said before it was pressed, for programs; nothing for a run that was under way."""
    if proposal is None:
        return {}
    offer, forecast = proposal.offer, proposal.forecast
    return {
        "offered": {"waiting": offer.waiting, "had": offer.had, "left_out": dict(offer.left_out)},
        "login": {"verified": proposal.login.verified, "sentence": proposal.login.sentence},
        "forecast": {"first": moment(forecast.first, zone), "last": moment(forecast.last, zone)},
    }
