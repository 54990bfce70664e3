"""The models that a namespace has had: each is made of counts, and can be made of them again at any time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detector.choices import Choices
from detector.counting import Columns
from detector.drift import Learned
from detector.errors import StoreError
from detector.findings import Cause, Drift, ModelCard, ModelChoice, finding_id
from detector.history import History, Learnt, Stretch, learnable
from detector.meter import UNMEASURED, Meter, Step
from detector.models.ensemble import METHOD, NamespaceModel
from detector.models.saved import digest_of, dump, load
from detector.periods import Period, Scored, periods
from detector.schedule import LEAST_WINDOWS, Schedule, share_of
from detector.settings import DetectionSettings
from detector.store.port import Fitted
from detector.vectors import CountMatrix, WindowCounts

LEAST_LOGGED = 10
"""Windows with a line below which there is no telling what is usual."""
_AT_HAND = 3
"""Models that are kept beside what they are made of: the one at work, and those just before it."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a model is to be made of, and why; times are microseconds UTC, on the grid of windows."""

    since: int
    until: int
    cause: Cause = Cause.FIRST
    drift: tuple[Drift, ...] = ()
    feedback: tuple[str, ...] = ()
    left_out: tuple[Stretch, ...] = ()


Shelf = Callable[[], Fitted | None]
"""Finds the model that was kept of a namespace as it was made."""
Counts = Callable[[int, int], Sequence[WindowCounts]]
"""The counts of a namespace from one time up to another, microseconds UTC."""


