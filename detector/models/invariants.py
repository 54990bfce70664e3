"""Invariants between templates: a request that starts ends, each order has two items; and which of them are broken.

Lou et al., Mining Invariants from Console Logs for System Problem Detection, USENIX ATC 2010: sparse linear relations
with small whole coefficients between counts, as the flow of a program makes them. Here a*x = b*y and x = y + z are
looked for, in a bounded search. Lou counts by task; in windows of time a task may start in one and end in the next, so
a relation holds when what is left of it is far smaller, over several windows, than the same templates would leave if
they had nothing to do with each other; and it is broken when more is left than usual.

Sees starts without an end, retries, lost lines of one of several parts, also where these are few among many; whatever
the load. Sees nothing of templates that are in no relation, nothing of unknown ones. Of two templates in one broken
relation it can't say which is wrong: the one that is in more broken relations ranks first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from detector.models.aligned import Aligned, in_order
from detector.models.negative_binomial import rolling_sum
from detector.models.port import Evidence
from detector.vectors import Column, CountMatrix

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SCALES = (1, 5)
"""Windows that are summed: what is open at their ends weighs less the more there are."""
_LARGEST = 5
"""Coefficient that is looked for: Lou et al. found none larger."""
_MOST_COLUMNS = 400
"""Templates, those with the most lines, among which relations are looked for."""
_MOST_TRIED = 8_000
"""Relations that are tried out, those first whose totals agree best."""
_MOST_EACH = 12
"""Relations that a template is kept in: so many that the one that is in all broken ones stands out. On days mixed from
real logs 12 find and name more than 8, and those more than 4."""
_LEAST_LINES = 30
"""Of a template in the history: fewer may agree by chance."""
_TOTALS = 0.02
"""Share by which totals may differ, for tasks on the way at either end."""
_TIGHT = 0.25
"""Of the variance that unrelated templates of these rates would leave, how much a relation may, over 5 windows."""
_TRIMMED = 0.005
"""Share of the windows learned from in which a relation may have been broken."""
_NORMAL = 3.0
"""Standard deviations that what is left exceeds in so few windows, if it is normal."""


@dataclass(frozen=True, slots=True)
class Invariants:
    """Relations, each a row of whole coefficients that make nought of the counts as a rule."""

    columns: tuple[Column, ...]
    terms: NDArray[np.int64]
    """Columns in each relation, shape (r, 3); where there are two of them the last is 0, with a coefficient of 0."""
    coefficients: NDArray[np.int64]
    """Shape (r, 3)."""
    loose: Floats
    """Variance that each leaves, in shares of the lines in it, by scale; shape (r, scales)."""
    heavier: Floats
    """By how much what it leaves at its worst exceeds what it would if that were normal, 1 or more; shape (r,)."""

    def __post_init__(self) -> None:
        """Raises `ValueError` where a relation is of columns that there are not."""
        if self.terms.shape != self.coefficients.shape or self.terms.shape[1:] != (3,):
            raise ValueError("These are no relations.")
        if not ((self.terms >= 0) & (self.terms < max(len(self.columns), 1))).all():
            raise ValueError("These relations are of columns that there are not.")

    @classmethod
    def fit(cls, history: CountMatrix, *, seed: int) -> Self:
        """Learn from a dozen windows or more; nothing is drawn, so that every seed gives the same."""
        columns, counts = in_order(history)
        terms, coefficients = _candidates(counts)
        tightness = _tightness(counts, terms, coefficients)
        chosen = _choose(terms, coefficients, tightness)
        terms, coefficients = terms[chosen], coefficients[chosen]
        loose = np.stack([_loose(*_left(counts, terms, coefficients, scale)) for scale in _SCALES], axis=1)
        fitted = cls(columns, terms, coefficients, loose, np.ones(len(terms)))
        worst = np.quantile(fitted._broken(counts), 1 - _TRIMMED, axis=0)
        return replace(fitted, heavier=np.maximum(worst / _NORMAL, 1.0))

    def score(self, matrix: CountMatrix, skip: int = 0) -> Evidence:
        """What the most broken relation leaves, in standard deviations of what it usually does."""
        aligned = Aligned.of(matrix, self.columns)
        broken = self._broken(aligned.known)
        broken, aligned = broken[skip:], aligned.rows(skip)
        known = np.zeros((len(broken), len(self.columns)))
        for term in range(self.terms.shape[1]):
            part = np.where(self.coefficients[:, term] != 0, broken**2, 0.0)
            np.add.at(known.T, self.terms[:, term], part.T)
        return Evidence(broken.max(axis=1, initial=0.0), aligned.back(known, np.zeros(len(broken))))

    def _broken(self, counts: Ints) -> Floats:
        """By how many standard deviations each relation fails, at its worst scale, shape (n, r)."""
        broken = np.zeros((len(counts), len(self.terms)))
        for at, scale in enumerate(_SCALES):
            left, lines = _left(counts, self.terms, self.coefficients, scale)
            broken = np.maximum(broken, np.abs(left) / np.sqrt(self.loose[:, at] * lines + 1.0))
        return np.asarray(broken / self.heavier, np.float64)

    def told(self) -> list[str]:
        """The relations as equations between template ids."""
        return [
            " + ".join(_side(self.columns, terms, coefficients, 1))
            + " = "
            + " + ".join(_side(self.columns, terms, coefficients, -1))
            for terms, coefficients in zip(self.terms.tolist(), self.coefficients.tolist(), strict=True)
        ]


def _side(columns: tuple[Column, ...], terms: list[int], coefficients: list[int], sign: int) -> list[str]:
    pairs = zip(terms, coefficients, strict=True)
    return [
        f"{abs(value)} * {columns[term].template}" if abs(value) > 1 else columns[term].template
        for term, value in pairs
        if value * sign > 0
    ]


def _left(counts: Ints, terms: Ints, coefficients: Ints, scale: int) -> tuple[Floats, Floats]:
    """What each relation leaves over `scale` windows, and how many lines there are in it; both of shape (n, r)."""
    left, lines = np.zeros((len(counts), len(terms))), np.zeros((len(counts), len(terms)))
    for term in range(terms.shape[1]):
        part = counts[:, terms[:, term]] * coefficients[:, term]
        left += part
        lines += np.abs(coefficients[:, term] * part)
    return rolling_sum(left, scale), rolling_sum(lines, scale)


def _loose(left: Floats, lines: Floats) -> Floats:
    """Variance for each line, of all but the few windows in which a relation is at its worst; shape (r,)."""
    if not left.shape[1]:
        return np.zeros(0)
    worst = np.quantile(np.abs(left), 1 - _TRIMMED, axis=0)
    return np.asarray((np.minimum(np.abs(left), worst) ** 2).sum(axis=0) / np.maximum(lines.sum(axis=0), 1.0))


def _candidates(counts: Ints) -> tuple[Ints, Ints]:
    """Relations whose totals agree, best first; terms and coefficients, both of shape (r, 3)."""
    total = counts.sum(axis=0)
    busiest = np.argsort(-total, kind="stable")[:_MOST_COLUMNS]
    common = np.sort(busiest[total[busiest] >= _LEAST_LINES])
    pairs, sums = _pairs(common, total), _sums(common, total)
    terms, coefficients, apart = (np.concatenate(each) for each in zip(pairs, sums, strict=True))
    best = np.argsort(apart, kind="stable")[:_MOST_TRIED]
    return terms[best], coefficients[best]


def _pairs(common: NDArray[np.intp], total: Ints) -> tuple[Ints, Ints, Floats]:
    """Relations of two: a*x = b*y, a and b without a common divisor."""
    found = []
    x, y = (common[index] for index in np.triu_indices(len(common), 1))
    for a in range(1, _LARGEST + 1):
        for b in range(1, _LARGEST + 1):
            if np.gcd(a, b) == 1:
                apart = np.abs(a * total[x] - b * total[y]) / np.maximum(a * total[x], 1)
                near = np.flatnonzero(apart <= _TOTALS)
                found.append((x[near], y[near], np.full(len(near), a), np.full(len(near), b), apart[near]))
    xs, ys, a_s, b_s, apart = (np.concatenate(each) for each in zip(*found, strict=True))
    none = np.zeros_like(xs)
    return np.stack([xs, ys, none], axis=1), np.stack([a_s, -b_s, none], axis=1), apart


def _sums(common: NDArray[np.intp], total: Ints) -> tuple[Ints, Ints, Floats]:
    """Relations of three: x = y + z."""
    y, z = (common[index] for index in np.triu_indices(len(common), 1))
    both = total[y] + total[z]
    found = []
    for x in common.tolist():
        apart = np.abs(both - total[x]) / total[x]
        # A sum of which one part is within the allowance is a pair.
        real = np.minimum(total[y], total[z]) > 2 * _TOTALS * total[x]
        near = np.flatnonzero((apart <= _TOTALS) & real)
        near = near[np.argsort(apart[near], kind="stable")[: 10 * _MOST_EACH]]
        found.append((np.full(len(near), x), y[near], z[near], apart[near]))
    empty = np.zeros(0, np.int64)
    xs, ys, zs, apart = (np.concatenate(each) for each in zip(*found, (empty, empty, empty, empty), strict=True))
    one = np.ones_like(xs)
    return np.stack([xs, ys, zs], axis=1), np.stack([one, -one, -one], axis=1), apart


def _tightness(counts: Ints, terms: Ints, coefficients: Ints) -> Floats:
    """What each relation leaves, as a share of what unrelated templates of these rates would; shape (r,).

    Unrelated lines that come one by one leave as much variance as there are lines, weighed by their coefficients.
    """
    result = np.zeros(len(terms))
    for begin in range(0, len(terms), 500):
        part = slice(begin, begin + 500)
        result[part] = _loose(*_left(counts, terms[part], coefficients[part], max(_SCALES)))
    return result


def _choose(terms: Ints, coefficients: Ints, tightness: Floats) -> Ints:
    """The tight ones, the tightest first, pairs before sums, few for each template."""
    size = (coefficients != 0).sum(axis=1)
    chosen, uses = [], dict[int, int]()
    for at in np.lexsort((tightness, size)).tolist():
        if tightness[at] > _TIGHT:
            continue
        own = terms[at][coefficients[at] != 0].tolist()
        if all(uses.get(term, 0) < _MOST_EACH for term in own):
            chosen.append(at)
            for term in own:
                uses[term] = uses.get(term, 0) + 1
    return np.array(chosen, np.int64)
