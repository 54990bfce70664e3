"""What is watched in a namespace: each template, and all lines of each workload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from detector.vectors import Column
from parsers.level import ERRORS

Ints = NDArray[np.int64]
Values = TypeVar("Values", bound=NDArray[Any])


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


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the templates of a workload stand, of `m` columns of `w` workloads: so that sums take no loop."""

    workloads: tuple[str, ...]
    """By name."""
    member: NDArray[np.intp]
    """Which workload each column is of, shape (m,)."""
    order: NDArray[np.intp]
    """The columns by workload, shape (m,)."""
    starts: NDArray[np.intp]
    """Where each workload begins in that order, shape (w,)."""
    at: Mapping[str, int]
    """Where each template is, by id."""
    alarming: NDArray[np.bool_]
    """Which columns are of errors, shape (m,)."""

    @classmethod
    def of(cls, columns: Sequence[Column]) -> Layout:
        """Of these columns."""
        workloads = tuple(sorted({column.workload for column in columns}))
        at = {name: index for index, name in enumerate(workloads)}
        member = np.array([at[column.workload] for column in columns], np.intp)
        order = np.argsort(member, kind="stable")
        return cls(
            workloads,
            member,
            order,
            np.searchsorted(member[order], np.arange(len(workloads))),
            {column.template: index for index, column in enumerate(columns)},
            np.array([column.level in ERRORS for column in columns], np.bool_),
        )

    def by_workload(self, reduce: np.ufunc, values: Values) -> Values:
        """What a function of two makes of the columns of each workload: (n, m, …) to (n, w, …)."""
        return cast(Values, reduce.reduceat(values.take(self.order, axis=1), self.starts, axis=1))

    def observe(self, counts: Ints, foreign: Ints, foreign_workloads: Sequence[str]) -> Ints:
        """As the function."""
        sums = self.by_workload(np.add, counts)
        for index, name in enumerate(foreign_workloads):
            if name in self.workloads:
                sums[:, self.workloads.index(name)] += foreign[:, index]
        return np.concatenate((counts, sums), axis=1)


def observe(columns: Sequence[Column], counts: Ints, foreign: Ints, foreign_workloads: Sequence[str]) -> Ints:
    """Counts of every series, shape (n, series).

    `counts` are those of the columns (n, m); `foreign` (n, f) those of templates that the model doesn't know, which are
    part of the sums only.
    """
    return Layout.of(columns).observe(counts, foreign, foreign_workloads)
