"""Half of the sessions fitted, the other half judged, as often as the plan says: drainwatch beside its rivals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from detector.evaluate.sessions.choices import Fit
from detector.evaluate.sessions.plan import Halves, Plan, halves
from detector.evaluate.sessions.rivals import RIVALS, Verdict
from detector.models.sessions import SessionModel, Sessions, Trait

OURS = "drainwatch"
_SHOWN = 12
"""Errors of either kind that are explained."""

OnProgress = Callable[[str, int, int], None]
"""Who is fitted, the draw, and how many there are."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How well one contender did on one draw."""

    precision: float
    recall: float
    f1: float
    auc_roc: float
    auc_pr: float
    false_alarms: float
    missed: float


@dataclass(frozen=True, slots=True)
class Mistake:
    """A session that was judged wrongly."""

    session: str
    label: int
    chance: float
    traits: tuple[Trait, ...]
    templates: tuple[str, ...]
    """Ids, in order."""


@dataclass(frozen=True, slots=True)
class Example:
    """The first draw, for pictures."""

    rarity: NDArray[np.float64]
    """Minus the decimal logarithm of each judged session's chance, shape (n,)."""
    labels: NDArray[np.int8]
    cut: float
    """Sessions above it are told, as a rarity."""
    found: tuple[Mistake, ...]
    """Anomalies that were told rightly, one of each first reason."""
    false_alarms: tuple[Mistake, ...]
    missed: tuple[Mistake, ...]


@dataclass(frozen=True, slots=True)
class Contest:
    """What came out."""

    plan: Plan
    sessions: int
    anomalies: int
    figures: dict[str, list[Figures]]
    """By contender, one a draw."""
    example: Example

    def mean(self, name: str) -> Figures:
        """Over the draws."""
        return self._over(name, np.mean)

    def worst(self, name: str) -> Figures:
        """Of each figure the worst that any draw gave."""
        most = self._over(name, np.max)
        return replace(self._over(name, np.min), false_alarms=most.false_alarms, missed=most.missed)

    def as_json(self) -> dict[str, Any]:
        """Everything but the pictures, as JSON takes it; the same evaluation gives the same."""
        return {
            "fit": self.plan.fit.value,
            "split": self.plan.split.value,
            "sessions": self.sessions,
            "anomalies": self.anomalies,
            "contenders": [
                {
                    "name": name,
                    "mean": asdict(self.mean(name)),
                    "worst": asdict(self.worst(name)),
                    "draws": [asdict(one) for one in draws],
                }
                for name, draws in self.figures.items()
            ],
            "false_alarms": [asdict(one) for one in self.example.false_alarms],
            "missed": [asdict(one) for one in self.example.missed],
        }

    def _over(self, name: str, take: Callable[[list[float]], Any]) -> Figures:
        draws = [asdict(one) for one in self.figures[name]]
        return Figures(**{key: float(take([draw[key] for draw in draws])) for key in draws[0]})


def hold(
    sessions: Sessions,
    labels: NDArray[np.int8],
    plan: Plan,
    on_progress: OnProgress = lambda name, draw, draws: None,
) -> Contest:
    """Fit and judge; labels of shape (n,), 1 for an anomaly, are seen by nobody but the measure (and by `Fit.NORMAL`).

    Raises `UsageError` where the sessions can't be halved so that both kinds are judged.
    """
    counts = sessions.counts()
    rate = float(labels.mean())
    draws = list(halves(sessions, labels, plan))
    figures: dict[str, list[Figures]] = {OURS: [], **{name: [] for name in RIVALS}}
    examples: list[Example] = []
    for number, half in enumerate(draws):
        on_progress(OURS, number, len(draws))
        model = SessionModel.fit(sessions.take(half.fitted), half.seed, normal=plan.fit is Fit.NORMAL)
        chances = model.score(sessions.take(half.judged))
        told = model.is_told(chances)
        figures[OURS].append(measure(labels[half.judged], Verdict(-np.log10(chances), told)))
        if not examples:
            examples.append(_example(model, sessions, labels, half, chances))
        for name, judge in RIVALS.items():
            on_progress(name, number, len(draws))
            verdict = judge(counts[half.fitted], counts[half.judged], rate, half.seed)
            figures[name].append(measure(labels[half.judged], verdict))
    return Contest(plan, len(sessions), int(labels.sum()), figures, examples[0])


def measure(labels: NDArray[np.int8], verdict: Verdict) -> Figures:
    """For labels of shape (n,), both kinds among them."""
    anomalous = labels == 1
    right = int((verdict.told & anomalous).sum())
    told, there = int(verdict.told.sum()), int(anomalous.sum())
    return Figures(
        right / told if told else 1.0,
        right / there,
        2 * right / (told + there),
        float(roc_auc_score(labels, verdict.score)),
        float(average_precision_score(labels, verdict.score)),
        told - right,
        there - right,
    )


def _example(
    model: SessionModel, sessions: Sessions, labels: NDArray[np.int8], half: Halves, chances: NDArray[np.float64]
) -> Example:
    judged = labels[half.judged]
    told = model.is_told(chances)

    def mistakes(which: NDArray[np.bool_], rarest_first: bool) -> list[Mistake]:
        rows = np.flatnonzero(which)
        rows = rows[np.argsort(chances[rows] if rarest_first else -chances[rows], kind="stable")]
        return _each_kind(
            Mistake(
                sessions.names[half.judged[row]],
                int(judged[row]),
                float(chances[row]),
                tuple(model.explain(sessions, int(half.judged[row]))),
                sessions.of_row(int(half.judged[row])),
            )
            for row in rows.tolist()
        )

    return Example(
        -np.log10(chances),
        judged,
        float(-np.log10(model.cut)),
        tuple(mistakes(told & (judged == 1), True)),
        tuple(mistakes(told & (judged == 0), True)),
        tuple(mistakes(~told & (judged == 1), True)),
    )


def _each_kind(found: Iterable[Mistake]) -> list[Mistake]:
    """One of each that has the same first reason, in order, as many as are shown."""
    kept: dict[object, Mistake] = {}
    for one in found:
        first = one.traits[0] if one.traits else None
        kept.setdefault((first.kind, first.template, first.other) if first else None, one)
        if len(kept) == _SHOWN:
            break
    return list(kept.values())
