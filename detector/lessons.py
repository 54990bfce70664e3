"""When a namespace's next model is due, what it is to learn from, and why.

All of it follows event time, the counts, the incidents told and what people said: so it comes out the same after a
restart, and in however many pieces lines are read. All times are microseconds UTC, on the grid of windows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from detector.drift import BLOCKS, block_of, scores_drifted
from detector.findings import Anomaly, Cause, Drift, Feedback, Incident, ModelCard
from detector.history import History, Stretch
from detector.incidents import tell
from detector.models.ensemble import CONTEXT
from detector.rarity import to_probability
from detector.renewal import (
    ends,
    gone_by,
    is_normal_after_all,
    is_outspoken,
    is_silent,
    kept_quiet,
    left_out,
    like_the_expected,
    may_learn_drift,
    quiet_by,
)
from detector.schedule import Schedule
from detector.telling import Telling
from detector.trained import Lesson, Trained
from detector.vectors import to_matrix

_LOOK = 3_600_000_000
"""Time after which it is asked again whether a model is due before its time."""

Told = Callable[[int, int], Sequence[Anomaly]]
"""Finds the anomalies from one time up to another that make incidents, oldest first."""


@dataclass(frozen=True, slots=True)
class Lessons:
    """Of one namespace."""

    schedule: Schedule
    history: History
    trained: Trained
    telling: Telling
    gap: int
    """Time without an anomalous window that ends an incident."""

    @property
    def look(self) -> int:
        """An hour, in whole windows."""
        return -(-_LOOK // self.schedule.span) * self.schedule.span

    @property
    def newest(self) -> int:
        """Length of the newest time that is compared with what was learned."""
        return BLOCKS * block_of(self.schedule.span)

    def next_look(self, now: int, first: int, last_line: int, coming: int, feedback: Sequence[Feedback]) -> int:
        """The next time after `now` at which a model may be due.

        `first`, `last_line` and `coming` are the starts of the first, the newest and the next window with a line.
        """
        span, card, planned = self.schedule.span, self.trained.newest, self._planned(first)
        if self._is_silent(now, last_line):
            return coming + span
        if card is None:
            return max(planned, now + span)
        early = now + self.look - (now - card.trained_until) % self.look
        ending = min((now + -(-(end - now) // span) * span for end in ends(card, feedback)), default=early)
        return max(min(planned, early, ending), now + span)

    def due(self, now: int, first: int, last_line: int, feedback: Sequence[Feedback]) -> Lesson | None:
        """The lesson that is due, if one is; `last_line` is the start of the newest window with a line.

        While a namespace is silent, nothing is learned; nor while people have chosen what is to score it.
        """
        if self.trained.pinned(now) or self._is_silent(now, last_line):
            return None
        card, planned = self.trained.newest, now >= self._planned(first)
        if card is None:
            return self.lesson(now, first, feedback, self._cause()) if planned else None
        if not planned and (now - card.trained_until) % self.look:
            return self.lesson(now, first, feedback, Cause.FEEDBACK) if is_outspoken(card, (), feedback, now) else None
        if drift := self._drift(card, now):
            return self.lesson(now, first, feedback, Cause.DRIFT, drift)
        if planned:
            return self.lesson(now, first, feedback, Cause.SCHEDULE)
        since = max(self._begin(first), now - self.schedule.train_span)
        if is_outspoken(card, gone_by(self.telling.told, feedback, since, now), feedback, now):
            return self.lesson(now, first, feedback, Cause.FEEDBACK)
        if card.left_out and is_normal_after_all(card.left_out, self.left_out(card, feedback, now)):
            return self.lesson(now, first, feedback, Cause.SETTLED, self._drifted_series(now, since_learned=False))
        return None

    def lesson(
        self, now: int, first: int, feedback: Sequence[Feedback], cause: Cause, drift: tuple[Drift, ...] = ()
    ) -> Lesson:
        """The newest history, less what was found to be no normal time; after a drift what came since it.

        A model of both, of what was and what is, expects neither: it took what is for odd again and again.
        """
        begin = max(self._begin(first), now - self.newest) if drift else self._begin(first)
        since = max(begin, now - self.schedule.train_span)
        told = self._told(since, now, feedback)
        words = {*gone_by(told, feedback, since, now), *quiet_by(self.telling.quiet, feedback, since, now)}
        out = left_out(told, feedback, (since, now), self.gap, now)
        return Lesson(since, now, cause, drift, tuple(sorted(words)), out)

    def _is_silent(self, now: int, last_line: int) -> bool:
        """Whether nothing was logged for an hour; where the newest line isn't known, that isn't either."""
        return 0 < last_line < now - self.look

    def _planned(self, first: int) -> int:
        card = self.trained.newest
        until = card.trained_until if card else None
        planned = self.schedule.next_training(self._begin(first), until, self.trained.share)
        return planned if card else max(planned, self.trained.not_before)

    def _begin(self, first: int) -> int:
        """Since when the namespace is as it is now: its first window, or what was compared when it drifted last."""
        return max([first, *(card.trained_from for card in self.trained.cards if card.drift)])

    def _cause(self) -> Cause:
        """Of the next model where there is none that can be used."""
        if self.trained.outdated:
            return Cause.METHOD
        return Cause.SCHEDULE if self.trained.cards else Cause.FIRST

    def left_out(
        self, card: ModelCard, feedback: Sequence[Feedback], now: int | None = None, told: Told | None = None
    ) -> tuple[Stretch, ...]:
        """What a model should leave out by what is known now; or, as it was made, by what was `told` until then."""
        time = card.trained_from, card.trained_until
        then = card.trained_until if now is None else now
        return left_out(self._told(card.trained_from, then, feedback, told), feedback, time, self.gap, then)

    def _told(self, since: int, then: int, feedback: Sequence[Feedback], told: Told | None = None) -> list[Incident]:
        """The incidents, as they were then, that matter to a model that learns from `since`; also those kept quiet.

        One that is told by silence ends with the next line, also where it had become usual.
        """
        incidents = [
            *(self._as_of(one, then, told) for one in self.telling.told if one.start < then),
            *kept_quiet(self.telling.quiet, feedback, then, self.gap),
            *self._like_the_expected(since, then, feedback),
        ]
        return [
            replace(one, end=max(one.end, self._next_line(one.end, then)))
            # A longer silence is learned nowhere.
            if is_silent(one) and one.end > since - self.schedule.alive
            else one
            for one in incidents
            if one.end > then - self.schedule.history
        ]

    def _like_the_expected(self, since: int, then: int, feedback: Sequence[Feedback]) -> list[Incident]:
        windows = self.history.between(since, then) if feedback else []
        return like_the_expected(windows, self.history.columns, feedback, (since, then), self.gap, self.schedule.span)

    def _as_of(self, incident: Incident, then: int, told: Told | None) -> Incident:
        if told is None or incident.end <= then:
            return incident
        until_then = [one for one in told(incident.start, then) if one.incident == incident.id]
        return next(iter(tell(until_then, then, self.gap)[1]), incident)

    def _next_line(self, after: int, then: int) -> int:
        line = self.history.next_line(after)
        return then if line is None else line

    def _drift(self, card: ModelCard, now: int) -> tuple[Drift, ...]:
        """What has drifted since the model learned, where all that is compared came after it."""
        if now - card.trained_until < self.newest or not may_learn_drift(self.telling.open, now):
            return ()
        series = self._drifted_series(now, since_learned=True)
        if series or (now - card.trained_until) % self.newest:
            return series
        score = self._scores_drifted(now)
        return (score,) if score else ()

    def _drifted_series(self, now: int, *, since_learned: bool) -> tuple[Drift, ...]:
        learned = self.trained.learned(now)
        if learned is None or not learned.whole_day:
            return ()
        since = now - self.newest
        windows = self.history.between(since, now)
        newest = to_matrix(windows, self.history.columns, since, now, self.schedule.span)
        return learned.drifted(newest, since_learned=since_learned)

    def _scores_drifted(self, now: int) -> Drift | None:
        model, since, span = self.trained.model(), now - self.newest, self.schedule.span
        if model is None or not (learned := self.trained.learned(now)) or not learned.whole_day:
            return None
        begin = since - CONTEXT * span
        matrix = to_matrix(self.history.between(begin, now), self.history.columns, begin, now, span)
        return scores_drifted(to_probability(model.score(matrix, CONTEXT).score, span), span)
