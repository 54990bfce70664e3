"""One namespace through time: it learns, is trained, is scored, and its anomalies become incidents.

Everything here follows event time and the counts alone, so that the same lines give the same findings whenever and in
however many pieces they are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from detector.beginning import Evidence
from detector.counting import columns_of
from detector.findings import (
    Anomaly,
    Cause,
    Change,
    Feedback,
    Incident,
    ModelCard,
    ModelChoice,
    NamespaceStatus,
)
from detector.history import History
from detector.judging import Judge
from detector.lessons import Lessons, Told
from detector.meter import UNMEASURED, Meter, Step
from detector.periods import Period
from detector.rarity import score_of_budget
from detector.schedule import Schedule
from detector.scoring import RECENT, Lines, Recent
from detector.settings import DetectionSettings
from detector.sparse import Vectors
from detector.standing import Standing
from detector.telling import Findings as Findings
from detector.telling import Telling
from detector.trained import Counts, Lesson, Shelf, Trained
from detector.vectors import WindowCounts
from parsers.engine import Template

CHANGE_REACH = RECENT
"""Microseconds for which a change is remembered as what may have led to an anomaly."""


class NamespaceState:
    """What is known of a namespace while the program runs. All times are microseconds UTC."""

    def __init__(
        self,
        name: str,
        settings: DetectionSettings,
        shelf: Shelf = lambda: None,
        meter: Meter = UNMEASURED,
    ) -> None:
        """`shelf` finds the model that was kept of it, so that it needn't be made again."""
        self.name, self._meter = name, meter
        self._settings = settings
        self.schedule = Schedule.of(settings)
        self._span = self.schedule.span
        self.gap = settings.incident_gap * self._span
        """Time without an anomalous window that ends an incident."""
        self.threshold = score_of_budget(settings.alert_budget, self._span)
        """The score from which on an anomalous window makes an incident."""
        self._judge = Judge(name, settings.keep_score, self.threshold)
        self.history = History(self._span)
        self.trained = Trained(name, settings, self.history, shelf, meter)
        self.telling = Telling(self.threshold, self.gap)
        self._lessons = Lessons(self.schedule, self.history, self.trained, self.telling, self.gap)
        self._standing = Standing(name, self.schedule)
        self._recent = Recent()
        self._changes: tuple[Change, ...] = ()
        """Those that may still have led to something."""

    @property
    def first_window(self) -> int | None:
        """Start of the first window with a line."""
        return self._standing.first

    def restore(
        self,
        history: Vectors | Iterable[WindowCounts],
        templates: Mapping[str, Template],
        status: NamespaceStatus,
        until: int,
        models: Sequence[ModelCard] = (),
        changes: Sequence[Change] = (),
        choices: Sequence[ModelChoice] = (),
        incidents: Iterable[Incident] = (),
        quiet: Iterable[Anomaly] = (),
    ) -> None:
        """Go on from what an earlier run stored; the model is made again from the counts that it was made of.

        `history` reaches back as far as the schedule says, and as what the model was made of; `models` are all that
        there ever were, `choices` all that were made of them. Where the counts of the newest are gone by now, as after
        a month of silence, the namespace learns anew. One that is retired rests. `changes` are those of the last
        `CHANGE_REACH`, `incidents` those of the time of `schedule.memory`, and `quiet` the anomalies of it that
        feedback kept quiet.
        """
        if isinstance(history, Vectors):
            self.history.load(history, templates)
        else:
            for window in history:
                self.history.add(window, templates)
        resting = self._is_retired(until)
        oldest = until - self.schedule.history
        self.history.whole_since = min(oldest, status.model.trained_from) if status.model and not resting else oldest
        self._standing.restore(status, until)
        self._changes = tuple(changes)
        self.telling.resume(incidents, quiet)
        self.trained.restore(status.model, models, choices, resting=resting)
        self.history.forget(oldest)

    @property
    def judged_until(self) -> int:
        """Every window that starts before this was taken in; 0 where none was."""
        return self._standing.until

    @property
    def resting(self) -> bool:
        """Whether the model was let go of, because the namespace is retired; before its next line it has to `wake`."""
        return self.trained.resting

    def wake(self, counts: Counts, templates: Mapping[str, Template]) -> None:
        """Have the model made again from what the store knows: `counts` gives those of any time."""
        self.trained.wake(counts, partial(columns_of, templates=templates))

    def choose(self, choices: Sequence[ModelChoice], counts: Counts, templates: Mapping[str, Template]) -> None:
        """Go by people's choices of models, all that were ever made, from the windows on that begin at their time.

        `counts` gives those of any time: what an earlier model was made of may not be at hand any more.
        """
        self.trained.choose(choices, counts, partial(columns_of, templates=templates))

    def retell(
        self, retold: Sequence[str], told: Sequence[Incident], feedback: Sequence[Feedback], anomalies: Told
    ) -> list[ModelCard]:
        """Put `told` in the place of the incidents of these ids: their windows were judged again.

        Returned are the cards of models that leave out other times now; what they score has to be judged once more.
        `anomalies` finds those that make incidents.
        """
        self.telling.retell(retold, told)
        return self.trained.leave_out(partial(self._lessons.left_out, feedback=feedback, told=anomalies))

    def note(self, changes: Sequence[Change]) -> None:
        """Take in what was changed in the namespace."""
        self._changes = (*self._changes, *changes)

    def learn(self, windows: Sequence[WindowCounts], templates: Mapping[str, Template], until: int) -> None:
        """Take in the counts of closed windows without scoring them."""
        for window in windows:
            self.history.add(window, templates)
        self._standing.saw(windows)
        self._standing.until = until

    def add_late(self, windows: Sequence[WindowCounts], templates: Mapping[str, Template]) -> None:
        """Add counts of late lines to the history; their windows are not scored again."""
        if windows:
            self._recent.forget()
        for window in self._standing.saw_late(windows):
            self.history.add(window, templates)
            self.trained.changed(window.window)

    def ruled(self, found: Sequence[Anomaly], evidence: Evidence, begin: int, end: int) -> list[Anomaly]:
        """Anomalies of closed windows with what rules tell beside them; not told as incidents yet."""
        judged = self._judge.ruled(found, evidence, begin, end, self._span)
        return [self.telling.heard(one, evidence.feedback) for one in judged]

    def replace(
        self,
        before: Sequence[WindowCounts],
        after: Sequence[WindowCounts],
        templates: Mapping[str, Template],
        closed_until: int,
    ) -> None:
        """Put counts of closed windows, `after`, in the place of those that were known of them, `before`."""
        self._recent.forget()
        self.history.replace(after, templates)
        self._standing.recounted(before, after, closed_until)
        for window in after:
            self.trained.changed(window.window)

    def periods(self, counts: Counts, templates: Mapping[str, Template], begin: int, end: int) -> list[Period]:
        """By which models a time can be judged; `counts` as below."""
        return self.trained.able(begin, end, counts, partial(columns_of, templates=templates))

    def score_again(
        self,
        counts: Counts,
        since: int,
        parts: Sequence[Period],
        templates: Mapping[str, Template],
        lines: Lines,
        changes: Sequence[Change] = (),
        feedback: Sequence[Feedback] = (),
    ) -> list[Anomaly]:
        """Score closed windows again whose counts, or the counts before them, have changed; not told as incidents yet.

        `counts` gives those of any time, which may be longer ago than what is at hand; from `since` on they matter to
        the windows in `parts`.
        """
        anomalies: list[Anomaly] = []
        for begin, end, card in parts:
            history = counts(since, end)
            columns = columns_of(history, templates)
            evidence = Evidence(history, columns, templates, lines, changes, feedback)
            if card is None:
                known = counts(self.first_window or begin, end)
                evidence = replace(evidence, history=known, columns=columns_of(known, templates))
                found = self._judge.without_model(evidence, begin, end, self._span)
                anomalies += [self.telling.heard(one, feedback) for one in found]
                continue
            model = self.trained.of(card, counts, partial(columns_of, templates=templates))
            if model is None or self.first_window is None:
                found = self._judge.without_model(evidence, begin, end, self._span, learning=False)
                anomalies += [self.telling.heard(one, feedback) for one in found]
                continue
            judged = self._judge.judge(model, card, self.first_window, evidence, begin, end)
            anomalies += [self.telling.heard(one, feedback) for one in judged.anomalies]
            if end == self._standing.until:
                self._standing.score = judged.scores[-1]
        return anomalies

    def train(self, since: int, until: int) -> ModelCard:
        """Fit a model on the windows from `since` up to but not with `until`.

        Raises `ValueError` with a sentence where there are too few of them.
        """
        return self.trained.train(Lesson(since, until))

    def advance(
        self,
        windows: Sequence[WindowCounts],
        templates: Mapping[str, Template],
        until: int,
        lines: Lines,
        changes: Sequence[Change] = (),
        feedback: Sequence[Feedback] = (),
    ) -> Findings:
        """Take in the windows that were just closed, up to `until`; score them, training whenever it is due.

        `changes` are those that these windows show, `feedback` all that was ever said of the namespace.
        """
        self.note(changes)
        if self.resting and not windows and self.telling.open is None and self.trained.cards:
            return self._rest(until)
        begin = self._standing.until or min((window.window for window in windows), default=until)
        findings = Findings()
        is_turn = self.trained.outdated and begin >= self.trained.not_before
        if is_turn and self.first_window is not None and not self._is_retired(begin):
            self._train(self._lessons.lesson(begin, self.first_window, feedback, Cause.METHOD), findings)
        while begin < until:
            coming = [window.window for window in windows if window.window >= begin]
            end = self._end_of_part(begin, until, coming, feedback)
            self.trained.turn(begin)
            self.learn([window for window in windows if begin <= window.window < end], templates, end)
            findings.add(self._scored(begin, end, templates, lines, feedback))
            if not self._is_retired(end) and self.first_window is not None:
                self._train(self._lessons.due(end, self.first_window, self._standing.last_line, feedback), findings)
            begin = end
        self._standing.until = until
        self._forget(until)
        return findings

    def _rest(self, until: int) -> Findings:
        """Go on without a line, as most namespaces of a long day do that were once there: nothing can come of it."""
        self.trained.turn(self._standing.until)
        self._standing.until = until
        self._forget(until)
        return Findings()

    def _end_of_part(self, begin: int, until: int, coming: Sequence[int], feedback: Sequence[Feedback]) -> int:
        """How far the namespace can go without training, or another model, or being given up.

        `coming` are the starts of the windows with a line from `begin` on.
        """
        if self._is_retired(begin) and begin not in coming:
            return min(coming, default=until)
        first = self.first_window if self.first_window is not None else min(coming, default=begin)
        look = self._lessons.next_look(begin, first, self._standing.last_line, min(coming, default=until), feedback)
        return min(until, begin + self.schedule.alive, look, self.trained.next_choice(begin, until))

    def _train(self, lesson: Lesson | None, findings: Findings) -> None:
        if lesson is not None:
            with suppress(ValueError):  # too few windows yet: it is due again with the next one
                findings.models.append(self.trained.train(lesson))

    def _forget(self, until: int) -> None:
        """Let go of what neither a model nor the context of a window will need."""
        self.history.forget(until - self.schedule.history)
        self.telling.forget(until - self.schedule.memory)
        self._changes = tuple(change for change in self._changes if change.time >= until - CHANGE_REACH)
        if self._is_retired(until):
            self.trained.rest()
            self._recent.forget()

    def _scored(
        self, begin: int, end: int, templates: Mapping[str, Template], lines: Lines, feedback: Sequence[Feedback]
    ) -> Findings:
        """As `score`, told to the meter."""
        with self._meter.step(Step.SCORE) as lap:
            findings = self.score(begin, end, templates, lines, feedback)
            lap.counts = bool(findings.scores)
        self._meter.scored(len(findings.scores))
        return findings

    def score(
        self,
        begin: int,
        end: int,
        templates: Mapping[str, Template],
        lines: Lines,
        feedback: Sequence[Feedback] = (),
    ) -> Findings:
        """Score the windows from `begin` up to but not with `end`, whose counts were learned before."""
        findings, stretches = Findings(), self._stretches(begin, end)
        model, card = self.trained.model() if stretches else None, self.trained.card
        evidence = Evidence(self.history, self.history.columns, templates, lines, self._changes, feedback)
        if model is None or card is None:
            learning = not self.trained.cards
            for anomaly in self._judge.without_model(evidence, begin, end, self._span, learning=learning):
                self.telling.tell(anomaly, feedback, findings)
        else:
            for since, until in stretches:
                found = self._judge.judge(model, card, self.first_window or 0, evidence, since, until, self._recent)
                self._standing.score = found.scores[-1]
                findings.scores |= zip(range(since, until, self._span), found.scores, strict=True)
                findings.beneath |= found.beneath
                for anomaly in found.anomalies:
                    self.telling.tell(anomaly, feedback, findings)
        self.telling.settle(end, findings)
        return findings

    def unjudged(self, begin: int, end: int, templates: Mapping[str, Template], lines: Lines) -> Findings:
        """What is told of windows that no model scores, as they are learned from or too few: critical rules alone."""
        findings = Findings()
        evidence = Evidence(self.history, self.history.columns, templates, lines, self._changes, ())
        for anomaly in self._judge.without_model(evidence, begin, end, self._span, learning=False):
            self.telling.tell(anomaly, (), findings)
        self.telling.settle(end, findings)
        return findings

    def _stretches(self, begin: int, end: int) -> list[tuple[int, int]]:
        """The parts of a time in which the namespace is alive."""
        if end - begin == self._span and self.history.newest == begin:
            return [(begin, end)]
        return self.schedule.stretches(self.history.logged(begin, end), begin, end)

    def _is_retired(self, now: int) -> bool:
        return not self._stretches(now - self._span, now)

    def status(self, unwell: tuple[str, ...] = ()) -> NamespaceStatus:
        """How the namespace is doing."""
        return self._standing.status(self.trained.card, self.trained.not_before, len(self.history.columns), unwell)

    def status_to_keep(self, unwell: tuple[str, ...] = ()) -> NamespaceStatus:
        """Likewise, but once it is retired, how it did until then: so it is the same ever after."""
        trained = self.trained
        return self._standing.status_to_keep(trained.card, trained.not_before, len(self.history.columns), unwell)
