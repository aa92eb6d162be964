"""Four workers, each a process of its own: a rate holds for all together, and each has his share of it."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pressed
from proof_stage import Stage
from sqlalchemy import select

from newsletter.store import schema

READERS, RATE = 120, 20
SECOND = timedelta(seconds=1)
ISSUES = 8
"""So many are sent at most until all have had a share of one: on a busy machine one of them may come late to it."""


def test_four_workers_keep_to_one_rate_and_share_it(stage_on: Callable[..., Stage]) -> None:
    stage = stage_on("postgresql", "plain", works_as="worker", speed=1, connections=1)
    toml = stage.folder / "newsletter.toml"
    toml.write_text(toml.read_text("utf-8").replace("[send]", f'[send]\nrate = "{RATE}/s"'), "utf-8")
    pressed.put_readers(stage.store, READERS)
    workers = [stage.start(batch=1) for _ in range(4)]
    stage.until(lambda: living(stage) == len(workers))
    runs = [stage.presses(f"nummer-{number}") for number in sent_until(stage, lambda: shared(stage, workers))]
    stage.finish(*workers)
    assert stage.close(may_doubt=False)["accepted"] == READERS * len(runs)
    assert shared(stage, workers)
    moments = sorted(opened for _, _, opened in requests(stage))
    assert max(sum(one <= other < one + SECOND for other in moments) for one in moments) <= RATE * 1.3
    for run in runs:
        own = sorted(opened for of, _, opened in requests(stage) if of == run)
        assert own[-1] - own[0] >= SECOND * (READERS / RATE - 1.5)


def sent_until(stage: Stage, enough: Callable[[], bool]) -> Iterator[int]:
    """The numbers of issues, each once the one before is sent, until it is enough."""
    for number in range(1, ISSUES + 1):
        yield number
        stage.until(stage.is_over)
        if enough():
            return


def requests(stage: Stage) -> list[tuple[int, int, datetime]]:
    """Of each the run, the worker who made it, and when."""
    columns = schema.attempts.c.run, schema.attempts.c.worker, schema.attempts.c.opened_at
    with stage.store.reading() as transaction:
        return [(run, int(worker.split(":")[1]), at) for run, worker, at in transaction.execute(select(*columns))]


def shared(stage: Stage, workers: list[int]) -> bool:
    """Whether each has had his share of some run: a third of what would be fair, or more."""
    shares = Counter((run, worker) for run, worker, _ in requests(stage))
    fair = READERS / len(workers)
    return any(all(shares[run, worker] >= fair / 3 for worker in workers) for run, _ in shares)


def living(stage: Stage) -> int:
    with stage.store.reading() as transaction:
        return len(transaction.execute(select(schema.workers.c.id)).all())
