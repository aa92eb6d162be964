"""How an audit of the ledger is shown: the sum of each run, and every law that does not hold."""

from dataclasses import asdict
from zoneinfo import ZoneInfo

from newsletter.as_json import Data, moment
from newsletter.cli import _out
from newsletter.delivery.audit import Account, Audit, Breach


def shown(found: Audit, zone: ZoneInfo) -> None:
    """Each run with its sum, and what is wrong with it below; then what is about no run."""
    if not found.accounts:
        _out.say("No issue was sent to the list yet.")
    for account in found.accounts:
        run = account.run
        _out.print_line(f"Run {run.id} of {run.issue}, {run.state}, edition {run.edition[:16]}:")
        _out.print_line(f"  {account.sum}")
        for count, what in (
            (account.told.get("failed", 0), "Readers whose mail failed after the provider took it"),
            (account.acknowledged, "Alarms that were acknowledged"),
        ):
            if count:
                _out.print_line(f"  {what}: {count:,}.")
        for breach in account.breaches:
            _out.print_line(f"  {_sentence(breach)} [{breach.law}]")
    _strays(found, zone)
    for count, what in (
        (found.unapplied, "calls of a provider that wait to be read"),
        (found.unread, "calls of a provider that could not be read or applied"),
    ):
        if count:
            _out.say(f"{count:,} {what}.")


def _strays(found: Audit, zone: ZoneInfo) -> None:
    """What was told of nobody who is known, without an address: by the call it can be found in the database."""
    if not found.unmatched:
        return
    _out.say(f"{found.unmatched:,} told by a provider about nobody known; the last of them:")
    rows = [
        (f"{one.at.astimezone(zone):%Y-%m-%d %H:%M:%S}", one.kind, one.provider, str(one.webhook))
        for one in found.strays
    ]
    _out.print_table(("when", "what", "provider", "call"), rows)
    _out.say_more(found.unmatched - len(rows))


def as_data(found: Audit, zone: ZoneInfo) -> Data:
    """The same for programs: without addresses and in a fixed order, so that it may be kept."""
    return {
        "runs": [_account(account) for account in found.accounts],
        "breaches": found.breaches,
        "unmatched": found.unmatched,
        "strays": [asdict(one) | {"at": moment(one.at, zone)} for one in found.strays],
        "unapplied": found.unapplied,
        "unread": found.unread,
    }


def _account(account: Account) -> Data:
    run = account.run
    return {
        "run": run.id,
        "issue": run.issue,
        "edition": run.edition,
        "state": run.state,
        "total": run.total,
        "counts": dict(account.counts),
        "sum": account.sum,
        "requests": dict(account.requests),
        "told": dict(account.told),
        "acknowledged": account.acknowledged,
        "breaches": [asdict(breach) for breach in account.breaches],
    }


def _sentence(breach: Breach) -> str:
    if breach.of == "run":
        return f"{breach.sentence}."
    return f"{breach.sentence}: {breach.count:,}, such as {breach.of} {breach.number}."
