"""The laws of the list, whatever happens to it in whatever order.

An opt-out is never undone but by the reader's own new confirmation, by the operator's lift of a bounce or a block, or
by taking back the list that alone brought it. Whoever is mailed is so by somebody's word that still stands. Taking an
import back restores exactly those to whom nothing happened since. Counts always sum, every reader has a record of
consent, and an id never returns.
"""

from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from beliefs import (
    HIMSELF,
    OPERATOR,
    OUT,
    About,
    Event,
    Line,
    Person,
    Request,
    described_after,
    standing_after,
    summed_up,
    taken_back,
)
from databases import Address
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from moving import CONSENT, CONSENTED, KEY, ZONE, Moving
from sqlalchemy import select

from newsletter.audience import consent, erasure
from newsletter.audience.consent import Newcomer
from newsletter.audience.occasion import Occasion
from newsletter.audience.transfer import Manner
from newsletter.errors import ConsentError, UsageError
from newsletter.model.subscriber import Source, Subscriber
from newsletter.store import consents, subscribers
from newsletter.store.check import check
from newsletter.store.database import Store
from newsletter.store.schema import notices

SPELT = {
    "anna@example.nl": "anna@example.nl",
    "Anna@Example.NL": "anna@example.nl",
    "bram.de.wit@example.nl": "bram.de.wit@example.nl",
    "claar@münster.example.nl": "claar@xn--mnster-3ya.example.nl",
    "claar@xn--mnster-3ya.example.nl": "claar@xn--mnster-3ya.example.nl",
    "dirk+brief@example.org": "dirk+brief@example.org",
}
"""Addresses as people write them, and what the spellings of one have in common."""

ASKED = Manner(double_opt_in=True)
NOBODY = "0" * 32

written = st.sampled_from(list(SPELT))
keys = st.sampled_from(sorted(set(SPELT.values())))
told = st.sampled_from(
    [
        About("", "", "", "", ""),
        About("Anna", "zuid", "Urk", "2024-03-12", ""),
        About("Bram de Wit", "oost,zuid", "", "", "2028-01-01"),
        About("Anna", "oost", "Zwolle", "", "2028-01-01"),
    ]
)
lines = st.builds(Line, address=written, status=st.sampled_from(["", "confirmed", "pending", *OUT]), about=told)
lists = st.lists(lines, min_size=1, max_size=5)


