"""What is fitted and what is judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.errors import UsageError
from detector.evaluate.sessions.choices import Fit, Split
from detector.models.sessions import Sessions

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Plan:
    """An evaluation."""

    fit: Fit = Fit.MIX
    split: Split = Split.RANDOM
    seeds: int = 5
    """Draws, from seed 0 on; a split by time has only one."""


@dataclass(frozen=True, slots=True)
class Halves:
    """One draw."""

    seed: int
    fitted: Rows
    judged: Rows


def halves(sessions: Sessions, labels: NDArray[np.int8], plan: Plan) -> Iterator[Halves]:
    """Every draw of the plan; labels of shape (n,), 1 for an anomaly.

    Raises `UsageError` where there are too few sessions, or no anomaly or nothing normal to judge.
    """
    if len(sessions) < 20:
        raise UsageError(f"Only {len(sessions):,} labelled sessions have lines.", "Give 20 or more.")
    for seed in range(1 if plan.split is Split.TIME else plan.seeds):
        order = _order(sessions, plan.split, seed)
        fitted, judged = order[: len(order) // 2], order[len(order) // 2 :]
        if plan.fit is Fit.NORMAL:
            fitted = fitted[labels[fitted] == 0]
        if len(np.unique(labels[judged])) < 2 or not len(fitted):
            raise UsageError(
                f"Half of the sessions hold only one kind: {int(labels.sum()):,} of {len(labels):,} are anomalous.",
                "Give more sessions, some labelled 0 and some 1.",
            )
        yield Halves(seed, fitted, judged)


def _order(sessions: Sessions, split: Split, seed: int) -> Rows:
    if split is Split.TIME:
        return np.argsort(sessions.time[sessions.bounds[:-1]], kind="stable")
    return np.random.default_rng(seed).permutation(len(sessions))
