"""Simulated counts of a namespace whose services share one load, as requests make lines in several of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.vectors import Column, CountMatrix

SPAN = 60_000_000
MEANS = {"web": (60.0, 22.0, 5.0), "cart": (30.0, 9.0), "db": (80.0, 3.0, 1.0), "mail": (4.0, 0.5)}
"""Lines a window of each template, by workload."""
COLUMNS = tuple(
    Column(f"{workload}-{index}", workload, "info") for workload, means in MEANS.items() for index in range(len(means))
)
MEAN = np.array([mean for means in MEANS.values() for mean in means])


def healthy(windows: int, seed: int, surge: slice = slice(0), factor: float = 1.0) -> NDArray[np.int64]:
    """Counts of shape (windows, templates): a daily curve, bursts common to all, over-dispersion of each template.

    In the windows of `surge` there is `factor` times as much to do.
    """
    chance = np.random.default_rng(seed)
    curve = 1.0 + 0.6 * np.sin(2 * np.pi * np.arange(windows) / 1440)
    load = curve * chance.lognormal(0.0, 0.35, windows)
    load[surge] *= factor
    rate = load[:, None] * MEAN * chance.gamma(20.0, 1 / 20.0, (windows, len(MEAN)))
    return np.asarray(chance.poisson(rate), np.int64)


def matrix(counts: NDArray[np.int64], columns: tuple[Column, ...] = COLUMNS, start: int = 0) -> CountMatrix:
    return CountMatrix(start, SPAN, columns, counts)


def of(workload: str) -> list[int]:
    """The columns of a workload."""
    return [index for index, column in enumerate(COLUMNS) if column.workload == workload]


LINE = np.arange(100)[:, None]
ODD_HISTORIES: dict[str, NDArray[np.int64]] = {
    "one template": healthy(100, 1)[:, :1],
    "constant counts": np.full((100, 3), 7),
    "all noughts": np.zeros((100, 3), np.int64),
    "one line ever": (LINE == 50).astype(np.int64),
    "a line in the last window only": (LINE == 99).astype(np.int64),
    "every template in one window only": (np.arange(100) == LINE).astype(np.int64),
    "a template that ended": np.hstack([np.where(LINE < 20, 50, 0), np.full((100, 1), 5)]),
    "as few windows as will do": healthy(12, 1),
}
"""What every detector has to put up with; by name, shape (windows, templates)."""


def columns(count: int, name: str = "t") -> tuple[Column, ...]:
    """So many columns of three workloads and all kinds of levels."""
    levels = ("info", "error", "", "warning")
    return tuple(Column(f"{name}{index}", f"w{index % 3}", levels[index % 4]) for index in range(count))
