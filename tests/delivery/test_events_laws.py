"""In whatever order calls come, and however often: what follows from them is the same in the end."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

from databases import Address, empty
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from told_off import AT, LATER, NAMES, Scene

from newsletter.model.ledger import Event
from newsletter.store.database import Store

DAY = timedelta(days=1)
KINDS = (
    "accepted",
    "delivered",
    "deferred",
    "bounced",
    "gone",
    "complained",
    "unsubscribed",
    "clicked",
    "failed",
    "other",
)
STATES = dict(zip(NAMES, ("in doubt", "accepted", "waiting", "in doubt"), strict=True))

Telling = tuple[int, str, str, int]
"""Of which run (3: of none), of whom, what, and after how many days."""

TELLINGS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(NAMES), st.sampled_from(KINDS), st.integers(0, 20)),
    min_size=1,
    max_size=12,
    unique=True,
)


def end_of(scene: Scene, calls: Sequence[Sequence[Telling]]) -> object:
    """What there is after calls came and were applied, those of each turn together."""
    scene.subscribed(*NAMES)
    runs = [scene.sent(STATES, issue=f"issue-{number}") for number in range(3)]  # type: ignore[arg-type]
    for turn in calls:
        for number, name, what, day in turn:
            kind = "bounced" if what == "gone" else what
            run = None if number == 3 else runs[number]
            at = AT + timedelta(days=day)
            told = scene.event(run, name, kind, at=at, permanent=what == "gone")
            scene.calls(told, key=f"{number} {name} {what} {day}")
        scene.apply(at=LATER + 30 * DAY, stop_at=0.1)
    return (
        [scene.status(name) for name in NAMES],
        [Counter(record.what for record in scene.records(name)) for name in NAMES],
        # Of who waits, what is told first is the alarm, and with a click nothing else is kept of it.
        [
            Counter((one.kind, one.at, one.run) for one in scene.events(name) if one.kind != "accepted")
            for name in NAMES
        ],
        [{one.run for one in scene.events(name) if one.alarm} for name in NAMES],
        [(scene.delivery(run, name).state) for run in runs for name in NAMES],
        [(scene.run(run).state, scene.run(run).why) for run in runs],
    )


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(tellings=TELLINGS, data=st.data())
def test_any_order_and_any_repetition_of_calls_comes_to_the_same_end(
    store: Store, addresses: Callable[[], Address], tellings: list[Telling], data: st.DataObject
) -> None:
    repeated = data.draw(st.lists(st.sampled_from(tellings), max_size=4))
    shuffled = data.draw(st.permutations([*tellings, *repeated]))
    cut = data.draw(st.integers(0, len(shuffled)))
    empty(store, addresses)
    in_order = end_of(Scene(store), [sorted(tellings, key=lambda telling: telling[3])])
    empty(store, addresses)
    assert end_of(Scene(store), [shuffled[:cut], shuffled[cut:]]) == in_order


def test_a_call_about_several_mails_is_applied_as_a_whole(store: Store) -> None:
    scene = Scene(store).subscribed(*NAMES)
    run = scene.sent(STATES)  # type: ignore[arg-type]
    told: list[Event] = [scene.event(run, name, "complained") for name in NAMES]
    scene.calls(*told)
    assert scene.apply() == 1
    assert {scene.status(name) for name in NAMES} == {("suppressed", "complained")}
