"""What is logged differently after a moment than before: templates that are new, gone, or changed in rate.

Counts before and after are held against each other by the likelihood ratio of two Poisson rates, divided by how much
more the counts scatter than Poisson's do (quasi-likelihood: McCullagh and Nelder, Generalized Linear Models, 1989, 9.2
and the F test of 9.2.4), for as many templates as there are (Holm, A Simple Sequentially Rejective Multiple Test
Procedure, 1979). Twice the load is no change: a template only counts as changed if neither "as often a minute" nor "as
often for this load" explains it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc

from detector.findings import ReasonKind
from detector.vectors import Column, CountMatrix, align

CHANCE = 0.01
"""How likely it may be that one template or more is called changed that isn't, of all those that are compared."""
LEAST_LIFT = 1.4
"""Smaller changes of rate are true, with enough lines, and of no interest."""
_LEAST_LINES = 5
_BLOCKS = 6
"""In so many pieces a time is cut at least to see how much counts scatter from one to the next."""
_AS_GOOD = 1.5
"""Where so many times the scatter is left without the load, a template follows it."""
_LONG = 3.0
"""Where pieces as long as the time after scatter so many times as much, they count, few as they are."""
_STEADY = 0.5
"""Share of windows, before and after, in which a template is logged that shows the load."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Difference:
    """A template that isn't logged as it was before."""

    column: Column
    kind: ReasonKind
    """NEW only where it was never seen before at all; one that wasn't logged lately is MORE."""
    before: int
    """Lines in the windows before."""
    after: int
    windows_before: int
    windows_after: int
    expected: float
    """Lines that the windows after would have had at the rate of before: for their load or for their number, whichever
    is nearer to what they had."""
    chance: float
    """How likely so much difference, or more, is by chance, corrected for the number of templates; 0 to 1."""
    evidence: float
    """The ratio of likelihoods that `chance` comes from, the greater the stronger: to be ranked by."""

    @property
    def lift(self) -> float | None:
        """How many times as often as expected; None where nothing was expected."""
        return self.after / self.expected if self.expected > 0 else None

    @property
    def is_certain(self) -> bool:
        """Whether chance alone is ruled out. A new template is told of anyway."""
        return self.chance <= CHANCE


@dataclass(frozen=True, slots=True)
class _Test:
    """Of each template, shape (m,)."""

    expected: Floats
    p: Floats
    evidence: Floats
    scatter: Floats


def what_changed(before: CountMatrix, after: CountMatrix, first_seen: Mapping[str, int]) -> list[Difference]:
    """Templates whose rate isn't what it was, the strongest evidence first.

    Both hold counts of whole windows without gaps, one or more each, `after` later than `before`; their columns may
    differ. `first_seen` says, by id, when a template was first seen ever (microseconds UTC).
    """
    columns = sorted({*before.columns, *after.columns}, key=lambda column: column.template)
    if not columns or not len(before) or not len(after):
        return []
    old, new = align(before, columns)[0].astype(float), align(after, columns)[0].astype(float)
    flat, loaded = (_test(old, new, *exposure) for exposure in (_flat(old, new), _loaded(old, new)))
    # What follows the load within each time is held to the load; else, of both, the nearer explanation decides.
    best = np.where(flat.scatter > _AS_GOOD * loaded.scatter, True, loaded.p >= flat.p)
    p, evidence, expected = (
        np.where(best, getattr(loaded, part), getattr(flat, part)) for part in ("p", "evidence", "expected")
    )
    chance = _holm(p)
    found = []
    for index, column in enumerate(columns):
        is_new = first_seen.get(column.template, 0) >= after.start and not old[:, index].any()
        kind = ReasonKind.NEW if is_new else _kind(old[:, index], new[:, index], float(expected[index]))
        one = Difference(
            column=column,
            kind=kind,
            before=int(old[:, index].sum()),
            after=int(new[:, index].sum()),
            windows_before=len(old),
            windows_after=len(new),
            expected=float(expected[index]),
            chance=float(chance[index]),
            evidence=float(evidence[index]),
        )
        if is_new or (one.is_certain and _is_of_interest(one)):
            found.append(one)
    return sorted(found, key=lambda one: (not one.is_certain, -one.evidence, one.column.template))


