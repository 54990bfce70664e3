"""What is watched in a namespace: each template, and all lines of each workload."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.vectors import Column

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Series:
    """One time series of counts. Without a template it is the sum over its workload."""

    template: str
    workload: str


def series_of(columns: Sequence[Column]) -> tuple[Series, ...]:
    """The series of these columns: templates first, in their order, then workloads by name."""
    templates = [Series(column.template, column.workload) for column in columns]
    workloads = [Series("", name) for name in sorted({column.workload for column in columns})]
    return (*templates, *workloads)


def observe(columns: Sequence[Column], counts: Ints, foreign: Ints, foreign_workloads: Sequence[str]) -> Ints:
    """Counts of every series, shape (n, series).

    `counts` are those of the columns (n, m); `foreign` (n, f) those of templates that the model doesn't know, which are
    part of the sums only.
    """
    workloads = sorted({column.workload for column in columns})
    sums = np.zeros((len(counts), len(workloads)), np.int64)
    at = {name: index for index, name in enumerate(workloads)}
    for index, column in enumerate(columns):
        sums[:, at[column.workload]] += counts[:, index]
    for index, name in enumerate(foreign_workloads):
        if name in at:
            sums[:, at[name]] += foreign[:, index]
    return np.hstack([counts, sums])
