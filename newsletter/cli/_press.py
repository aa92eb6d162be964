"""Sending to the list as one types it: everything is said first, then asked for, then followed to its end."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from newsletter import app
from newsletter.as_json import Data, moment
from newsletter.cli import _ending, _follow, _out, _show
from newsletter.cli._times import both, last_mail, length
from newsletter.config import Config
from newsletter.delivery.lifecycle import rests
from newsletter.errors import NewsletterError
from newsletter.model.ledger import Run
from newsletter.send import following, pressing
from newsletter.send.pressing import Proposal, Wish
from newsletter.store.database import Store
from newsletter.store.freezing import Offer
from newsletter.workspace import Workspace

_NOTHING = "Nothing was sent."


def send(wish: Wish, *, as_json: bool) -> None:
    """Send an issue to the list, or go on with a run of it.

    Raises: NotFinished while readers wait or are in doubt; NewsletterError when another number was typed than wanted.
    """
    workspace = app.here()
    issue = workspace.issue(wish.issue).name
    with app.list_to_send_to(workspace.config) as store:
        found = pressing.going(store, issue) or app.propose(workspace, store, wish)
        if isinstance(found, Proposal):
            _ask(found, wish, store, workspace)
        elif not _goes_on(found, wish, workspace):
            _out.say(_NOTHING)
            return
        with _ending.in_order() as ended:  # from here on nobody is left to guess whether it was pressed
            run = found if isinstance(found, Run) else pressing.press(store, found, workspace.config, at=app.now())
            seen, goes_on = _follow.to_its_end(workspace, store, run, ended)
    if as_json:
        zone = workspace.config.newsletter.time_zone
        _out.print_json({**_follow.as_data(seen, zone), **_proposed(found, zone)})
    else:
        _out.print_line(_follow.result(seen))
    following.refuse_unfinished(seen, goes_on=goes_on, zone=workspace.config.newsletter.time_zone)


def _ask(proposal: Proposal, wish: Wish, store: Store, workspace: Workspace) -> None:
    """Say what would happen, and have somebody agree to that. Raises: NewsletterError when he does not."""
    _out.say_pairs(_rows(proposal, store, workspace))
    for sentence in _remarks(proposal, workspace.config):
        _out.say(sentence)
    waiting = proposal.offer.waiting
    if not wish.approved:
        instead = f"Approve what is to be sent: --approve {proposal.draft.edition[:16]}"
        if not _out.typed("To send it, type how many readers wait: ", waiting, instead=instead):
            raise NewsletterError(f"{_readers(waiting, 'waits', 'wait')}, and that is not what was typed.", _NOTHING)


def _goes_on(run: Run, wish: Wish, workspace: Workspace) -> bool:
    """Say that a run is under way; return whether somebody agrees to go on with it."""
    zone = workspace.config.newsletter.time_zone
    pressing.refuse_second(run, wish, now=app.now(), zone=zone)
    since = both(run.pressed_at, zone)
    _out.say(
        f"Run {run.id} of {run.issue} is {_follow.state(run)}; {run.pressed_by} pressed it on {run.machine}, {since}. "
        f"It sends the edition {run.edition[:16]}; what was changed in the files since is not in it."
    )
    if wish.approved or rests(run):
        return True
    answer = _out.ask("Go on with it? [y/N] ", instead=f"Go on with it: --approve {run.edition[:16]}")
    return answer.lower() in _out.YES


def _rows(proposal: Proposal, store: Store, workspace: Workspace) -> Iterator[tuple[str, str]]:
    """What, to whom, through whom and when."""
    built, offer, draft, config = proposal.built, proposal.offer, proposal.draft, workspace.config
    place = store.file.name if store.file else store.place
    yield "issue", f"{built.issue.name} · {built.edition.subject}"
    yield "fingerprint", draft.edition[:16]
    yield "readers", f"{offer.waiting:,} of {f'{draft.segment} in ' if draft.segment else ''}{place} wait for it"
    if offer.left_out:
        yield "left out", ", ".join(f"{count:,} {_why(why, offer)}" for why, count in offer.left_out.items())
    if offer.paused:
        skipped = f"the {offer.waiting:,} who wait, and as skipped the {offer.paused:,} who pause"
        yield "its sum", f"{offer.waiting + offer.paused:,}: {skipped}"
    if offer.had:
        perhaps = f", {offer.doubted:,} of them perhaps" if offer.doubted else ""
        yield "had it", f"{offer.had:,}{perhaps}, by run {', '.join(str(run.id) for run in reversed(proposal.before))}"
    login = proposal.login
    yield "through", f"{_show.through(config)}; {'' if login.verified else 'not verified: '}{login.sentence}"
    if draft.hold:
        yield "testers", ", ".join(config.send.testers)
    yield from _times(proposal, config.newsletter.time_zone)
    if cost := config.send.cost(offer.waiting):
        yield "costs", cost


def _times(proposal: Proposal, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    """When it begins, and when the first and the last of those have it who get it without a further word."""
    yield "begins", both(proposal.allowed_at, zone)
    first, last = proposal.forecast.first, proposal.forecast.last
    yield "first mail", both(first, zone)
    yield f"last of {proposal.draft.first:,}" if _pauses(proposal) else "last mail", last_mail(first, last, zone)


def _why(why: str, offer: Offer) -> str:
    """``paused until 2026-12-01 … 2027-01-02``"""
    until = " … ".join(dict.fromkeys(map(str, offer.pauses)))
    return {"outside": "outside the segment", "paused": f"paused until {until}"}.get(why, why)


def _pauses(proposal: Proposal) -> bool:
    """Whether others are left when the first ones have it."""
    return proposal.draft.first is not None and proposal.draft.first < proposal.offer.waiting


def _remarks(proposal: Proposal, config: Config) -> Iterator[str]:
    """What is out of the ordinary about it."""
    draft = proposal.draft
    yield from _begins(proposal, config.newsletter.time_zone)
    if draft.quiet:
        yield f"It is sent on quiet days too: {draft.quiet}"
    if draft.hold:
        held = length(config.send.hold)
        many = len(config.send.testers)
        yield f"{'1 tester gets' if many == 1 else f'{many} testers get'} it first; {held} later it goes to the list."
    if _pauses(proposal):
        others = proposal.offer.waiting - (draft.first or 0)
        wait = _readers(others, "waits", "wait")
        yield f"After the first {draft.first:,} it pauses: {wait} for `newsletter runs resume`."
    if proposal.offer.had:
        other = any(run.edition != draft.edition for run in proposal.before)
        yield f"It was sent before{', in another edition' * other}: only those who have not had it get it now."
    if warned := sum(finding.level == "warning" for finding in proposal.built.findings):
        yield f"The checks warn of {warned:,}; see them with: newsletter build {draft.issue}"


def _begins(proposal: Proposal, zone: ZoneInfo) -> Iterator[str]:
    """Why it does not begin at the moment that was asked for."""
    due = proposal.draft.due_at
    passed = f"Its moment, {both(proposal.asked_at, zone)}, has passed" if proposal.asked_at < due else ""
    if proposal.allowed_at > due:
        quiet = f"{due.astimezone(zone):%Y-%m-%d} is a quiet day: it begins after it."
        yield f"{passed}, and {quiet}" if passed else quiet
    elif passed:
        yield f"{passed}: it begins at once."


def _readers(count: int, one: str, many: str) -> str:
    """``1 reader waits``, ``50 readers wait``"""
    return f"1 reader {one}" if count == 1 else f"{count:,} readers {many}"


def _proposed(found: Proposal | Run, zone: ZoneInfo) -> Data:
    """What was said before it was pressed, for programs; nothing for a run that was under way."""
    if isinstance(found, Run):
        return {}
    offer, forecast = found.offer, found.forecast
    return {
        "offered": {"waiting": offer.waiting, "had": offer.had, "left_out": dict(offer.left_out)},
        "login": {"verified": found.login.verified, "sentence": found.login.sentence},
        "forecast": {"first": moment(forecast.first, zone), "last": moment(forecast.last, zone)},
    }
