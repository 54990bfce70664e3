"""From which chance on a session is told: nobody has to say how many are anomalous.

Fitted on normal sessions, a session is told when its rarest trait is so rare that fewer than one such was to be
expected among all that were fitted. Fitted on whatever there was, anomalies are seldom but not unique: the same trouble
comes again. Normal sessions are many, and the rarest of their traits thin out; trouble is another heap behind. Where
there is a valley between the two, that is where the line is drawn (the histogram's valley as a threshold: Prewitt and
Mendelsohn, The Analysis of Cell Images, Annals of the New York Academy of Sciences 1966); where there is none, nothing
but one session in a thousand is told.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STRICT = 0.001
"""The chance that is told where there is no valley."""
_COMMON = 0.05
"""What one session in twenty does is no anomaly; no heap is looked for among more frequent traits."""
_MOST = 0.1
"""Of the sessions may lie behind a valley: what is more is no trouble but the way things are."""
_BUDGET = 0.01
"""Of normal sessions that may be told for something that was never seen."""
_WIDTH = 0.3
"""Of a heap and of a valley, in decimal powers: a factor of two."""
_STEP = 0.01
_HEAP = 10
"""Sessions that make a heap, at least."""
_DEPTH = 3.0
"""A heap has so many times the sessions of the valley before it."""


def of_normal(sessions: int, held_out: Floats) -> float:
    """The chance below which sessions are told by a model that was fitted on so many normal ones.

    `held_out` are chances of some of them by models that didn't see them, any number: where each session has something
    new, as where there are many templates, no more than one in a hundred is told.
    """
    line = expected_once(sessions)
    return min(line, float(np.quantile(held_out, _BUDGET))) if len(held_out) else line


def expected_once(sessions: int) -> float:
    """The chance of what was to be expected in one of so many sessions."""
    return 1.0 / (sessions + 1)


def strict_of(sessions: int) -> float:
    """The chance that is told where there is no valley; few sessions can't show a thousandth."""
    return max(STRICT, expected_once(sessions))


def of_mix(chances: Floats, held_out: Floats, has_kinds: bool) -> float:
    """The chance below which a detector's sessions are told, from those that it was fitted on, shape (n,).

    `held_out` are chances by detectors that didn't see the session, any number. Where its traits have no kinds, a
    valley between them is a chance of the draw. Where there is no valley, no more than a thousandth of those held out
    is told: among many traits each session has one that is that rare.
    """
    strict = strict_of(len(chances))
    if len(held_out):
        strict = min(strict, float(np.quantile(held_out, STRICT)))
    if not has_kinds:
        return strict
    rarity = -np.log10(np.sort(chances)[::-1])
    places = np.arange(-np.log10(_COMMON) - _WIDTH / 2, -np.log10(strict), _STEP)
    if not len(places):
        return strict
    around = _within(rarity, places)
    beyond = places + _WIDTH  # heaps behind a place, its own width away from it at least
    heaps = np.array([_highest_heap(rarity, place) for place in beyond])
    behind = len(rarity) - np.searchsorted(rarity, places)
    is_valley = (heaps >= _HEAP) & (heaps >= _DEPTH * np.maximum(around, 1)) & (behind <= _MOST * len(rarity))
    if not is_valley.any():
        return strict
    lowest = around[is_valley].min()
    bottom = np.flatnonzero(is_valley & (around == lowest))
    run = np.split(bottom, np.flatnonzero(np.diff(bottom) > 1) + 1)
    widest = max(run, key=len)
    return min(_COMMON, float(10.0 ** -places[widest[len(widest) // 2]]))


def _within(rarity: Floats, places: Floats) -> NDArray[np.int64]:
    """Sessions not further than half a width from each place."""
    return np.asarray(
        np.searchsorted(rarity, places + _WIDTH / 2, side="right") - np.searchsorted(rarity, places - _WIDTH / 2)
    )


def _highest_heap(rarity: Floats, start: float) -> int:
    """The most sessions that any width from `start` on has."""
    behind = rarity[np.searchsorted(rarity, start - _WIDTH / 2) :]
    if not len(behind):
        return 0
    ends = np.searchsorted(behind, behind + _WIDTH, side="right")
    return int((ends - np.arange(len(behind))).max())
