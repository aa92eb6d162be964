"""Four workers, each a process of its own: a rate holds for all together, and each has his share of it."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pressed
from proof_stage import Stage
from sqlalchemy import select

from newsletter.store import schema

READERS, RATE = 120, 20
SECOND = timedelta(seconds=1)


def test_four_workers_keep_to_one_rate_and_share_it(stage_on: Callable[..., Stage]) -> None:
    stage = stage_on("postgresql", "plain", works_as="worker", speed=1, connections=1)
    toml = stage.folder / "newsletter.toml"
    toml.write_text(toml.read_text("utf-8").replace("[send]", f'[send]\nrate = "{RATE}/s"'), "utf-8")
    pressed.put_readers(stage.store, READERS)
    workers = [stage.start(batch=1) for _ in range(4)]
    stage.until(lambda: living(stage) == len(workers))
    stage.presses()
    stage.finish(*workers)
    assert stage.close(may_doubt=False)["accepted"] == READERS
    with stage.store.reading() as transaction:
        requests = transaction.execute(select(schema.attempts.c.worker, schema.attempts.c.opened_at)).all()
    moments = sorted(opened for _, opened in requests)
    assert max(sum(one <= other < one + SECOND for other in moments) for one in moments) <= RATE * 1.3
    assert moments[-1] - moments[0] >= SECOND * (READERS / RATE - 1.5)
    shares = Counter(int(worker.split(":")[1]) for worker, _ in requests)
    assert sorted(shares) == sorted(workers)
    assert min(shares.values()) >= READERS / len(workers) / 3


def living(stage: Stage) -> int:
    with stage.store.reading() as transaction:
        return len(transaction.execute(select(schema.workers.c.id)).all())
