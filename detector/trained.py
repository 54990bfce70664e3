"""The models that a namespace has had: each is made of counts, and can be made of them again at any time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from detector.counting import Columns
from detector.findings import ModelCard, finding_id
from detector.history import History
from detector.models.ensemble import NamespaceModel
from detector.schedule import LEAST_WINDOWS, Schedule
from detector.settings import DetectionSettings
from detector.vectors import CountMatrix, WindowCounts, to_matrix, without_gaps

LEAST_LOGGED = 10
"""Windows with a line below which there is no telling what is usual."""
_AT_HAND = 3
"""Models that are kept beside what they are made of: the one at work, and those just before it."""

Period = tuple[int, int, ModelCard]
"""Begin and end of a time, and the card of the model that scores it."""
Counts = Callable[[int, int], Sequence[WindowCounts]]
"""The counts of a namespace from one time up to another, microseconds UTC."""


class Trained:
    """Of one namespace; all times are microseconds UTC, on the grid of windows."""

    def __init__(self, namespace: str, settings: DetectionSettings, history: History) -> None:
        self._namespace, self._settings, self._history = namespace, settings, history
        self._schedule = Schedule.of(settings)
        self.card: ModelCard | None = None
        """Of the model at work; None while the namespace learns."""
        self._cards: list[ModelCard] = []
        """Of all that there ever were, the oldest first."""
        self._made: dict[str, NamespaceModel] = {}
        self.resting = False
        """Whether the model at work was let go of; `wake` has it made again."""

    def restore(self, card: ModelCard | None, earlier: Sequence[ModelCard], *, resting: bool = False) -> None:
        """Go on with a model, made again now; where the counts of it are gone the namespace learns anew.

        One that is `resting` is not needed before the next line.
        """
        known = {one.version: one for one in (*earlier, *([card] if card else ()))}
        self._cards = sorted(known.values(), key=lambda one: one.trained_until)
        self.card, self.resting = card, resting and card is not None
        if not self.resting:
            self.model()

    def rest(self) -> None:
        """Let go of all models until `wake`: what they were made of is in the store."""
        self._made.clear()
        self.resting = self.card is not None

    def wake(self, counts: Counts, columns: Columns) -> None:
        """Have the model at work made again; where the counts of it are gone the namespace learns anew."""
        if self.resting and self.card is not None and self._again(self.card, counts, columns) is None:
            self.card = None
        self.resting = False

    def train(self, since: int, until: int) -> ModelCard:
        """Fit a model on the windows from `since` up to but not with `until`.

        Raises `ValueError` with a sentence where there are too few of them.
        """
        history = self._history.to_learn_from(since, until, self._schedule.alive)
        if not _is_enough(history):
            raise ValueError(
                f"{self._namespace}: too little to learn from: {len(history)} windows, {_logged(history)} of them with "
                f"a line; at least {LEAST_WINDOWS} and {LEAST_LOGGED} are needed."
            )
        version = finding_id("model", self._namespace, since, until, self._settings.seed)
        columns = len(self._keep(version, history).columns)
        self.card = ModelCard(version, self._namespace, since, until, len(history), columns, self._settings.seed)
        self._cards.append(self.card)
        return self.card

    def model(self) -> NamespaceModel | None:
        """The one at work, made again where its counts have changed: as it would be after a restart."""
        if self.card is None:
            return None
        made = self._made.get(self.card.version)
        if made is None:
            history = self._history.to_learn_from(self.card.trained_from, self.card.trained_until, self._schedule.alive)
            if not _is_enough(history):
                self.card = None
                return None
            made = self._keep(self.card.version, history)
        return made

    def of(self, card: ModelCard, counts: Counts, columns: Columns) -> NamespaceModel | None:
        """The model of a card; None where the counts that it was made of are gone."""
        if card == self.card and card.trained_from >= self._history.whole_since:
            return self.model()
        return self._made.get(card.version) or self._again(card, counts, columns)

    def changed(self, window: int) -> None:
        """Take note that a window has other counts now: what was made of it is not right any more."""
        for card in self._cards:
            if card.trained_from <= window < card.trained_until:
                self._made.pop(card.version, None)

    def periods(self, begin: int, end: int) -> list[Period]:
        """By which model a time is scored: each window by the newest that was there when it came.

        Left out is what the first model learned from, which was never scored. What is before that, read long after it
        happened, is scored by the newest of all.
        """
        if not self._cards:
            return []
        first, newest = self._cards[0], self._cards[-1]
        bounds = [*(card.trained_until for card in self._cards[1:]), max(end, newest.trained_until)]
        periods = [(min(begin, first.trained_from), first.trained_from, newest)]
        periods += [(card.trained_until, until, card) for card, until in zip(self._cards, bounds, strict=True)]
        clipped = ((max(begin, since), min(end, until), card) for since, until, card in periods)
        return [(since, until, card) for since, until, card in clipped if since < until]

    def _again(self, card: ModelCard, counts: Counts, columns: Columns) -> NamespaceModel | None:
        since, until = card.trained_from, card.trained_until
        known, span = counts(since, until), self._schedule.span
        windows, end = without_gaps(known, since, until, self._schedule.alive, span)
        history = to_matrix(windows, columns(known), since, end, span)
        return self._keep(card.version, history) if _is_enough(history) else None

    def _keep(self, version: str, history: CountMatrix) -> NamespaceModel:
        self._made[version] = NamespaceModel.fit(history, trees=self._settings.trees, seed=self._settings.seed)
        for oldest in list(self._made)[:-_AT_HAND]:
            del self._made[oldest]
        return self._made[version]


def _logged(history: CountMatrix) -> int:
    return int((history.counts.sum(axis=1) > 0).sum())


def _is_enough(history: CountMatrix) -> bool:
    return len(history) >= LEAST_WINDOWS and _logged(history) >= LEAST_LOGGED
