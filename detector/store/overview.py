"""What an overview of all namespaces is drawn from. Times are microseconds UTC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ScoreSeries:
    """Scores of a namespace above nought, oldest first: of windows, or the highest in each column of a chart."""

    namespace: str
    window: NDArray[np.int64]
    """Where the window, or the column, begins."""
    score: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class IncidentCount:
    """How many incidents of a namespace there are in a range of time, those apart that are a part of another one."""

    namespace: str
    incidents: int
    """One or more."""
    open: int
    """How many of them go on."""
    newest: int
    """When the newest of them began."""


def named(namespace: str | None, namespaces: Sequence[str] | None) -> Sequence[str] | None:
    """Those that are asked for where one is named, or some are, or both; None for all."""
    if namespace is None:
        return namespaces
    return [namespace] if namespaces is None or namespace in namespaces else []
