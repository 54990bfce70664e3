"""Models as data: which there were, what each was made of, how two differ, and which one is to be at work.

All times are microseconds UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from detector.choices import Choices, time_of_choice
from detector.counting import columns_of
from detector.errors import StoreError, UsageError
from detector.findings import ModelCard, ModelChoice, NamespaceStatus
from detector.history import learnable
from detector.models.ensemble import CONTEXT, METHOD, NamespaceModel
from detector.rarity import DAY, score_of_budget
from detector.saying import LONGEST_AUTHOR, LONGEST_NOTE, UnknownError
from detector.schedule import Schedule
from detector.settings import DetectionSettings
from detector.store.port import Reader
from detector.vectors import CountMatrix, to_matrix
from parsers.engine import Template

_SHORTEST = 4
"""Characters that name a version, where no other begins with them."""
_RATIO = 1.25
"""By which the usual number of lines has to differ to be told."""
_LEAST = 0.05
"""Lines a window: below that a template is as good as absent."""


class Choosing(Protocol):
    """Writes a choice down; `Store.say`."""

    def __call__(self, said: ModelChoice, /) -> None:
        """Record it."""


@dataclass(frozen=True, slots=True)
class Version:
    """A model, and how it stands."""

    card: ModelCard
    at_work: bool
    """Whether it scores its namespace."""
    choice: ModelChoice | None
    """People's choice that keeps it at work."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A template of which two models expect other numbers."""

    template: Template
    before: float
    """Lines in a usual window, as the first of them learned it; 0 where it didn't see any."""
    after: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models of a namespace held against each other."""

    old: ModelCard
    new: ModelCard
    only_old: tuple[Moved, ...]
    """Templates that only this one knows, the most frequent first."""
    only_new: tuple[Moved, ...]
    moved: tuple[Moved, ...]
    """Those that both know in other numbers, the furthest first."""
    since: int
    """Begin of the last day, which both have scored now."""
    until: int
    windows: int
    flagged: tuple[int, int, int]
    """How many of these windows cross the threshold by the old one, by the new one, by both."""


def versions(reader: Reader, namespace: str | None = None) -> list[Version]:
    """All there ever were, by namespace, the newest first."""
    at_work = {one.namespace: one for one in reader.statuses()}
    choices: dict[str, list[ModelChoice]] = {}
    for choice in reader.model_choices(namespace):
        choices.setdefault(choice.namespace, []).append(choice)
    return [
        _version(card, at_work.get(card.namespace), choices.get(card.namespace, ()))
        for card in reader.models(namespace)
    ]


def find(reader: Reader, version: str, namespace: str | None = None) -> ModelCard:
    """A model by its version or the beginning of it. Raises `UnknownError`."""
    cards = reader.models(namespace)
    exact = [card for card in cards if card.version == version]
    begun = [card for card in cards if len(version) >= _SHORTEST and card.version.startswith(version)]
    found = exact or begun
    if len(found) == 1:
        return found[0]
    name = repr(version if len(version) <= 80 else version[:80] + "…")
    if found:
        raise UnknownError(f"{len(found)} models begin with {name}.", "Write more of the version.")
    raise UnknownError(f"There is no model {name}.", "`drainwatch models` shows them.")


def made_again(reader: Reader, card: ModelCard, detection: DetectionSettings) -> tuple[NamespaceModel, CountMatrix]:
    """A model made again from the stored counts, and these.

    Raises `StoreError` where they are gone, or where it was made by a method that this drainwatch doesn't have.
    """
    if card.method != METHOD:
        raise StoreError(
            f"Model {card.version} was made by method {card.method}, and this drainwatch has method {METHOD}.",
            "Compare or choose one that was made since.",
        )
    schedule, templates = Schedule.of(detection), _templates(reader, card.namespace)
    time = card.trained_from, card.trained_until
    windows = list(reader.counts(card.namespace, *time))
    history, begin = learnable(
        windows, columns_of(windows, templates), time, schedule.span, schedule.alive, card.left_out
    )
    if len(history.columns) < card.templates or not len(history):
        raise StoreError(
            f"The counts that model {card.version} was made of are gone, or some of them.",
            "Keep them for longer: store.keep_counts.",
        )
    return NamespaceModel.fit(history, trees=detection.trees, seed=card.seed, begin=begin), history


def compare(reader: Reader, old: ModelCard, new: ModelCard, detection: DetectionSettings) -> Comparison:
    """Hold two models of one namespace against each other, and have both score its last day.

    Raises `UsageError` for models of two namespaces, and as `made_again`.
    """
    if old.namespace != new.namespace:
        raise UsageError(
            f"{old.version} is of {old.namespace}, {new.version} of {new.namespace}.",
            "Compare models of one namespace.",
        )
    templates = _templates(reader, old.namespace)
    (first, learned_first), (second, learned_second) = (made_again(reader, card, detection) for card in (old, new))
    before, after = _means(learned_first), _means(learned_second)
    every = [Moved(templates[name], before.get(name, 0.0), after.get(name, 0.0)) for name in sorted({*before, *after})]
    both = [one for one in every if one.before and one.after and max(one.before, one.after) >= _LEAST]
    moved = [one for one in both if not 1 / _RATIO < one.after / one.before < _RATIO]
    matrix, skip = _last_day(reader, old.namespace, templates, detection)
    threshold = score_of_budget(detection.alert_budget, matrix.span)
    by_old, by_new = (_flagged(model, matrix, skip, threshold) for model in (first, second))
    return Comparison(
        old,
        new,
        tuple(sorted((one for one in every if not one.after), key=lambda one: -one.before)),
        tuple(sorted((one for one in every if not one.before), key=lambda one: -one.after)),
        tuple(sorted(moved, key=lambda one: -abs(np.log(one.after / one.before)))),
        matrix.window(skip),
        matrix.window(len(matrix)),
        len(matrix) - skip,
        (int(by_old.sum()), int(by_new.sum()), int((by_old & by_new).sum())),
    )


def roll_back(
    reader: Reader, write: Choosing, card: ModelCard, detection: DetectionSettings, author: str, note: str
) -> ModelChoice:
    """Have a model score its namespace from the next window on, until it is released.

    Raises `StoreError` where it can't be made again, and `UsageError` for a name or note that is too long.
    """
    made_again(reader, card, detection)
    return _choose(reader, write, card.namespace, card.version, author, note)


def release(reader: Reader, write: Choosing, namespace: str, author: str, note: str) -> ModelChoice:
    """Let training choose again from the next window on. Raises `UsageError` where nothing was chosen."""
    last = Choices(tuple(reader.model_choices(namespace))).last
    if last is None or not last.version:
        raise UsageError(f"Nobody chose a model for {namespace}.", "Its newest is at work already.")
    return _choose(reader, write, namespace, "", author, note)


def _choose(reader: Reader, write: Choosing, namespace: str, version: str, author: str, note: str) -> ModelChoice:
    for name, text, longest in (("author", author, LONGEST_AUTHOR), ("note", note, LONGEST_NOTE)):
        if len(text) > longest:
            raise UsageError(f"The {name} is {len(text):,} characters long.", f"At most {longest:,} are kept.")
    time = time_of_choice(namespace, reader.model_choices(namespace), reader.closed_until() or 0)
    choice = ModelChoice(namespace, version, time, author, note)
    write(choice)
    return choice


def _version(card: ModelCard, status: NamespaceStatus | None, choices: Sequence[ModelChoice]) -> Version:
    last = Choices(tuple(choices)).last
    chosen = last if last is not None and last.version == card.version else None
    model = status.model if status is not None else None
    return Version(card, model is not None and model.version == card.version, chosen)


def _templates(reader: Reader, namespace: str) -> dict[str, Template]:
    return {one.id: one for one in reader.templates(namespace)}


def _means(learned: CountMatrix) -> dict[str, float]:
    means = learned.counts.mean(axis=0).tolist()
    return {column.template: mean for column, mean in zip(learned.columns, means, strict=True)}


def _last_day(
    reader: Reader, namespace: str, templates: dict[str, Template], detection: DetectionSettings
) -> tuple[CountMatrix, int]:
    """The last day's windows with those before them that give context, and how many the latter are."""
    span = Schedule.of(detection).span
    status = next(one for one in reader.statuses() if one.namespace == namespace)
    until = status.last_window + span
    begin = max(status.first_window, until - DAY // span * span)
    since = max(status.first_window, begin - CONTEXT * span)
    windows = list(reader.counts(namespace, since, until))
    return to_matrix(windows, columns_of(windows, templates), since, until, span), (begin - since) // span


def _flagged(model: NamespaceModel, matrix: CountMatrix, skip: int, threshold: float) -> NDArray[np.bool_]:
    return np.asarray(model.score(matrix, skip).score >= threshold, np.bool_)