def _kind(old: Floats, new: Floats, expected: float) -> ReasonKind:
    if new.sum() >= expected:
        return ReasonKind.MORE
    # Pods of the old version may go on for a while.
    later = new[len(new) // 2 :]
    return ReasonKind.FEWER if later.any() else ReasonKind.GONE


def _is_of_interest(one: Difference) -> bool:
    if max(one.expected, one.after) < _LEAST_LINES:
        return False
    lift = one.lift
    return lift is None or lift >= LEAST_LIFT or lift <= 1 / LEAST_LIFT


def _flat(old: Floats, new: Floats) -> tuple[Floats, Floats]:
    return np.ones(len(old)), np.ones(len(new))


def _loaded(old: Floats, new: Floats) -> tuple[Floats, Floats]:
    """The load of each window, in windows of the mean load of before.

    Its course within each time is that of the lines of all templates that are nearly always there; from one time to the
    other, the median of what these templates did, each weighing as much as is known of it. So a few that changed don't
    pass for load.
    """
    steady = ((old > 0).mean(axis=0) >= _STEADY) & ((new > 0).mean(axis=0) >= _STEADY)
    if not steady.any():
        return _flat(old, new)
    rates = new[:, steady].mean(axis=0) / old[:, steady].mean(axis=0)
    weight = 1 / (1 / np.sqrt(old[:, steady].sum(axis=0)) + 1 / np.sqrt(new[:, steady].sum(axis=0)))
    order = np.argsort(rates)
    middle = np.searchsorted(np.cumsum(weight[order]), weight.sum() / 2)
    courses = [part[:, steady].sum(axis=1) for part in (old, new)]
    early, late = (course / course.mean() for course in courses)
    return early, late * rates[order][middle]


def _test(old: Floats, new: Floats, load_old: Floats, load_new: Floats) -> _Test:
    """Whether the rates a unit of load are one and the same."""
    lines_old, lines_new = old.sum(axis=0), new.sum(axis=0)
    part = load_new.sum() / (load_old.sum() + load_new.sum())
    both = lines_old + lines_new
    ratio = 2 * (_log_times(lines_new, both * part) + _log_times(lines_old, both * (1 - part)))
    scatter, freedom = _scatter(old, new, load_old, load_new)
    evidence = np.maximum(ratio, 0.0) / scatter
    expected = lines_old / load_old.sum() * load_new.sum()
    return _Test(expected, fdtrc(1, freedom, evidence), evidence, scatter)


def _log_times(lines: Floats, expected: Floats) -> Floats:
    """`lines × log(lines / expected)`, 0 for no lines."""
    return lines * np.log(np.where(lines > 0, lines, 1.0) / np.where(lines > 0, np.maximum(expected, 1e-300), 1.0))


def _scatter(old: Floats, new: Floats, load_old: Floats, load_new: Floats) -> tuple[Floats, Floats]:
    """By how much counts scatter more than Poisson's, at least 1, and from how many differences that is known.

    Looked at window by window; because what is up in one window is often so in the next, in longer pieces; and, before,
    in pieces as long as the time after, because what has gone up and down for as long is no change.
    """
    whole = min(len(new), len(old) // _BLOCKS)
    scatter, known = _scatter_of([(old, load_old), (new, load_new)], 1)
    for parts, size, least in (
        ([(old, load_old), (new, load_new)], min(len(old), len(new)) // _BLOCKS, 1.0),
        ([(old, load_old)], whole, _LONG),
    ):
        if size > 1:
            longer, known_longer = _scatter_of(parts, size)
            is_more = longer > least * scatter
            scatter, known = np.where(is_more, longer, scatter), np.where(is_more, known_longer, known)
    return np.maximum(scatter, 1.0), known


def _scatter_of(parts: Sequence[tuple[Floats, Floats]], size: int) -> tuple[Floats, Floats]:
    """Of counts and their load, each part at a rate of its own, in pieces of so many windows (Pearson's statistic)."""
    squares, pieces = np.zeros(parts[0][0].shape[1]), 0
    for counts, load in parts:
        edges = np.arange(0, len(counts) - size + 1, size)
        summed = np.add.reduceat(counts, edges, axis=0)
        usual = np.outer(np.add.reduceat(load, edges), counts.sum(axis=0) / load.sum())
        squares += np.divide((summed - usual) ** 2, usual, out=np.zeros_like(usual), where=usual > 0).sum(axis=0)
        pieces += len(edges)
    freedom = max(pieces - len(parts), 1)
    return squares / freedom, np.full(len(squares), float(freedom))


def _holm(p: Floats) -> Floats:
    """The chances, corrected for how many there are."""
    order = np.argsort(p)
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(stepped, 1.0)
    return corrected
