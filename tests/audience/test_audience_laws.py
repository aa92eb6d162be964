"""The laws of the list, whatever happens to it in whatever order.

An opt-out is never undone but by the reader's own new confirmation, by the operator's lift of a bounce or a block, or
by taking back the list that alone brought it. Whoever is mailed is so by somebody's word that still stands. Taking an
import back restores exactly those to whom nothing happened since. Counts always sum, every reader has a record of
consent, and an id never returns.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from beliefs import (
    HIMSELF,
    OPERATOR,
    OUT,
    Event,
    Line,
    Person,
    Request,
    described_after,
    event_of,
    never_happened,
    outs_of,
    standing_after,
    summed_up,
    taken_back,
)
from databases import Address, empty
from hearsay import SPELT, keys, lists, lost, opt_outs, written
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from moving import CONSENT, CONSENTED, KEY, ZONE, Moving, standing_of
from sqlalchemy import func, select

from newsletter.audience import consent, erasure, preferences
from newsletter.audience.consent import Newcomer
from newsletter.audience.occasion import Occasion
from newsletter.audience.replay import Standing, replay
from newsletter.audience.transfer import Manner
from newsletter.errors import ConsentError, UsageError
from newsletter.model.subscriber import Source, Subscriber
from newsletter.store import consents as stories
from newsletter.store import subscribers
from newsletter.store.check import check
from newsletter.store.database import Store
from newsletter.store.schema import consents, notices

ASKED = Manner(double_opt_in=True)
NOBODY = "0" * 32


class Audience(RuleBasedStateMachine):
    """A list of readers, and what its readers, its operator and other people's lists do to it."""

    def __init__(self, store: Store, folder: Path) -> None:
        super().__init__()
        self.store = store
        self.moving = Moving(folder, self.store, {"city": "text"})
        self.people: defaultdict[str, Person] = defaultdict(Person)
        self.requests: dict[int, Request] = {}
        self.imports: dict[int, tuple[dict[str, Subscriber], dict[str, Subscriber]]] = {}
        self.undone: set[int] = set()
        self.list: dict[str, Subscriber] = {}
        self.standings: list[tuple[Standing, Standing | None]] = []
        self.holders: dict[str, str] = {}
        self.records: Counter[str] = Counter()
        self.counts: Counter[tuple[str, str | None]] = Counter()

    # What happens.

    @rule(days=st.sampled_from([1, 8, 31]))
    def time_passes(self, days: int) -> None:
        self.moving.now += timedelta(days=days)

    @rule(address=written)
    def the_operator_adds(self, address: str) -> None:
        key, person = SPELT[address], self.people[SPELT[address]]
        before = self.list.get(key)
        refused = "erased" in person.against or (before is not None and before.status in {"left", "suppressed"})
        with self.store.writing() as transaction, refusal(refused):
            consent.add(transaction, Newcomer(address=address), self.by("operator"), key=KEY, draw=self.moving.draw)
        after = self.alone_changed(key, Event(OPERATOR)).get(key)
        if not refused:
            assert after is not None
            assert after.status == "confirmed"
            if after != before:
                person.grounds.add(OPERATOR)

    @rule(address=written)
    def somebody_signs_up(self, address: str) -> None:
        key = SPELT[address]
        before = self.list.get(key)
        newcomer, himself = Newcomer(address=address), self.by("form")
        with self.store.writing() as transaction:
            record = consent.sign_up(transaction, newcomer, himself, key=KEY, draw=self.moving.draw)
        after = self.alone_changed(key, Event(HIMSELF))[key]
        assert after == before or (before is None and after.status == "pending")
        assert record is None or "blocked" not in self.people[key].against
        assert (record is None) == (after.status == "confirmed") or after.status == "suppressed"

    @precondition(lambda self: self.requests)
    @rule(data=st.data())
    def a_link_is_followed(self, data: st.DataObject) -> None:
        self.confirm(data.draw(st.sampled_from(sorted(self.requests))))

    def confirm(self, record: int) -> None:
        request = self.requests[record]
        person = self.people[request.key]
        good = person.may_confirm(request, self.list.get(request.key), self.moving.now)
        confirmed = False
        with suppress(ConsentError), self.store.writing() as transaction:
            consent.confirm(transaction, record, self.by("form"), key=KEY)
            confirmed = True
        assert good in {confirmed, None}
        after = self.alone_changed(request.key, Event(HIMSELF)).get(request.key)
        if confirmed:
            assert after is not None
            assert after.status == "confirmed"
            person.opts_in()
            self.overtaken(request.key)

    @rule(address=written, reason=st.none() | lost, days=st.sampled_from([1, 8, 31]))
    def somebody_comes_back(self, address: str, reason: str | None, days: int) -> None:
        """He signs up and confirms; days before, and perhaps between the two, something else happens."""
        self.time_passes(days)
        self.somebody_signs_up(address)
        if reason:
            self.a_reader_is_lost(SPELT[address], reason)
        if self.requests:
            self.confirm(max(self.requests))

    @rule(key=keys, reason=lost)
    def a_reader_is_lost(self, key: str, reason: str) -> None:
        happens = {"left": consent.leave, "complained": consent.complain, "bounced": consent.bounce}[reason]
        with self.store.writing() as transaction:
            is_new = happens(transaction, self.identity(key), self.by("one-click"))
        after = self.alone_changed(key, Event(HIMSELF)).get(key)
        if after is None:
            assert not is_new
            return
        person = self.people[key]
        person.opts_out(reason, HIMSELF)
        person.bounced_at = self.moving.now if reason == "bounced" and is_new else person.bounced_at
        self.overtaken(key)
        assert after.status in {"left", "suppressed"}

    @rule(address=written)
    def the_operator_blocks(self, address: str) -> None:
        key, person = SPELT[address], self.people[SPELT[address]]
        refused = "erased" in person.against and key not in self.list
        with self.store.writing() as transaction, refusal(refused):
            consent.block(transaction, address, self.by("operator"), key=KEY, draw=self.moving.draw)
        self.alone_changed(key, Event(OPERATOR))
        if not refused:
            assert self.list[key].status == "suppressed"
            person.opts_out("blocked", OPERATOR)
            self.overtaken(key)

    @rule(key=keys)
    def the_operator_lifts(self, key: str) -> None:
        before = self.list.get(key)
        with suppress(UsageError), self.store.writing() as transaction:
            consent.lift(transaction, key, self.by("operator"))
            self.people[key].is_lifted()
        after = self.alone_changed(key, Event(OPERATOR)).get(key)
        assert after is None or after.reason in {"complained", None}
        assert (after == before) == (before is None or before.reason in {"complained", None})

    @rule(address=written)
    def somebody_is_erased(self, address: str) -> None:
        key = SPELT[address]
        with self.store.writing() as transaction:
            assert erasure.erase(transaction, address, self.by("operator"), key=KEY) == (key in self.list)
        assert key not in self.alone_changed(key, Event(HIMSELF))
        self.people[key] = Person(against={"erased": {HIMSELF}})

    @rule(key=keys, days=st.sampled_from([None, 3, 40]), source=st.sampled_from(["form", "operator"]))
    def somebody_is_paused(self, key: str, days: int | None, source: Source) -> None:
        occasion = self.by(source)
        until = None if days is None else occasion.day + timedelta(days=days)
        with suppress(UsageError), self.store.writing() as transaction:
            preferences.pause(transaction, self.identity(key), until, occasion)
        before = self.list.get(key)
        after = self.alone_changed(key, Event(source, vouches=source == "form")).get(key)
        if after != before and source == "form":
            self.people[key].grounds.add(HIMSELF)  # who pauses or resumes the newsletter wants it

    @rule(key=keys, added=st.sampled_from(["zuid", "noord"]), removed=st.sampled_from(["zuid", "oost"]))
    def the_operator_tags(self, key: str, added: str, removed: str) -> None:
        with self.store.writing() as transaction:
            preferences.tag(
                transaction, self.identity(key), added=[added], removed=[removed], occasion=self.by("operator")
            )
        self.alone_changed(key, Event(OPERATOR, vouches=False))

    @rule(said=lists, manner=st.sampled_from([CONSENTED, CONSENTED, ASKED]))
    def a_list_comes_in(self, said: list[Line], manner: Manner) -> None:
        self.bring(said, manner)

    @rule(said=opt_outs)
    def a_list_of_opt_outs_comes_in(self, said: list[Line]) -> None:
        self.bring(said, Manner())

    @rule(first=lists, second=lists | opt_outs, key=keys, reason=st.none() | lost, newest_first=st.booleans())
    def two_lists_come_and_go(
        self, first: list[Line], second: list[Line], key: str, reason: str | None, newest_first: bool
    ) -> None:
        """Two lists come in, between them perhaps something happens, and both are taken back."""
        self.bring(first, CONSENTED)
        if reason:
            self.a_reader_is_lost(key, reason)
        self.bring(second, CONSENTED)
        for number in sorted(sorted(self.imports)[-2:], reverse=newest_first):
            self.take_back(number)

    @precondition(lambda self: self.imports)
    @rule(data=st.data())
    def an_import_is_taken_back(self, data: st.DataObject) -> None:
        self.take_back(data.draw(st.sampled_from(sorted(self.imports))))

    def take_back(self, number: int) -> None:
        before, after = self.imports.pop(number)
        self.undone.add(number)
        now = self.list
        expected = {key: one for key in now if (one := self.after_undo(number, key, before.get(key), after.get(key)))}
        self.moving.undo(number)
        self.read()
        assert self.list == expected
        for snapshot in (one for later in self.imports if later > number for one in self.imports[later]):
            never_happened(snapshot, before, after)
        for key in [*self.people]:
            person = self.people[key] = self.people[key].without(number)
            if self.list.get(key) != now.get(key):
                self.overtaken(key)
            if key not in self.list:
                person.is_gone()

    # What must be so.

    @invariant()
    def whoever_is_confirmed_is_so_by_a_word_that_stands(self) -> None:
        for key, one in self.list.items():
            if one.status == "confirmed":
                assert not self.people[key].against
                assert self.people[key].grounds

    @invariant()
    def everybody_is_listed_as_his_records_say(self) -> None:
        for listed, told in self.standings:
            assert listed == told

    @invariant()
    def counts_sum(self) -> None:
        assert self.counts == Counter((one.status, one.reason) for one in self.list.values())

    @invariant()
    def every_reader_has_a_record(self) -> None:
        assert all(self.records[one.id] for one in self.list.values())

    def teardown(self) -> None:
        assert check(self.store).findings == ()

    # How it is found out.

    def by(self, source: Source) -> Occasion:
        return Occasion(at=self.moving.now, zone=ZONE, source=source, text=CONSENT, note="op verzoek")

    def identity(self, key: str) -> str:
        return self.list[key].id if key in self.list else NOBODY

    def bring(self, said: list[Line], manner: Manner) -> None:
        before, records = self.list, self.records
        text = "email;status;name;tags;city;joined;paused until\ngeen adres;;;;;;\n"
        text += "".join(f"{line.address};{line.status};{';'.join(line.about)}\n" for line in said)
        done = self.moving.bring(text, manner)
        assert done.rejected == 1 + len(said) - len(summed_up(said, SPELT))
        after = self.read()
        for key, line in summed_up(said, SPELT).items():
            is_told = key in after and self.records[after[key].id] > records[after[key].id]
            if is_told or "erased" not in self.people[key].against:
                self.come_in(key, line, done.number, before.get(key), manner)
                self.opts_out(key, outs_of(said, SPELT, key), done.number)
            if is_told:
                self.people[key].since.append(event_of(line, done.number, before.get(key), after[key]))
        assert {key: after[key] for key in after if key not in summed_up(said, SPELT)} == {
            key: before[key] for key in before if key not in summed_up(said, SPELT)
        }
        self.imports[done.number] = (dict(before), dict(after))

    def come_in(self, key: str, line: Line, number: int, before: Subscriber | None, manner: Manner) -> None:
        """Hold what a line of a list did against what it must do, and believe what it says."""
        person, after = self.people[key], self.list.get(key)
        assert "erased" not in person.against or (before is not None and before.status != "pending")
        assert after is not None
        assert (after.status, after.reason) == standing_after(before, line, asks=manner.double_opt_in)
        assert (after.name, after.tags, after.fields.get("city")) == described_after(before, line)
        confirms = after.status == "confirmed" and (before is None or before.status == "pending")
        if before is None:
            person.bounced_at = self.moving.now
        if confirms:
            person.grounds.add(number)
        if confirms and line.status not in OUT:
            self.overtaken(key)

    def opts_out(self, key: str, outs: set[str], number: int) -> None:
        """Believe what a list says of opting out, in however many ways."""
        person = self.people[key]
        for out in sorted(outs):
            repeats = out in person.against
            if not repeats and out == "bounced":
                person.bounced_at = self.moving.now
            person.opts_out(out, number)
            self.overtaken(key, None if repeats else True)

    def after_undo(
        self, number: int, key: str, before: Subscriber | None, after: Subscriber | None
    ) -> Subscriber | None:
        """Work out what becomes of somebody when an import is taken back; None when he goes."""
        person, now = self.people[key], self.list[key]
        if number not in [event.who for event in person.since]:
            return now
        if not any(event.vouches for event in person.since if event.who != number):
            return None
        status, reason = person.without(number).standing()
        back = taken_back(before, after, now) if before and after and before.id == now.id else now
        return replace(back, status=status, reason=reason)

    def overtaken(self, key: str, is_so: bool | None = True) -> None:
        for request in self.requests.values():
            if request.key == key and not request.overtaken:
                request.overtaken = is_so

    def alone_changed(self, key: str, event: Event) -> dict[str, Subscriber]:
        """Hold that nobody else was changed; believe the event when there is a new record of it."""
        before, records = self.list, self.records
        after = self.read()
        assert {k: one for k, one in after.items() if k != key} == {k: one for k, one in before.items() if k != key}
        identity = after[key].id if key in after else None
        if identity and self.records[identity] > records[identity]:
            self.people[key].since.append(event)
        else:
            assert key not in after or after[key] == before.get(key)
        return after

    def read(self) -> dict[str, Subscriber]:
        """Read the list anew, with the links that were sent, and hold that no id has come back."""
        per_reader = select(consents.c.subscriber, func.count()).group_by(consents.c.subscriber)
        with self.store.reading() as transaction:
            everybody = list(subscribers.every(transaction))
            told = stories.standing(transaction, [known.subscriber.id for known in everybody], without=0)
            self.counts = Counter(subscribers.counts(transaction))
            self.records = Counter(dict(transaction.execute(per_reader).all()))
            asked = (notices.c.kind == "confirm", notices.c.state != "skipped")
            links = select(notices.c.consent, notices.c.subscriber, notices.c.queued_at).where(*asked)
            sent = transaction.execute(links).all()
        self.list = {known.key: known.subscriber for known in everybody}
        self.standings = [(standing_of(known), replay(told[known.subscriber.id])) for known in everybody]
        for key, one in self.list.items():
            assert self.holders.setdefault(one.id, key) == key
        for record, identity, at in sent:
            self.requests.setdefault(record, Request(self.holders[identity], identity, at))
        return self.list


def refusal(expected: bool) -> AbstractContextManager[object]:
    return pytest.raises(ConsentError) if expected else nullcontext()


def hold(addresses: Callable[[], Address], folder: Path, *, examples: int, steps: int) -> None:
    """Let so many things happen to so many lists, one after the other in the same store."""
    with closing(Store(addresses())) as store:

        def begin() -> Audience:
            empty(store, addresses)
            return Audience(store, folder)

        many = settings(max_examples=examples, stateful_step_count=steps, suppress_health_check=list(HealthCheck))
        run_state_machine_as_test(begin, settings=many)


def test_the_laws_hold_on_sqlite(sqlite_addresses: Callable[[], Path], tmp_path: Path) -> None:
    hold(sqlite_addresses, tmp_path, examples=12, steps=25)


def test_the_laws_hold_on_postgresql(postgresql_addresses: Callable[[], str], tmp_path: Path) -> None:
    hold(postgresql_addresses, tmp_path, examples=5, steps=30)


@pytest.mark.proof
@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 3_000), ("postgresql", 200)])
def test_the_laws_hold_for_long(kind: str, examples: int, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    hold(request.getfixturevalue(f"{kind}_addresses"), tmp_path, examples=examples, steps=60)
