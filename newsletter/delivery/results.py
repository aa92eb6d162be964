"""Writes down what came back from the provider, where it is still the last word; nothing here makes a request."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from newsletter.audience import consent
from newsletter.audience.occasion import Occasion
from newsletter.config import Config
from newsletter.delivery.allowance import Allowance
from newsletter.delivery.course import Courses
from newsletter.delivery.senders import Answered, Request, TakenBack
from newsletter.delivery.verdicts import Judgement, judge
from newsletter.errors import ProviderError
from newsletter.model.ledger import Delivery, DeliveryState, Pause, Run
from newsletter.store import attempts, deliveries, subscribers
from newsletter.store.attempts import End, Share
from newsletter.store.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A request, and what its answer means."""

    request: Request
    judgement: Judgement

    @property
    def run(self) -> int:
        """The number of its run."""
        return self.request.run.id

    @property
    def number(self) -> int:
        """The number of its attempt."""
        return self.request.attempt

    def share(self, *, whole: bool) -> Share:
        """What became of its readers; of those only who has his answer for good, when it is not ``whole``."""
        those = [one for one in self.judgement.readers if whole or one.state in {"accepted", "refused"}]
        return (self.run, self.number, those)

    @property
    def bounced(self) -> Iterable[tuple[Delivery, str]]:
        """The readers whose address does not exist, each with the provider's code."""
        codes = dict(self.judgement.bounced)
        return ((one, codes[one.seq]) for one in self.request.readers if one.seq in codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Of how many readers a result was news, by their state now; and why the run had better pause, if it had."""

    became: Counter[DeliveryState]
    why: Pause | None = None
    sentence: str = ""


class Results:
    """The results of one process's requests; ``worker`` names it, ``chance`` draws from 0 to below 1."""

    def __init__(
        self, config: Config, courses: Courses, allowance: Allowance, *, worker: str, chance: Callable[[], float]
    ) -> None:
        self._config, self._courses, self._allowance = config, courses, allowance
        self._worker, self._chance = worker, chance
        self._in_a_row = 0

    def judge(self, answers: Sequence[Answered], at: datetime) -> list[Judged]:
        """Say what answers mean that came in together; each is judged once.

        All that failed at the same time failed for one reason, and count as one failure in a row.
        """
        made = [one.answer for one in answers if not isinstance(one.answer, TakenBack)]
        went = any(not isinstance(answer, ProviderError) for answer in made)
        if made:
            self._in_a_row = 0 if went else self._in_a_row + 1
        return [self._judge(one, at) for one in answers]

    def _judge(self, answered: Answered, at: datetime) -> Judged:
        readers = answered.request.readers
        judgement = judge(readers, answered.answer, at=at, failures=max(self._in_a_row, 1), chance=self._chance())
        return Judged(request=answered.request, judgement=judgement)

    def hold(self, transaction: Transaction, judged: Sequence[Judged]) -> None:
        """Keep others from changing the readers whose address does not exist.

        It comes before anything is written: whoever erases holds readers before rows of the ledger, and so neither
        waits for the other.
        """
        for identity in sorted({reader.subscriber for one in judged for reader, _ in one.bounced}):
            subscribers.get(transaction, identity, to_change=True)

    def write(
        self, transaction: Transaction, judged: Sequence[Judged], known: Mapping[int, Run], at: datetime
    ) -> list[Written]:
        """Write down what answers to new requests mean for their readers and for those after them; one each.

        ``known`` are the runs, by their numbers. What is another's by now is not said to be unsent (see `learn`).
        """
        ends = [End(number=one.number, state=one.judgement.state, note=one.judgement.note) for one in judged]
        ours = attempts.end_all(transaction, ends, worker=self._worker, at=at)
        shares = [one.share(whole=one.number in ours) for one in judged]
        news = self._become(transaction, judged, shares, at)
        for one in judged:
            if one.number not in ours:
                self._close(transaction, one, at)
            elif one.judgement.state == "unsent":
                self._allowance.give_back(transaction, len(one.request.readers), one.request.opened_at)
        return [
            self._mind(transaction, known[one.run], one, Counter(now), at)
            for one, now in zip(judged, news, strict=True)
        ]

    def learn(self, transaction: Transaction, judged: Judged, run: Run, at: datetime) -> None:
        """Write down what an answer says of the readers of a request that is in doubt.

        That a reader was mailed or is refused is true whoever learns it; that a request failed tells nothing of another
        one for the same readers.
        """
        self._become(transaction, [judged], [judged.share(whole=False)], at)
        self._close(transaction, judged, at)
        self._rest(transaction, judged, run, at)

    def _become(
        self, transaction: Transaction, judged: Sequence[Judged], shares: Sequence[Share], at: datetime
    ) -> list[list[DeliveryState]]:
        """Write what became of readers; return the states of those of whom it was news, for each answer."""
        written = attempts.become_all(transaction, shares, at=at)
        for one in judged:
            for reader, code in one.bounced:
                if (one.run, reader.seq) in written:
                    self._suppress(transaction, reader, code, at)
        return [[one.state for one in those if (run, one.seq) in written] for run, _, those in shares]

    def _close(self, transaction: Transaction, judged: Judged, at: datetime) -> None:
        if attempt := attempts.get(transaction, judged.number):
            attempts.close(transaction, attempt, at=at)

    def _mind(
        self, transaction: Transaction, run: Run, judged: Judged, news: Counter[DeliveryState], at: datetime
    ) -> Written:
        """See to what an answer means for more than its own readers."""
        self._rest(transaction, judged, run, at)
        if run.state in {"cancelled", "expired"}:
            deliveries.skip_waiting(transaction, run.id, run.state)
        why, sentence = self._trouble(transaction, run, judged)
        return Written(became=news, why=why, sentence=sentence)

    def _rest(self, transaction: Transaction, judged: Judged, run: Run, at: datetime) -> None:
        if judged.judgement.rest:
            self._allowance.rest(transaction, run, until=at + judged.judgement.rest)

    def _trouble(self, transaction: Transaction, run: Run, judged: Judged) -> tuple[Pause | None, str]:
        """Remember how the run goes; return why it should not go on, if so."""
        course, judgement = self._courses.of(transaction, run), judged.judgement
        if judgement.halve:
            course.halve(judged.request.readers)
        elif judgement.state == "answered":
            course.forget(judged.request.readers)
            course.window.add(judgement.readers)
        if judgement.pauses:
            return "provider", judgement.pauses
        refused = any(one.state == "refused" for one in judgement.readers)
        if refused and (trouble := course.window.trouble()):
            return "refused", trouble
        return None, ""

    def begin_anew(self, run: int) -> None:
        """Judge a run by what comes from now on: it was paused for what came before."""
        self._courses.begin_anew(run)

    def _suppress(self, transaction: Transaction, reader: Delivery, code: str, at: datetime) -> None:
        """A hard bounce, unless the address is not his any more."""
        known = subscribers.get(transaction, reader.subscriber)
        if known and known.subscriber.address == reader.address:
            zone = self._config.newsletter.time_zone
            consent.bounce(transaction, reader.subscriber, Occasion(at=at, zone=zone, source="bounce", note=code))
