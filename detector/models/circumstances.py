"""What is known of windows beside their counts: what was just changed, and what nobody wants to hear of.

A roll-out, new pods or a new workload bring lines that were never seen, and that is no fault: banners, settings,
migrations. Errors are, whatever was changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from detector.findings import Change
from detector.models.series import series_of
from detector.vectors import Column, CountMatrix
from parsers.level import ERRORS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_SETTLING = timedelta(minutes=30) // timedelta(microseconds=1)
"""For so long after a change its workload may say new things."""
_STARTING = timedelta(minutes=10) // timedelta(microseconds=1)
"""For so long it may write more of what is seldom written: the lines of a start."""
_SELDOM = 0.2
"""Lines a window below which a template may be one that is only written at a start."""
_NOISE = 3.0
"""Standard deviations of a Poisson count that are usual."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Of `n` windows in order."""

    settling: dict[str, Flags]
    """By workload that was changed: the windows shortly after it, shape (n,)."""
    starting: dict[str, Flags]
    """Likewise, the first of these."""
    muted: frozenset[str]
    """Ids of templates."""

    @classmethod
    def of(cls, matrix: CountMatrix, changes: Sequence[Change], muted: frozenset[str]) -> Circumstances:
        """Those of the windows of a matrix."""
        if not changes:
            return cls({}, {}, muted)
        begin = matrix.start + matrix.span * np.arange(len(matrix))
        settling: dict[str, Flags] = defaultdict(lambda: np.zeros(len(matrix), np.bool_))
        starting: dict[str, Flags] = defaultdict(lambda: np.zeros(len(matrix), np.bool_))
        for change in changes:
            since = begin + matrix.span > change.time
            settling[change.workload] |= since & (begin <= change.time + _SETTLING)
            starting[change.workload] |= since & (begin <= change.time + _STARTING)
        return cls(dict(settling), dict(starting), muted)

    def started(self, windows: int) -> tuple[frozenset[str], ...]:
        """By window, the workloads whose lines of a start are left out."""
        if not self.starting:
            return (frozenset(),) * windows
        return tuple(frozenset(name for name, inside in self.starting.items() if inside[at]) for at in range(windows))

    def pardons(self, columns: tuple[Column, ...], mean: Floats) -> tuple[Flags, Flags]:
        """Which series of these columns are no evidence, upward and downward; each (n, series), (1, series) or (1, 1).

        `mean` holds what each series has in a window.
        """
        if not self.muted and not self.starting:
            none = np.zeros((1, 1), np.bool_)
            return none, none
        series = series_of(columns)
        quiet = np.array([bool(one.template) and one.template in self.muted for one in series], np.bool_)
        upward = quiet[None, :]
        for workload, windows in self.starting.items():
            of_start = [
                column.workload == workload and _is_of_a_start(column, usual)
                for column, usual in zip(columns, mean.tolist(), strict=False)
            ]
            of_start += [False] * (len(series) - len(columns))
            upward = upward | (windows[:, None] & np.array(of_start, np.bool_)[None, :])
        return upward, quiet[None, :]

    def hushed(self, columns: Sequence[Column], counts: Ints, mean: Floats | None = None) -> Ints:
        """Counts (n, m) of these columns, in which what is muted never leaves what is usual of it.

        Else it would be heard in the sum of its workload, in the load, and in all that is related to it. The like goes
        for the lines of a start, where something starts. `mean` holds what each column has in a window; None where that
        isn't known, as of new ones: they are left out.
        """
        if not self.muted and not self.starting:
            return counts
        result = counts.copy()
        for index, column in enumerate(columns):
            if mean is not None and column.workload in self.starting and _is_of_a_start(column, float(mean[index])):
                result[self.starting[column.workload], index] = 0
            if column.template in self.muted:
                usual = 0.0 if mean is None else float(mean[index])
                room = _NOISE * np.sqrt(usual)
                odd = (counts[:, index] < usual / 2 - room) | (counts[:, index] > 2 * usual + room)
                result[odd, index] = round(usual)
        return result

    def newcomers(self, columns: Sequence[Column], chance: Floats) -> Floats:
        """The chances of unknown templates, (n, f), with 1 for what is no wonder."""
        if not self.muted and not self.settling:
            return chance
        result = chance.copy()
        for index, column in enumerate(columns):
            if column.template in self.muted:
                result[:, index] = 1.0
            elif column.level not in ERRORS and column.workload in self.settling:
                result[self.settling[column.workload], index] = 1.0
        return result


def _is_of_a_start(column: Column, usual: float) -> bool:
    """Whether a template may be one that is only written at a start, given its lines a window."""
    return column.level not in ERRORS and usual < _SELDOM