class Audience(RuleBasedStateMachine):
    """A list of readers, and what its readers, its operator and other people's lists do to it."""

    def __init__(self, open_store: Callable[[], Store], folder: Path) -> None:
        super().__init__()
        self.store = open_store()
        self.moving = Moving(folder, self.store, {"city": "text"})
        self.people: defaultdict[str, Person] = defaultdict(Person)
        self.requests: dict[int, Request] = {}
        self.imports: dict[int, tuple[dict[str, Subscriber], dict[str, Subscriber]]] = {}
        self.undone: set[int] = set()
        self.list: dict[str, Subscriber] = {}
        self.holders: dict[str, str] = {}
        self.records: dict[str, int] = {}

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
        with self.store.writing() as transaction:
            record = consent.sign_up(
                transaction, Newcomer(address=address), self.by("form"), key=KEY, draw=self.moving.draw
            )
        after = self.alone_changed(key, Event(HIMSELF))[key]
        assert after == before or (before is None and after.status == "pending")
        is_blocked = "blocked" in self.people[key].against
        assert not is_blocked or record is None
        assert (record is None) == (after.status == "confirmed") or after.status == "suppressed"

    @precondition(lambda self: self.requests)
    @rule(data=st.data())
    def somebody_confirms(self, data: st.DataObject) -> None:
        record = data.draw(st.sampled_from(sorted(self.requests)))
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

    @rule(key=keys)
    def a_reader_leaves(self, key: str) -> None:
        self.opt_out(key, "left", consent.leave)

    @rule(key=keys)
    def a_reader_complains(self, key: str) -> None:
        self.opt_out(key, "complained", consent.complain)

    @rule(key=keys)
    def a_mail_bounces(self, key: str) -> None:
        self.opt_out(key, "bounced", consent.bounce)

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
            consent.pause(transaction, self.identity(key), until, occasion)
        before = self.list.get(key)
        after = self.alone_changed(key, Event(source, vouches=source == "form", decides=False)).get(key)
        if after != before and source == "form":
            self.people[key].grounds.add(HIMSELF)  # who pauses or resumes the newsletter wants it

    @rule(key=keys, added=st.sampled_from(["zuid", "noord"]), removed=st.sampled_from(["zuid", "oost"]))
    def the_operator_tags(self, key: str, added: str, removed: str) -> None:
        with self.store.writing() as transaction:
            consent.tag(transaction, self.identity(key), added=[added], removed=[removed], occasion=self.by("operator"))
        self.alone_changed(key, Event(OPERATOR, vouches=False, decides=False))

    @rule(said=lists)
    def a_list_comes_in_with_consent(self, said: list[Line]) -> None:
        self.bring(said, CONSENTED)

    @rule(said=lists)
    def a_list_comes_in_and_its_readers_are_asked(self, said: list[Line]) -> None:
        self.bring(said, ASKED)

    @rule(said=st.lists(lines.filter(lambda line: line.status in OUT), min_size=1, max_size=3))
    def a_list_of_opt_outs_comes_in(self, said: list[Line]) -> None:
        self.bring(said, Manner())

    @precondition(lambda self: self.imports)
    @rule(data=st.data())
    def an_import_is_taken_back(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.imports)))
        before, after = self.imports.pop(number)
        self.undone.add(number)
        now = self.list
        expected = {key: one for key in now if (one := self.after_undo(number, key, before.get(key), after.get(key)))}
        self.moving.undo(number)
        self.read()
        assert self.list == expected
        for key, person in self.people.items():
            person.takes_back(number)
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
    def counts_sum(self) -> None:
        with self.store.reading() as transaction:
            counted = subscribers.counts(transaction)
            assert sum(counted.values()) == subscribers.count(transaction) == len(self.list)
        for (status, reason), number in counted.items():
            assert number == sum((one.status, one.reason) == (status, reason) for one in self.list.values())

    @invariant()
    def every_reader_has_a_record(self) -> None:
        assert all(self.records[one.id] for one in self.list.values())

    def teardown(self) -> None:
        health = check(self.store)
        self.store.close()
        if self.store.file:
            self.store.file.unlink()
        assert health.findings == ()

    # How it is found out.

    def by(self, source: Source) -> Occasion:
        return Occasion(at=self.moving.now, zone=ZONE, source=source, text=CONSENT, note="op verzoek")

    def identity(self, key: str) -> str:
        return self.list[key].id if key in self.list else NOBODY

    def opt_out(self, key: str, reason: str, happens: Callable[..., bool]) -> None:
        with self.store.writing() as transaction:
            is_new = happens(transaction, self.identity(key), self.by("one-click"))
        after = self.alone_changed(key, Event(HIMSELF)).get(key)
        if after is None:
            assert not is_new
            return
        person = self.people[key]
        if reason == "bounced" and is_new:
            person.bounced_at = self.moving.now
        person.opts_out(reason, HIMSELF)
        self.overtaken(key)
        assert after.status in {"left", "suppressed"}

    def bring(self, said: list[Line], manner: Manner) -> None:
        before = self.list
        known = dict(before)
        text = "email;status;name;tags;city;joined;paused until\ngeen adres;;;;;;\n"
        text += "".join(f"{line.address};{line.status};{';'.join(line.about)}\n" for line in said)
        done = self.moving.bring(text, manner)
        assert done.rejected == 1 + len(said) - len(summed_up(said, SPELT))
        after = self.read()
        for key, line in summed_up(said, SPELT).items():
            self.come_in(key, line, done.number, known.get(key), manner)
        assert {key: after[key] for key in after if key not in summed_up(said, SPELT)} == {
            key: before[key] for key in before if key not in summed_up(said, SPELT)
        }
        self.imports[done.number] = (before, after)

    def come_in(self, key: str, line: Line, number: int, before: Subscriber | None, manner: Manner) -> None:
        """Hold what a line of a list did against what it must do, and believe what it says."""
        person, after = self.people[key], self.list.get(key)
        if "erased" in person.against and after == before:
            return
        assert "erased" not in person.against or (before is not None and before.status != "pending")
        assert after is not None
        assert (after.status, after.reason) == standing_after(before, line, asks=manner.double_opt_in)
        assert (after.name, after.tags, after.fields.get("city")) == described_after(before, line)
        confirms = after.status == "confirmed" and (before is None or before.status == "pending")
        if before is None:
            person.brought_by = number
            person.bounced_at = self.moving.now
        if confirms:
            person.grounds.add(number)
        if line.status in OUT:
            repeats = line.status in person.against
            if not repeats and line.status == "bounced":
                person.bounced_at = self.moving.now
            person.opts_out(line.status, number)
            self.overtaken(key, None if repeats else True)
        elif confirms:
            self.overtaken(key)
        decides = before is None or confirms or line.status in OUT
        if decides or after != before:
            person.since.append(Event(number, vouches=decides, decides=decides))

    def after_undo(
        self, number: int, key: str, before: Subscriber | None, after: Subscriber | None
    ) -> Subscriber | None:
        """Work out what becomes of somebody when an import is taken back; None when he goes."""
        person, now = self.people[key], self.list[key]
        numbers = [event.who for event in person.since]
        if number not in numbers:
            return now
        later = person.since[numbers.index(number) + 1 :]
        others = [event for event in person.since if event.who != number]
        if person.brought_by in self.undone and not any(event.vouches for event in others):
            return None
        if before is None or after is None or before.id != now.id:
            return now
        return taken_back(before, after, now, decided=any(event.decides for event in later))

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
        if identity and self.records[identity] > records.get(identity, 0):
            self.people[key].since.append(event)
        else:
            assert key not in after or after[key] == before.get(key)
        return after

    def read(self) -> dict[str, Subscriber]:
        """Read the list anew, with the links that were sent, and hold that no id has come back."""
        self.list = self.moving.everyone()
        with self.store.reading() as transaction:
            self.records = {one.id: len(consents.of(transaction, one.id)) for one in self.list.values()}
            sent = transaction.execute(select(notices.c.consent, notices.c.subscriber, notices.c.queued_at)).all()
        for key, one in self.list.items():
            assert self.holders.setdefault(one.id, key) == key
        for record, identity, at in sent:
            self.requests.setdefault(record, Request(self.holders[identity], identity, at))
        return self.list


def refusal(expected: bool) -> AbstractContextManager[object]:
    return pytest.raises(ConsentError) if expected else nullcontext()


def hold(addresses: Callable[[], Address], folder: Path, *, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        lambda: Audience(lambda: Store(addresses()), folder),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_laws_hold_on_sqlite(sqlite_addresses: Callable[[], Path], tmp_path: Path) -> None:
    hold(sqlite_addresses, tmp_path, examples=40, steps=30)


def test_the_laws_hold_on_postgresql(postgresql_addresses: Callable[[], str], tmp_path: Path) -> None:
    hold(postgresql_addresses, tmp_path, examples=8, steps=30)


@pytest.mark.proof
def test_the_laws_hold_for_long(addresses: Callable[[], Address], tmp_path: Path) -> None:
    hold(addresses, tmp_path, examples=500 if isinstance(addresses(), Path) else 60, steps=60)
