"""The workers: whether anybody takes what is to be sent, and who waits or was lost."""

from newsletter.config import Config
from newsletter.doctor.asking import Question, not_asked
from newsletter.doctor.diagnosis import Diagnosis, good, wrong
from newsletter.doctor.surroundings import Surroundings
from newsletter.errors import StoreError
from newsletter.store import runs
from newsletter.store.database import Store
from newsletter.worker import who

_WORKERS = "Who works"
_START = "Start one, and have the machine start it by itself: newsletter worker"
_APART = "Only a `newsletter send` that stays takes its run further meanwhile. "
"""On PostgreSQL it holds no lock, and is in no roll: it is seen only while it has a request under way."""


def question(config: Config, around: Surroundings) -> Question:
    """Whether somebody takes work, where there is some, and whether all are well."""
    return Question(group="workers", what=_WORKERS, answer=lambda: _workers(config, around), near=True)


def _workers(config: Config, around: Surroundings) -> Diagnosis:
    try:
        with around.store(config) as store:
            if store.file is None and not around.online:
                return not_asked("workers", _WORKERS)
            return _of(store) if store.revision() else good("workers", "There is nothing to work on yet.")
    except StoreError:
        remedy = "First see to the list of readers, above."
        return wrong("workers", "unknown", "Who works cannot be told without the list of readers.", remedy)


def _of(store: Store) -> Diagnosis:
    found = who.look(store)
    with store.reading() as transaction:
        going = runs.going(transaction)
    at_work = [one for one in found if one.works]
    nobody, apart = ("Nobody is at work", "") if store.file else ("No worker lives", _APART)
    for one in found:
        if one.waits and not one.lost:
            remedy = "Until that is mended it lives and takes nothing."
            return _wrong(f"The worker on {one.machine} (process {one.pid}) takes no work. {one.waits}", remedy)
    if going and not at_work:
        run = going[0]
        return _wrong(f"{nobody}, and run {run.id} of {run.issue} is {run.state}.", f"{apart}{_START}")
    again = {one.machine for one in found if not one.lost}
    for one in found:
        if one.lost and one.machine not in again:
            sentence = f"The worker on {one.machine}, process {one.pid}, was last heard of at {one.seen:%H:%M} UTC."
            return _wrong(sentence, "Look why it ended; others do its work, and after a day it is told of no more.")
    if not at_work:
        return good("workers", f"{nobody}, and no run waits for it.")
    each = ", ".join(f"`newsletter {one.command}` on {one.machine}, process {one.pid}" for one in at_work)
    return good("workers", f"At work: {each}.")


def _wrong(sentence: str, remedy: str) -> Diagnosis:
    return wrong("workers", "warning", sentence, remedy)
