"""How an audit of the ledger is shown: the sum of each run, and every law that does not hold."""

from dataclasses import asdict

from newsletter.as_json import Data
from newsletter.cli import _out
from newsletter.delivery.audit import Account, Audit, Breach


def shown(found: Audit) -> None:
    """Each run with its sum, and what is wrong with it below."""
    if not found.accounts:
        _out.say("No issue was sent to the list yet.")
    for account in found.accounts:
        run = account.run
        _out.print_line(f"Run {run.id} of {run.issue}, {run.state}, edition {run.edition[:16]}:")
        _out.print_line(f"  {account.sum}")
        for breach in account.breaches:
            _out.print_line(f"  {_sentence(breach)} [{breach.law}]")
    for count, what in (
        (found.unmatched, "told by a provider about nobody known"),
        (found.unapplied, "calls of a provider that wait to be read"),
        (found.unread, "calls of a provider that could not be read"),
    ):
        if count:
            _out.say(f"{count:,} {what}.")


def as_data(found: Audit) -> Data:
    """The same for programs: without addresses and in a fixed order, so that it may be kept."""
    return {
        "runs": [_account(account) for account in found.accounts],
        "breaches": found.breaches,
        "unmatched": found.unmatched,
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
        "breaches": [asdict(breach) for breach in account.breaches],
    }


def _sentence(breach: Breach) -> str:
    if breach.of == "run":
        return f"{breach.sentence}."
    return f"{breach.sentence}: {breach.count:,}, such as {breach.of} {breach.number}."
