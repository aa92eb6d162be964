"""The laws of the ledger, whatever happens in whatever order: the engine, its claims and what settles doubts, for real.

Nobody gets an issue twice and none is lost. *Accepted* means that the provider took it, once; *waiting*, *refused* and
*skipped* that it never did; only what is *sending* or *in doubt* may be either. The states sum to the total at every
commit, and what has ended stays as it is. Whoever left, and whose run was paused or cancelled, is mailed no more, and
nothing leaves on a quiet day.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import get_args

import pressed
import pytest
from databases import Address, empty
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from reckoning import Reckoning
from scripted import Clock, Fate, Killed, Scripted
from truthful import KINDS, Kind

from newsletter import control
from newsletter.audience import consent, erasure
from newsletter.audience.erasure import EraseKey
from newsletter.audience.occasion import Occasion
from newsletter.delivery import events
from newsletter.delivery.engine import PACE, Engine
from newsletter.delivery.mark import Mark
from newsletter.delivery.settle import Settler
from newsletter.delivery.timing import Timing
from newsletter.errors import UsageError
from newsletter.links import verifying_keys
from newsletter.model.ledger import Event, Run
from newsletter.schedule import is_quiet
from newsletter.store import runs, webhooks
from newsletter.store import subscribers as readers
from newsletter.store.database import Store
from newsletter.store.webhooks import Called

SATURDAY = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
WORST: tuple[Fate, ...] = ("lose", "take and lose", "take and lose", "die", "take and die")
FATES = st.lists(st.sampled_from([*get_args(Fate), *WORST]), min_size=1, max_size=4)
SECONDS = st.sampled_from([31, 31, 301, 301, 700, 700, 3_600, 40_000])
BOTH = st.sampled_from([0, 1])
READERS = 20
WHO = st.integers(0, READERS - 1)
KEY = EraseKey(secret=b"een sleutel om te vergeten, lang genoeg")
_FOLDERS = count(1)


class Sending(RuleBasedStateMachine):
    """A list, an issue, two senders (on SQLite one, and his heirs), and a provider that does what fate tells it."""

    def __init__(self, store: Store, root: Path, kind: Kind, *, retries_doubts: bool) -> None:
        super().__init__()
        self.store, self.folder = store, root / f"state-{next(_FOLDERS)}"
        self.config = pressed.configured(root, connections=1, quiet="sunday")
        self.clock = Clock(SATURDAY)
        self.provider = Scripted(kind, self.clock, retries_doubts=retries_doubts)
        self.timing = Timing(
            clock=self.clock,
            ticks=self.clock.ticks,
            wait=lambda _, seconds: self.clock.later(seconds),
            chance=lambda: 0.5,
        )
        self.reckoning = Reckoning(store, self.provider.log)
        self.addresses = pressed.put_readers(store, READERS)
        self.stop = threading.Event()
        self.opened = ExitStack()
        self.senders = [self.sender() for _ in range(1 if store.file else 2)]
        self.still: dict[str, int] = {}
        self.begins()

    def sender(self) -> tuple[Engine, Settler]:
        """A process of its own, which remembers nothing."""
        keys, timing = verifying_keys(self.config), self.timing
        mark = self.opened.enter_context(closing(Mark(self.folder, "proof")))
        pace = replace(PACE, ready=0)  # one thing after another, so that what breaks a law can be told again
        engine = Engine(self.store, lambda: self.provider, self.config, keys, mark=mark, timing=timing, pace=pace)
        self.opened.enter_context(closing(engine))
        if self.store.file:
            engine.adopt()
        both = {"clock": timing.clock, "ticks": timing.ticks, "chance": timing.chance}
        settler = Settler(self.store, lambda: self.provider, self.config, keys, **both)  # type: ignore[arg-type]
        return engine, settler

    # What happens.

    @rule(seconds=st.sampled_from([300, 1_200]))
    def somebody_sets_the_clock(self, seconds: int) -> None:
        """Forward: where it is set back, whoever leaves has left before he was mailed."""
        self.clock.jump(seconds)

    @rule(who=WHO, is_erased=st.booleans())
    def somebody_leaves(self, who: int, *, is_erased: bool) -> None:
        address, occasion = self.addresses[who], self.occasion()
        with self.store.writing() as transaction:
            if is_erased:
                erasure.erase(transaction, address, occasion, key=KEY)
            elif found := readers.find(transaction, address):
                consent.leave(transaction, found.subscriber.id, occasion)
        self.still.setdefault(address, self.taken_for(address))

    @precondition(lambda self: self.provider.log.mails)
    @rule(data=st.data(), kind=st.sampled_from(["delivered", "opened", "bounced"]))
    def the_provider_tells(self, data: st.DataObject, kind: str) -> None:
        mail = data.draw(st.sampled_from(self.provider.log.mails))
        key, body = f"{kind} {mail['delivery']}", json.dumps([kind, mail])
        called = Called(provider="scripted", key=key, at=self.clock.now, body=body)
        with self.store.writing() as transaction:
            webhooks.keep(transaction, [called])
        events.apply(self.store, self.read, at=self.clock.now, zone=self.config.newsletter.time_zone, erase_key=KEY)

    def read(self, _: str, body: bytes) -> list[Event]:
        kind, mail = json.loads(body)
        return [Event(kind=kind, at=self.clock.now, delivery=mail["delivery"], address=mail["address"])]

    @rule(does=st.sampled_from(["pauses", "resumes", "resumes", "resumes", "cancels", "sends again", "audits"]))
    def the_operator(self, does: str) -> None:
        with suppress(UsageError):
            match does:
                case "pauses":
                    control.pause(self.store, None, who="redactie", reason="")
                case "resumes":
                    control.resume(self.store, None, self.config, at=self.clock.now)
                case "cancels":
                    control.cancel(self.store, None, at=self.clock.now)
                case "sends again":
                    self.begins()
                case "audits":
                    self.reckoning.audit(self.clock.now)

    # What the senders do.

    @rule(which=BOTH, seconds=SECONDS, fates=FATES)
    def one_sends(self, which: int, seconds: int, fates: list[Fate]) -> None:
        self.clock.later(seconds)
        with self.fated(fates):
            self.drains(which)

    @rule(which=BOTH, seconds=SECONDS, fates=FATES)
    def one_sends_and_settles(self, which: int, seconds: int, fates: list[Fate]) -> None:
        self.one_sends(which, 1, fates)
        self.clock.later(seconds)
        with self.fated(fates):
            self.settles(which)

    @rule(which=BOTH, seconds=SECONDS, fates=FATES)
    def one_settles(self, which: int, seconds: int, fates: list[Fate]) -> None:
        self.clock.later(seconds)
        with self.fated(fates):
            self.settles(which)

    @rule(which=BOTH, seconds=SECONDS, fates=FATES)
    def one_freezes_before_its_last_byte(self, which: int, seconds: int, fates: list[Fate]) -> None:
        self.provider.before_guard.append(lambda: self.the_other(which, seconds, fates))
        self.drains(which)
        self.provider.before_guard.clear()

    @contextmanager
    def fated(self, fates: list[Fate]) -> Iterator[None]:
        self.provider.fates.extend(fates)
        yield
        self.provider.fates.clear()

    def settles(self, which: int) -> None:
        with suppress(Killed):
            self.sender_of(which)[1].settle(self.stop)

    def drains(self, which: int) -> None:
        try:
            self.sender_of(which)[0].drain(self.stop)
        except Killed:
            self.senders[which % len(self.senders)] = self.sender()

    def the_other(self, which: int, seconds: int, fates: list[Fate]) -> None:
        """What others do while one is frozen; on SQLite there are none."""
        self.clock.later(seconds)
        if len(self.senders) > 1:
            with self.fated(fates):
                self.drains(1 - which)
                self.settles(1 - which)

    # The laws.

    @invariant()
    def the_ledger_says_what_is_so(self) -> None:
        self.reckoning.look()

    @invariant()
    def nobody_is_mailed_who_left(self) -> None:
        assert {who: self.taken_for(who) for who in self.still} == self.still

    @invariant()
    def nothing_leaves_on_a_quiet_day(self) -> None:
        zone, quiet = self.config.newsletter.time_zone, self.config.newsletter.quiet
        assert not [at for at in self.provider.taken_at if is_quiet(at.astimezone(zone).date(), quiet)]

    @invariant()
    def a_request_is_repeated_only_where_that_does_no_harm(self) -> None:
        if self.provider.kind != "repeats":
            assert not [attempt for attempt, times in self.provider.log.asked.items() if times > 1]

    def teardown(self) -> None:
        """In the end nothing waits any more, and nobody is left out."""
        self.clock.dies = False
        with self.opened:
            self.comes_to_an_end()

    def comes_to_an_end(self) -> None:
        for _ in range(30):
            for run in self.runs():
                with suppress(UsageError):
                    control.resume(self.store, str(run.id), self.config, at=self.clock.now)
            self.clock.later(4 * 3600)
            for which in range(len(self.senders)):
                self.drains(which)
                self.settles(which)
            if all(run.is_over for run in self.runs()):
                break
        states = self.reckoning.look()
        assert not states["waiting"], states
        assert not states["sending"], states
        self.reckoning.audit(self.clock.now)
        self.reckoning.hold_intents()
        assert all(run.is_over for run in self.runs())

    # Helpers of the above.

    def begins(self) -> None:
        number = pressed.press(self.store, self.config, self.clock.now)
        pressed.begin(self.store, number, self.clock.now)

    def sender_of(self, which: int) -> tuple[Engine, Settler]:
        return self.senders[which % len(self.senders)]

    def runs(self) -> tuple[Run, ...]:
        with self.store.reading() as transaction:
            return runs.every(transaction)

    def occasion(self) -> Occasion:
        return Occasion(at=self.clock.now, zone=self.config.newsletter.time_zone, source="one-click")

    def taken_for(self, who: str) -> int:
        return sum(times for (_, address), times in self.provider.log.by_address.items() if address == who)


def hold(
    addresses: Callable[[], Address],
    root: Path,
    kind: Kind,
    *,
    examples: int,
    explores: bool = False,
    retries_doubts: bool = False,
) -> None:
    """Look for something that breaks them: in the same places each time, unless it ``explores``."""
    with closing(Store(addresses())) as store:

        def machine() -> Sending:
            empty(store, addresses)
            return Sending(store, root, kind, retries_doubts=retries_doubts)

        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=20,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                database=None,
                derandomize=not explores,
                report_multiple_bugs=False,
                phases=[Phase.generate] if retries_doubts else list(Phase),
            ),
        )


@pytest.mark.parametrize("kind", KINDS)
def test_the_laws_of_the_ledger_hold(sqlite_addresses: Callable[[], Path], tmp_path: Path, kind: Kind) -> None:
    hold(sqlite_addresses, tmp_path, kind, examples=10)


def test_two_senders_keep_them_too(postgresql_addresses: Callable[[], str], tmp_path: Path) -> None:
    hold(postgresql_addresses, tmp_path, "remembers", examples=5)


def test_a_mistake_that_is_made_everywhere_is_found(sqlite_addresses: Callable[[], Path], tmp_path: Path) -> None:
    """Treating a 500 as if nothing had left."""
    with pytest.raises(AssertionError, match=r"twice|took it"):
        hold(sqlite_addresses, tmp_path, "plain", examples=200, retries_doubts=True)


@pytest.mark.proof
@pytest.mark.parametrize("kind", KINDS)
def test_the_laws_of_the_ledger_hold_long_and_on_both_databases(
    addresses: Callable[[], Address], tmp_path: Path, kind: Kind
) -> None:
    hold(addresses, tmp_path, kind, examples=100, explores=True)
