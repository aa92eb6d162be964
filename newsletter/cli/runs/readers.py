"""newsletter runs readers"""

from typing import Annotated, get_args

import typer

from newsletter import app, control, links, readership
from newsletter.cli import _out
from newsletter.cli._options import Json
from newsletter.cli.runs import _readers
from newsletter.config import Config
from newsletter.delivery import rebuilt
from newsletter.errors import StoreError, UsageError
from newsletter.model.ledger import DeliveryState
from newsletter.store.database import Transaction


def command(
    named: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN] [ADDRESS]", help="A run's number, or an issue; and one reader's address."),
    ] = None,
    state: Annotated[
        str | None, typer.Option("--state", metavar="STATE", help="Only those who are waiting, accepted, in-doubt …")
    ] = None,
    domain: Annotated[
        str | None, typer.Option("--domain", metavar="DOMAIN", help="Only those at a domain: example.nl.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print all of them as CSV.")] = False,
    eml: Annotated[
        bool, typer.Option("--eml", help="Print the reader's copy, made again, and say whether it is what was sent.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say who got an issue and who did not, and why; of one reader, every request with its times and answers.

    Example: newsletter runs readers 2026-10-03 anna@example.nl
    """
    run, address = _taken_apart(named or [])
    if (eml and not address) or (address and (state or domain or as_csv)) or as_csv + eml + as_json > 1:
        raise UsageError(
            "--eml is for one reader, --state, --domain and --csv are for many; --json goes with neither.",
            "Name an address for --eml: newsletter runs readers ISSUE anna@example.nl --eml",
        )
    config = app.here().config
    states = None if state is None else (_state(state),)
    with app.store(config) as store, store.reading() as transaction:
        if address:
            _one(transaction, config, run, address, eml=eml, as_json=as_json)
            return
        of = control.find(transaction, run)
        found = control.ledger(transaction, of, states=states, domain=domain and domain.lower())
        _readers.listed(of, found, as_csv=as_csv, as_json=as_json)


def _taken_apart(named: list[str]) -> tuple[str | None, str | None]:
    """Tell the run from the reader. Raises: UsageError."""
    those = [word for word in named if "@" not in word]
    addresses = [word for word in named if "@" in word]
    if len(those) > 1 or len(addresses) > 1:
        raise UsageError("One run and one reader are named at a time.", "Like 2026-10-03 anna@example.nl")
    return next(iter(those), None), next(iter(addresses), None)


def _state(text: str) -> DeliveryState:
    for state in get_args(DeliveryState):
        if text.replace("-", " ") == state:
            return state  # type: ignore[no-any-return]  # one of them
    known = ", ".join(state.replace(" ", "-") for state in get_args(DeliveryState))
    raise UsageError(f"“{text}” is no state of a reader.", f"There are: {known}.")


def _one(
    transaction: Transaction, config: Config, named: str | None, address: str, *, eml: bool, as_json: bool
) -> None:
    those = control.chosen(transaction, named)
    parts = control.parts(transaction, those, address, readership.erase_key(config))
    if eml:
        _copy(transaction, config, parts, address)
    elif as_json:
        _out.print_json(_readers.parts_as_data(parts, config.newsletter.time_zone))
    elif parts:
        _readers.parts(parts, config.newsletter.time_zone)
    else:
        _out.print_line(control.why_not(transaction, address, config=config, at=app.now()))


def _copy(transaction: Transaction, config: Config, parts: tuple[control.Part, ...], address: str) -> None:
    """Print a reader's copy of what he has, else of what he was to have. Raises: UsageError, StoreError."""
    whole = [part for part in parts if part.delivery.address]
    if not whole:
        sentence = control.why_not(transaction, address, config=config, at=app.now()) if not parts else "He was erased."
        raise UsageError(f"There is no copy of his. {sentence}", "See: newsletter runs readers ISSUE ADDRESS")
    part = next((one for one in whole if one.delivery.state == "accepted"), whole[0])
    copy = rebuilt.rebuild(transaction, part.run, part.delivery, links.verifying_keys(config))
    _out.print_file([copy.content.decode("ascii")])
    if copy.verdict == "another":
        raise StoreError(copy.sentence, "What is kept was changed since; restore a backup to see what was sent.")
    _out.say(copy.sentence)