class Trained:
    """Of one namespace; all times are microseconds UTC, on the grid of windows."""

    def __init__(
        self,
        namespace: str,
        settings: DetectionSettings,
        history: History,
        shelf: Shelf = lambda: None,
        meter: Meter = UNMEASURED,
    ) -> None:
        self._namespace, self._settings, self._history, self._meter = namespace, settings, history, meter
        self._schedule = Schedule.of(settings)
        self.share = share_of(namespace)
        """By how much its models come earlier than those of others, as `Schedule.next_training` has it."""
        self.card: ModelCard | None = None
        """Of the model at work; None while the namespace learns."""
        self.not_before = 0
        """While there is no model that can be used, none is made before this: others have their turn."""
        self._cards: list[ModelCard] = []
        """Of all that there ever were, the oldest first."""
        self._gone: set[str] = set()
        """Versions whose counts are gone."""
        self._made: dict[str, NamespaceModel] = {}
        self._shelf = shelf
        self._unkept: Fitted | None = None
        self._stored: tuple[Counts, Columns] | None = None
        """Finds counts that are not at hand any more."""
        self._learned: tuple[str, Learned] | None = None
        self.choices = Choices()
        self.resting = False
        """Whether the model at work was let go of; `wake` has it made again."""

    @property
    def newest(self) -> ModelCard | None:
        """Of the model that was made last; None where there is none that can be made again."""
        return self._cards[-1] if self._cards and self._usable(self._cards[-1]) else None

    @property
    def outdated(self) -> bool:
        """Whether the newest model was made by another method than the one that there is now."""
        return bool(self._cards) and self._cards[-1].method != METHOD

    @property
    def cards(self) -> Sequence[ModelCard]:
        """Of all models that there ever were, the oldest first."""
        return self._cards

    def restore(
        self,
        card: ModelCard | None,
        earlier: Sequence[ModelCard],
        choices: Sequence[ModelChoice] = (),
        *,
        resting: bool = False,
    ) -> None:
        """Go on with a model, made again now; where the counts of it are gone the namespace learns anew.

        So it does where the model was made by another method. One that is `resting` is not needed before the next line.
        """
        known = {one.version: one for one in (*earlier, *([card] if card else ()))}
        self._cards = sorted(known.values(), key=lambda one: one.trained_until)
        self.choices = Choices(tuple(choices))
        self.card = card if card and self._usable(card) else None
        self.resting = resting and self.card is not None
        if not self.resting:
            self.model()

    def rest(self) -> None:
        """Let go of all models until `wake`: what they were made of is in the store."""
        self._made.clear()
        self._learned = None
        self.resting = self.card is not None

    def wake(self, counts: Counts, columns: Columns) -> None:
        """Have the model at work made again; where the counts of it are gone the namespace learns anew."""
        if self.resting and self.card is not None and self._again(self.card, counts, columns) is None:
            self._lose(self.card)
        self.resting = False

    def choose(self, choices: Sequence[ModelChoice], counts: Counts, columns: Columns) -> None:
        """Go by these choices; the models that they name are made again, if they can be."""
        self.choices, self._stored = Choices(tuple(choices)), (counts, columns)
        last = self.choices.last
        if self.resting or last is None or not last.version:
            return
        for card in self._cards:
            if card.version == last.version and self._usable(card) and self.of(card, counts, columns) is None:
                self._gone.add(card.version)

    def turn(self, now: int) -> None:
        """Let the model that is to score the window that begins now be the one at work."""
        self.card = self.pinned(now) or self.newest

    def pinned(self, now: int) -> ModelCard | None:
        """The card of the model that people chose for the window that begins now."""
        version = self.choices.at(now)
        return next((one for one in self._cards if one.version == version and self._usable(one)), None)

    def next_choice(self, now: int, until: int) -> int:
        """The first window after `now` for which people chose anew, or `until` where there is none before that."""
        chosen, span = self.choices.next(now), self._schedule.span
        return until if chosen is None else min(until, now - (now - chosen) // span * span)

    def train(self, lesson: Lesson) -> ModelCard:
        """Fit a model on the windows from `since` up to but not with `until`, and put it to work.

        Raises `ValueError` with a sentence where there are too few of them.
        """
        since, until, seed = lesson.since, lesson.until, self._settings.seed
        history, begin = self._history.to_learn_from(since, until, self._schedule.alive, lesson.left_out)
        if not _is_enough(history):
            raise ValueError(
                f"{self._namespace}: too little to learn from: {len(history)} windows, {_logged(history)} of them with "
                f"a line; at least {LEAST_WINDOWS} and {LEAST_LOGGED} are needed."
            )
        version = finding_id("model", self._namespace, since, until, seed, METHOD)
        self.card = ModelCard(
            version=version,
            namespace=self._namespace,
            trained_from=since,
            trained_until=until,
            windows=len(history),
            templates=len(self._keep(version, (history, begin)).columns),
            seed=seed,
            cause=lesson.cause,
            drift=lesson.drift,
            feedback=lesson.feedback,
            method=METHOD,
            left_out=lesson.left_out,
        )
        self._cards.append(self.card)
        self._meter.trained(lesson.cause)
        return self.card

    def model(self) -> NamespaceModel | None:
        """The one at work, made again where its counts have changed: as it would be after a restart."""
        if self.card is None:
            return None
        made = self._made.get(self.card.version)
        if made is None:
            if self.card.trained_from < self._history.whole_since and self._stored is not None:
                made = self._again(self.card, *self._stored)
            elif _is_enough((learnt := self._history_of(self.card))[0]):
                made = self._keep(self.card.version, learnt)
            if made is None:
                self._lose(self.card)
        return made

    def learned(self, now: int) -> Learned | None:
        """What the newest model learned from, as drift is told by; None where that is too long ago."""
        card = self.newest
        if card is None or card.trained_from < now - self._schedule.history:
            return None
        if self._learned is None or self._learned[0] != card.version:
            self._learned = card.version, Learned.of(*self._history_of(card))
        return self._learned[1]

    def of(self, card: ModelCard, counts: Counts, columns: Columns) -> NamespaceModel | None:
        """The model of a card; None where it can't be made again, since its counts are gone or its method is."""
        if card == self.card and card.trained_from >= self._history.whole_since:
            return self.model()
        return self._made.get(card.version) or self._again(card, counts, columns)

    def changed(self, window: int) -> None:
        """Take note that a window has other counts now: what was made of it is not right any more."""
        for card in self._cards:
            if card.trained_from <= window < card.trained_until:
                self._made.pop(card.version, None)
                if self._learned and self._learned[0] == card.version:
                    self._learned = None

    def leave_out(self, left_out: Callable[[ModelCard], tuple[Stretch, ...]]) -> list[ModelCard]:
        """Have models leave out what they should by what is known now of the time in which they were made.

        Returned are the cards that are other than they were; those whose counts are not at hand stay.
        """
        changed = []
        for index, card in enumerate(self._cards):
            if card.trained_from < self._history.whole_since or card.method != METHOD:
                continue
            now = replace(card, left_out=left_out(card))
            if now != card:
                self._cards[index] = now
                self._made.pop(card.version, None)
                if self._learned and self._learned[0] == card.version:
                    self._learned = None
                self.card = now if self.card == card else self.card
                changed.append(now)
        return changed

    def periods(self, begin: int, end: int) -> list[Scored]:
        """By which model a time is scored, as `detector.periods` has it."""
        return periods(self._cards, self.choices, begin, end)

    def able(self, begin: int, end: int, counts: Counts, columns: Columns) -> list[Period]:
        """Likewise, of the time that can be judged again: by models that can be made again, or before there was one."""
        learned, first = (self._cards[0].trained_until, self._cards[0].trained_from) if self._cards else (end, begin)
        learning = max(begin, first), min(end, learned), None
        able = [one for one in self.periods(begin, end) if self.of(one[2], counts, columns)]
        return [learning, *able] if learning[0] < learning[1] else list(able)

    def _again(self, card: ModelCard, counts: Counts, columns: Columns) -> NamespaceModel | None:
        if card.method != METHOD:
            return None
        time = card.trained_from, card.trained_until
        known = counts(*time)
        learnt = learnable(
            known, columns(known), time, self._schedule.span, self._schedule.alive, left_out=card.left_out
        )
        return self._keep(card.version, learnt) if _is_enough(learnt[0]) else None

    def _history_of(self, card: ModelCard) -> Learnt:
        since, until, longest = card.trained_from, card.trained_until, self._schedule.alive
        return self._history.to_learn_from(since, until, longest, card.left_out)

    def _usable(self, card: ModelCard) -> bool:
        return card.method == METHOD and card.version not in self._gone

    def _lose(self, card: ModelCard) -> None:
        self._gone.add(card.version)
        self.card = None

    def _keep(self, version: str, learnt: Learnt) -> NamespaceModel:
        history, begin = learnt
        self._made[version] = self._fitted(history, begin)
        at_work = self.card.version if self.card else version
        for oldest in [one for one in self._made if one != at_work][:-_AT_HAND]:
            del self._made[oldest]
        return self._made[version]

    def _fitted(self, history: CountMatrix, begin: NDArray[np.int64]) -> NamespaceModel:
        """Made of this, or as it was kept when it was."""
        trees, seed = self._settings.trees, self._settings.seed
        digest = digest_of(history, begin, trees, seed)
        kept = self._shelf()
        if kept is not None and kept.digest == digest:
            with suppress(StoreError):  # damaged: it is made again
                return load(kept.model)
        with self._meter.step(Step.TRAIN):
            model = NamespaceModel.fit(history, trees=trees, seed=seed, begin=begin)
        self._unkept = Fitted(self._namespace, digest, dump(model))
        return model

    def to_keep(self) -> Fitted | None:
        """The model that was made last, if one was since this was asked last."""
        made, self._unkept = self._unkept, None
        return made


def _logged(history: CountMatrix) -> int:
    return int((history.counts.sum(axis=1) > 0).sum())


def _is_enough(history: CountMatrix) -> bool:
    return len(history) >= LEAST_WINDOWS and _logged(history) >= LEAST_LOGGED
