"""A window as nine numbers, for detectors that can't tell one of many templates from another.

How much quieter than usual it is (busier is no fault), how far the templates are out of their range for this load, up
and down, how many of them, unknown ones, the distance from the usual mix, errors. The number of templates may change;
these stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.models.aligned import Aligned, in_order
from detector.models.blocks import blocks
from detector.models.load import load_factor
from detector.models.negative_binomial import Spread, lower_tail, rolling_sum, upper_tail
from detector.vectors import Column, CountMatrix
from parsers.level import ERRORS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEATURES = (
    "quiet", "unseen", "more", "fewer", "more_top3", "fewer_top3", "out_of_range", "mix_distance", "errors",
)  # fmt: skip
_SCALES = (1, 5)
"""Windows over which counts are summed: what is weak in one window is clear over a few."""
_OUT_OF_RANGE = 2.0
"""-log10 of the tail from which a template counts as out of its range."""
_FLOOR = 0.5
"""Lines that a history of n windows can hide: each mean is raised by this over n."""
_UNSEEN_DISPERSION = 10.0
"""New templates come in bunches."""


@dataclass(frozen=True, slots=True)
class View:
    """Windows as vectors, and which columns each number rests on."""

    vectors: Floats
    """Shape (n, 9), in the order of `FEATURES`."""
    _aligned: Aligned
    _parts: dict[str, tuple[Floats, Floats]]
    """How much each feature rests on each known column (n, k), and on the unknown ones together (n,)."""

    def rows(self, begin: int) -> View:
        """The windows from `begin` on."""
        parts = {name: (known[begin:], unseen[begin:]) for name, (known, unseen) in self._parts.items()}
        return View(self.vectors[begin:], self._aligned.rows(begin), parts)

    def by_column(self, by_feature: Floats) -> Floats:
        """What is said of the features (n, 9), 0 or more, by column of the matrix that was viewed (n, m)."""
        k = self._aligned.known.shape[1]
        known, unseen = np.zeros((len(by_feature), k)), np.zeros(len(by_feature))
        for index, name in enumerate(FEATURES):
            of_known, of_unseen = self._parts[name]
            total = np.maximum(of_known.sum(axis=1) + of_unseen, 1e-12)
            weight = by_feature[:, index] / total
            known += weight[:, None] * of_known
            unseen += weight * of_unseen
        return self._aligned.back(known, unseen)


@dataclass(frozen=True, slots=True)
class Derived:
    """What is usual of each template at a load of one."""

    columns: tuple[Column, ...]
    mean: Floats
    """Shape (k,)."""
    spread: tuple[Spread, ...]
    """Around what the load says, by scale."""
    usual_mix: Floats
    """Share of each template in all lines, shape (k,)."""
    usual_volume: float
    """Logarithm of all lines of a window and 1, the median."""
    unseen: float
    """Lines of unknown templates in a window of the history, as those before and after it would have it."""

    @classmethod
    def fit(cls, history: CountMatrix) -> tuple[Derived, Floats]:
        """Learn from two windows or more; and their vectors (n, 9), each by what the others say of it.

        Held against itself the history would look tamer than what comes after it.
        """
        columns, counts = in_order(history)
        n, parts = len(counts), []
        unseen = (_unseen_lines(counts) + _FLOOR) / n
        for begin, end in blocks(n):
            others = np.vstack([counts[:begin], counts[end:]])
            kept = others.sum(axis=0) > 0
            of_kept = tuple(column for column, was_seen in zip(columns, kept, strict=True) if was_seen)
            lead = max(0, begin - max(_SCALES) + 1)
            block = CountMatrix(0, history.span, columns, counts[lead:end])
            parts.append(cls._of(of_kept, others[:, kept], unseen).view(block).vectors[begin - lead :])
        return cls._of(columns, counts, unseen), np.vstack(parts)

    @classmethod
    def _of(cls, columns: tuple[Column, ...], counts: Ints, unseen: float) -> Derived:
        mean = counts.mean(axis=0) + _FLOOR / len(counts)
        expected = load_factor(counts, mean)[:, None] * mean
        seen = counts.astype(np.float64)
        spread = tuple(Spread.fit(rolling_sum(seen, scale), rolling_sum(expected, scale)) for scale in _SCALES)
        total, volume = counts.sum(axis=0), np.median(np.log1p(counts.sum(axis=1)))
        return cls(columns, mean, spread, total / max(int(total.sum()), 1), float(volume), unseen)

    def view(self, matrix: CountMatrix) -> View:
        """Windows in order of time as vectors."""
        aligned = Aligned.of(matrix, self.columns)
        more, fewer = self._tails(aligned.known)
        unseen, none = aligned.unseen.astype(np.float64), np.zeros(len(matrix))
        new = upper_tail(unseen, np.full(len(unseen), self.unseen), np.full(len(unseen), _UNSEEN_DISPERSION))
        total = aligned.known.sum(axis=1) + unseen
        share = aligned.known / np.maximum(total, 1)[:, None]
        errors = aligned.known * self._is_error
        all_more = np.column_stack([more, new])
        out = np.where((more > _OUT_OF_RANGE) | (fewer > _OUT_OF_RANGE), 1.0, 0.0)
        apart = np.abs(share - self.usual_mix)
        vectors = np.column_stack(
            [
                np.maximum(self.usual_volume - np.log1p(total), 0.0),
                np.log1p(unseen),
                all_more.max(axis=1),
                fewer.max(axis=1, initial=0.0),
                mean_of_top3(all_more),
                mean_of_top3(fewer),
                out.sum(axis=1) + (new > _OUT_OF_RANGE),
                0.5 * (apart.sum(axis=1) + unseen / np.maximum(total, 1)),
                np.log1p(errors.sum(axis=1)),
            ]
        )
        parts = {
            "quiet": (np.maximum(self.mean - aligned.known, 0.0), none),
            "unseen": (np.zeros(more.shape), unseen),
            "more": (more**2, new**2),
            "fewer": (fewer**2, none),
            "more_top3": (more**2, new**2),
            "fewer_top3": (fewer**2, none),
            "out_of_range": (out * np.maximum(more, fewer) ** 2, new**2),
            "mix_distance": (apart, unseen / np.maximum(total, 1)),
            "errors": (errors.astype(np.float64), none),
        }
        return View(vectors, aligned, parts)

    def _tails(self, counts: Ints) -> tuple[Floats, Floats]:
        """-log10 of the tail of each count at the load of its window, upwards and downwards, both (n, k)."""
        seen, mean = counts.astype(np.float64), load_factor(counts, self.mean)[:, None] * self.mean
        more, fewer = np.zeros(counts.shape), np.zeros(counts.shape)
        for scale, spread in zip(_SCALES, self.spread, strict=True):
            observed, expected = rolling_sum(seen, scale), rolling_sum(mean, scale)
            dispersion = spread.around(expected)
            more = np.maximum(more, upper_tail(observed, expected, dispersion))
            fewer = np.maximum(fewer, lower_tail(observed, expected, dispersion))
        return more, fewer

    @property
    def _is_error(self) -> NDArray[np.bool_]:
        return np.array([column.level in ERRORS for column in self.columns], np.bool_)


def _unseen_lines(counts: Ints) -> int:
    """Lines of templates that occur in one block only: the others would not know them."""
    in_block = np.array([counts[begin:end].any(axis=0) for begin, end in blocks(len(counts))])
    return int(counts[:, in_block.sum(axis=0) == 1].sum())


def mean_of_top3(values: Floats) -> Floats:
    """Mean of the three highest of each row, shape (n,); of all where there are fewer, nought where there are none."""
    take = min(3, values.shape[1])
    if not take:
        return np.zeros(len(values))
    return np.asarray(np.partition(values, -take, axis=1)[:, -take:].mean(axis=1), np.float64)
