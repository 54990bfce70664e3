"""What creeps up: the level of a number over minutes, against the highest that it had on the day before.

Of a leak each step is as usual beside the hours before it; only a day shows that it has never been so high.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from detector.metrics.channels import Warp
from detector.metrics.usual import Grid, medians

Floats = NDArray[np.float64]

LOOK_HOURS = 1 / 12
"""From one look to the next."""
_LEVEL_HOURS, _DAY_HOURS, _NEWEST_HOURS = 1 / 3, 25.0, 2.0
"""A day and an hour: what comes every day may come a little earlier."""
_KNOWN = 0.8
"""Share of the day that has to be known."""
_MARGIN = 0.1
"""Widths of a day by which its highest may be surpassed: of two days one has the higher peak."""
_NARROWEST = 0.05
"""As in `detector.metrics.usual`, of logarithms."""


def looks(end: int, grid: Grid, count: int | None = None) -> NDArray[np.int64]:
    """The steps up to `end` at which levels are looked at, oldest first; all of them, or so many."""
    every = grid.steps(LOOK_HOURS)
    at = np.arange(end, 0, -every)[::-1]
    return at if count is None else at[-count:]


def looks_a_day(grid: Grid) -> int:
    """How many are needed to judge one."""
    return grid.steps(_DAY_HOURS) // grid.steps(LOOK_HOURS) + 1


def beyond(warp: Warp, values: Floats, at: NDArray[np.int64], grid: Grid, least: Floats) -> Floats:
    """How far each level is above all of the day before (and a margin), in widths of that day; shape (queries, looks).

    `values` are warped, of shape (queries, steps); the looks that have no day before them are NaN.
    """
    levels = medians(values, at - grid.steps(_LEVEL_HOURS), at)
    raw = np.full(levels.shape, np.nan)
    day, newest = looks_a_day(grid) - 1, grid.steps(_NEWEST_HOURS) // grid.steps(LOOK_HOURS)
    if len(at) <= day:
        return raw
    windows = sliding_window_view(levels, day - newest, axis=1)[:, : len(at) - day]
    known = np.isfinite(windows).mean(axis=-1) >= _KNOWN
    highest = np.nan_to_num(windows, nan=-np.inf).max(axis=-1)
    lowest = np.nan_to_num(windows, nan=np.inf).min(axis=-1)
    now = levels[:, day:]
    differs = warp.back(now) - warp.back(np.where(known, highest, np.nan)) >= least[:, None]
    with np.errstate(invalid="ignore"):
        away = (now - highest) / np.maximum(highest - lowest, _NARROWEST) - _MARGIN
    raw[:, day:] = np.where(known, np.where(differs, away, np.minimum(away, 0.0)), np.nan)
    return raw
