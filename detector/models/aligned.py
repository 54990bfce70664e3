"""Counts laid out as a detector learned them, and what it says of them laid out as they came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detector.vectors import Column, CountMatrix, align

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def in_order(history: CountMatrix) -> tuple[tuple[Column, ...], Ints]:
    """Columns by template id and their counts: what is learned must not hang on the order in which they came."""
    order = sorted(range(len(history.columns)), key=lambda index: history.columns[index].template)
    return tuple(history.columns[index] for index in order), history.counts[:, order]


@dataclass(frozen=True, slots=True)
class Aligned:
    """The counts of a matrix, those that are known apart from those that aren't."""

    known: Ints
    """Of the columns that were learned, in their order, shape (n, k); noughts where the matrix lacks one."""
    foreign: Ints
    """Of the other columns of the matrix, shape (n, f)."""
    _to_known: NDArray[np.intp]
    """Where the known columns are in the matrix, and which they are, both of shape (c,)."""
    _known: NDArray[np.intp]
    _to_foreign: NDArray[np.intp]

    @classmethod
    def of(cls, matrix: CountMatrix, columns: Sequence[Column]) -> Aligned:
        """Lay out a matrix as `columns` were learned."""
        known, foreign = align(matrix, columns)
        at = {column.template: index for index, column in enumerate(columns)}
        pairs = [(here, at[one.template]) for here, one in enumerate(matrix.columns) if one.template in at]
        here, there = (np.array([pair[side] for pair in pairs], np.intp) for side in (0, 1))
        return cls(known, matrix.counts[:, foreign], here, there, foreign)

    @property
    def unseen(self) -> Ints:
        """Lines of templates that weren't learned, shape (n,)."""
        return np.asarray(self.foreign.sum(axis=1), np.int64)

    def rows(self, begin: int) -> Aligned:
        """The windows from `begin` on."""
        return replace(self, known=self.known[begin:], foreign=self.foreign[begin:])

    def back(self, known: Floats, unseen: Floats) -> Floats:
        """What is said of the known columns (n, k) and of all others together (n,), by column of the matrix (n, m).

        The others get it by their lines. What is said of a column that the matrix lacks has no place and is dropped.
        """
        result = np.zeros((len(known), len(self._to_known) + len(self._to_foreign)))
        result[:, self._to_known] = known[:, self._known]
        share = self.foreign / np.maximum(self.unseen, 1)[:, None]
        result[:, self._to_foreign] = share * unseen[:, None]
        return result
