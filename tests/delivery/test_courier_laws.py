"""The laws of notices, whatever happens in whatever order, to two couriers at one list.

Nobody gets a notice twice and none is lost. *Accepted* means that the provider took it, once; *waiting*, *refused* and
*skipped* that it never did; only what is *sending* or *in doubt* may be either. The states sum to what was queued, at
every moment. No request leaves that the store does not know of.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import get_args

import pytest
from databases import Address
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from post_office import NUMBERS, PLAIN, REMEMBERS, REPEATS, Fate, Killed, Office
from sqlalchemy import select

from newsletter.audience import consent, erasure
from newsletter.audience.erasure import EraseKey
from newsletter.errors import ConsentError
from newsletter.providers._base import Capabilities
from newsletter.store.database import Store
from newsletter.store.schema import notices, subscribers

KEY = EraseKey(secret=b"een sleutel om te vergeten, lang genoeg")
BOTH = st.sampled_from([0, 1])
FATES = st.lists(st.sampled_from(get_args(Fate)), max_size=4)
SHORT, LONG = [1, 31, 120, 239], [1, 31, 120, 239, 301, 3_600]


class Deliveries(RuleBasedStateMachine):
    """A list of readers, two couriers, and a provider that does what fate tells it."""

    def __init__(self, store: Store, root: Path, capabilities: Capabilities) -> None:
        super().__init__()
        self.office = Office(store, root, capabilities=capabilities, key=KEY)
        self.office.post.intent = self.intent
        self.couriers = [self.office.new_courier(), self.office.new_courier()]
        self.queued: Counter[str] = Counter()
        self.requests: dict[str, int] = {}

    def intent(self, attempt: str) -> int:
        """What the store knows of a request that begins; that the request is not the first word of it is a law."""
        query = select(notices.c.id).where(notices.c.attempt == attempt, notices.c.state == "sending")
        with self.office.store.reading() as transaction:
            return int(transaction.execute(query.where(notices.c.fingerprint.is_not(None))).scalar_one())

    # What happens.

    @rule(seconds=st.sampled_from([1, 31, 120, 301, 660, 3_600, 90_000]))
    def time_passes(self, seconds: int) -> None:
        self.office.clock.later(seconds=seconds)

    @rule()
    def somebody_signs_up(self) -> None:
        who = f"lezer{next(NUMBERS)}@example.nl"
        request = self.office.sign_up(who)
        assert request is not None
        self.requests[who] = request
        self.queued[who] += 1

    @precondition(lambda self: self.requests)
    @rule(data=st.data())
    def somebody_signs_up_again(self, data: st.DataObject) -> None:
        who = self.somebody(data)
        self.requests[who] = self.office.sign_up(who) or self.requests[who]
        self.queued[who] += 1

    @precondition(lambda self: self.requests)
    @rule(data=st.data())
    def somebody_confirms(self, data: st.DataObject) -> None:
        who = self.somebody(data)
        with suppress(ConsentError):
            self.office.confirm(self.requests[who], welcome=True)
            self.queued[who] += 1

    @precondition(lambda self: self.requests)
    @rule(data=st.data())
    def somebody_leaves(self, data: st.DataObject) -> None:
        identity = self.identity(self.somebody(data))
        with self.office.store.writing() as transaction:
            consent.leave(transaction, identity, self.office.occasion())

    @precondition(lambda self: self.requests)
    @rule(data=st.data())
    def somebody_is_erased(self, data: st.DataObject) -> None:
        who = self.somebody(data)
        with self.office.store.writing() as transaction:
            erasure.erase(transaction, who, self.office.occasion(), key=KEY)
        del self.queued[who], self.requests[who]

    # What the couriers do.

    @rule(which=BOTH, fates=FATES)
    def one_sends(self, which: int, fates: list[Fate]) -> None:
        self.office.post.fates.extend(fates)
        self.drains(which)
        self.office.post.fates.clear()

    @rule(which=BOTH, seconds=st.sampled_from(LONG), fates=FATES)
    def one_freezes_before_its_last_byte(self, which: int, seconds: int, fates: list[Fate]) -> None:
        self.office.post.before_guard.append(lambda: self.the_other(which, seconds, fates))
        self.drains(which)
        self.office.post.before_guard.clear()

    @rule(which=BOTH, data=st.data(), fates=FATES)
    def one_freezes_behind_its_last_byte(self, which: int, data: st.DataObject, fates: list[Fate]) -> None:
        """What remains, and the guide says so: a provider that is believed never to have seen what is still to come."""
        believed = self.office.post.capabilities.look_up
        seconds = data.draw(st.sampled_from(SHORT if believed else LONG))
        self.office.post.after_guard.append(lambda: self.the_other(which, seconds, fates))
        self.drains(which)
        self.office.post.after_guard.clear()

    def drains(self, which: int) -> None:
        try:
            self.couriers[which].drain()
        except Killed:
            self.couriers[which] = self.office.new_courier()

    def the_other(self, which: int, seconds: int, fates: list[Fate]) -> None:
        self.office.clock.later(seconds=seconds)
        self.office.post.fates.extend(fates)
        self.drains(1 - which)
        self.office.post.fates.clear()

    # The laws.

    @invariant()
    def states_sum_to_what_was_queued(self) -> None:
        assert sum(self.office.states().values()) == sum(self.queued.values())

    @invariant()
    def nobody_gets_a_notice_twice(self) -> None:
        assert not [id_ for id_, number in self.mails().items() if number > 1]

    @invariant()
    def a_state_says_what_the_provider_took(self) -> None:
        mails = self.mails()
        with self.office.store.reading() as transaction:
            rows = transaction.execute(select(notices.c.id, notices.c.state)).all()
        for id_, state in rows:
            if state not in {"sending", "in doubt"}:
                assert mails[id_] == (state == "accepted"), (id_, state)

    @invariant()
    def nothing_is_asked_of_the_provider_that_it_cannot(self) -> None:
        assert not self.office.post.broken

    @invariant()
    def a_request_is_repeated_only_where_that_does_no_harm(self) -> None:
        if self.office.post.capabilities.idempotency is None:
            assert len(set(self.office.post.asked)) == len(self.office.post.asked)

    def teardown(self) -> None:
        """In the end nothing waits any more, and nobody is left out."""
        for _ in range(12):
            self.office.clock.later(hours=4)
            self.drains(0)
        states = self.office.states()
        assert not states.keys() & {"waiting", "sending"}, states
        self.states_sum_to_what_was_queued()
        self.nobody_gets_a_notice_twice()
        self.a_state_says_what_the_provider_took()

    def mails(self) -> Counter[int]:
        """How often each notice was taken by the provider."""
        return Counter(self.office.post.intents[message.delivery] for message in self.office.post.taken)

    def somebody(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.requests)))

    def identity(self, who: str) -> str:
        with self.office.store.reading() as transaction:
            found = transaction.scalar(select(subscribers.c.id).where(subscribers.c.address == who))
        return str(found or "0" * 32)


def hold(addresses: Callable[[], Address], root: Path, capabilities: Capabilities, *, examples: int) -> None:
    """Look for something that breaks them."""
    opened: list[Store] = []

    def machine() -> Deliveries:
        for store in opened:
            store.close()
        opened[:] = [Store(addresses())]
        return Deliveries(opened[0], root, capabilities)

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
    opened[0].close()


CAPABILITIES = pytest.mark.parametrize(
    "capabilities", [PLAIN, REPEATS, REMEMBERS], ids=["plain", "repeats", "remembers"]
)


@CAPABILITIES
def test_the_laws_of_notices_hold(
    sqlite_addresses: Callable[[], Path], tmp_path: Path, capabilities: Capabilities
) -> None:
    hold(sqlite_addresses, tmp_path, capabilities, examples=8)


@pytest.mark.proof
@CAPABILITIES
def test_the_laws_of_notices_hold_long_and_on_both_databases(
    addresses: Callable[[], Address], tmp_path: Path, capabilities: Capabilities
) -> None:
    hold(addresses, tmp_path, capabilities, examples=150)
