"""The count matrix of a namespace.

Windows down, templates across, on a regular grid of time with the quiet windows in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Column:
    """What a column of the matrix counts."""

    template: str
    """Id of the template."""
    workload: str
    level: str


@dataclass(frozen=True, slots=True)
class CountMatrix:
    """Counts of `n` windows and `m` templates."""

    start: int
    """Start of the first window, microseconds UTC."""
    span: int
    """Length of a window, microseconds."""
    columns: tuple[Column, ...]
    counts: NDArray[np.int64]
    """Shape (n, m), none negative."""

    def __len__(self) -> int:
        return len(self.counts)

    def window(self, row: int) -> int:
        """Start of the window in a row, microseconds UTC."""
        return self.start + row * self.span

    def rows(self, begin: int, end: int) -> CountMatrix:
        """The windows `begin` up to but not with `end`."""
        return CountMatrix(self.window(begin), self.span, self.columns, self.counts[begin:end])


@dataclass(frozen=True, slots=True)
class WindowCounts:
    """The counts of one namespace in one window; a window without a line has none."""

    namespace: str
    window: int
    """Start, microseconds UTC."""
    templates: tuple[str, ...]
    """Ids."""
    counts: NDArray[np.int64]
    """One a template, 1 or more."""


def to_matrix(
    windows: Iterable[WindowCounts], columns: Mapping[str, Column], since: int, until: int, span: int
) -> CountMatrix:
    """Lay windows out on the grid from `since` up to but not with `until`; missing ones are rows of noughts.

    `columns` must know every template of these windows; only those that occur become columns, by id, so that it makes
    no difference which was seen first.
    """
    inside = [window for window in windows if since <= window.window < until]
    occurring = {template for window in inside for template in window.templates}
    chosen = [columns[template] for template in sorted(occurring)]
    at = {column.template: index for index, column in enumerate(chosen)}
    counts = np.zeros((max(0, (until - since) // span), len(chosen)), np.int64)
    for window in inside:
        row = (window.window - since) // span
        counts[row, [at[template] for template in window.templates]] += window.counts
    return CountMatrix(since, span, tuple(chosen), counts)


def without_gaps(
    windows: Iterable[WindowCounts], since: int, until: int, longest: int, span: int
) -> tuple[list[WindowCounts], int]:
    """The windows from `since` to `until` moved together where nothing was logged for longer than `longest`.

    Returned with them is where they end then. All times in microseconds; for learning, where only the order matters.
    """
    moved, shift, last = [], 0, since
    for window in sorted((one for one in windows if since <= one.window < until), key=lambda one: one.window):
        if window.window - last > longest:
            shift += window.window - last - span
        last = window.window
        moved.append(replace(window, window=window.window - shift) if shift else window)
    if until - last > longest:
        shift += until - last - span
    return moved, until - shift


def align(matrix: CountMatrix, columns: Sequence[Column]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """The counts of the given columns, noughts where the matrix has none; and which of its columns are others."""
    return laid_out(matrix, {column.template: index for index, column in enumerate(columns)})


def laid_out(matrix: CountMatrix, at: Mapping[str, int]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Likewise, where each of the templates is to go, by id: from nought on."""
    to = np.array([at.get(column.template, -1) for column in matrix.columns], np.intp)
    aligned, foreign = np.zeros((len(matrix), len(at)), np.int64), np.flatnonzero(to < 0)
    if len(foreign):
        aligned[:, to[to >= 0]] = matrix.counts[:, to >= 0]
    else:
        aligned[:, to] = matrix.counts
    return aligned, foreign
