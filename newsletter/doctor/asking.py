"""What has to be asked for, all at once: the answers may be slow, or never come."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from threading import Thread

from newsletter.doctor.diagnosis import Diagnosis, Group, wrong
from newsletter.doctor.surroundings import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something to ask: ``what`` begins a sentence, ``answer`` waits for it; ``near``: it needs no connection."""

    group: Group
    what: str
    answer: Callable[[], Diagnosis]
    near: bool = False


def ask(questions: Sequence[Question], around: Surroundings) -> Iterator[Diagnosis]:
    """Answer each question, in their order; offline, those that need no connection."""
    if around.online:
        yield from _at_once(questions, around.patience)
    else:
        yield from (
            question.answer() if question.near else not_asked(question.group, question.what) for question in questions
        )


def not_asked(group: Group, what: str) -> Diagnosis:
    """This was left alone, since nothing may be asked of the network."""
    return wrong(group, "unknown", f"{what} was not tried.", "Leave out --offline.")


def _at_once(questions: Sequence[Question], patience: float) -> Iterator[Diagnosis]:
    """Ask beside each other; of one that outlasts ``patience`` nothing is known, and it ends with the program.

    So its threads are daemons, which those of an executor are not.
    """
    answers = [_begin(question) for question in questions]
    wait(answers, timeout=patience)
    for question, answer in zip(questions, answers, strict=True):
        if answer.done():
            yield answer.result()
        else:
            sentence = f"{question.what} has not answered within {patience:g} seconds."
            yield wrong(question.group, "unknown", sentence, "Check the address and the connection, and try again.")


def _begin(question: Question) -> Future[Diagnosis]:
    answer: Future[Diagnosis] = Future()

    def run() -> None:
        try:
            answer.set_result(question.answer())
        except BaseException as bug:  # of which the traceback belongs to whoever asks for the result
            answer.set_exception(bug)

    Thread(target=run, daemon=True).start()
    return answer
