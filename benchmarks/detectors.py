"""What each detector costs: learning three days of minutes, scoring a window and a day, and its size when saved.

    python -m benchmarks.detectors [TEMPLATES [RUNS]]

Counts are simulated: templates of very different frequency that share a load. Beside ours stands scikit-learn's own
Isolation Forest, as projects commonly use it, over the same counts; the ratio is of the same run, the forests in turn.
Figures are medians in seconds of processor time, with the least and the most of the ratios.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from benchmarks.machine import describe
from benchmarks.templates import spread
from detector.models.port import Detector
from detector.models.registry import DETECTORS
from detector.models.saved import dump_detector
from detector.models.textbook import RawForest
from detector.vectors import Column, CountMatrix

LEARNED, SCORED = 4_320, 1_440
SPAN = 60_000_000
DEFAULTS = ("300", "3")
"""Templates and runs."""
ONES = 20
"""Windows that are scored one by one."""


def counts(windows: int, templates: int, seed: int) -> NDArray[np.int64]:
    """A daily curve and bursts common to all, over-dispersion of each template."""
    chance = np.random.default_rng(seed)
    mean = np.random.default_rng(0).lognormal(0.5, 1.8, templates)
    load = (1 + 0.6 * np.sin(2 * np.pi * np.arange(windows) / 1440)) * chance.lognormal(0, 0.35, windows)
    rate = load[:, None] * mean * chance.gamma(20.0, 1 / 20.0, (windows, templates))
    return np.asarray(chance.poisson(rate), np.int64)


def matrix(values: NDArray[np.int64]) -> CountMatrix:
    """With columns in five workloads."""
    columns = tuple(Column(f"t{at:04}", f"w{at % 5}", "info") for at in range(values.shape[1]))
    return CountMatrix(0, SPAN, columns, values)


def timed(task: Callable[[], object]) -> float:
    """Seconds of processor time."""
    begin = time.process_time()
    task()
    return time.process_time() - begin


def cost(detector: type[Detector], history: CountMatrix, coming: CountMatrix) -> tuple[float, float, float, int]:
    """Seconds to learn, to score one window, to score a day; and bytes when saved."""
    learned: list[Detector] = []
    fit = timed(lambda: learned.append(detector.fit(history, seed=1)))
    one = timed(lambda: [learned[0].score(coming.rows(at, at + 1)) for at in range(ONES)]) / ONES
    return fit, one, timed(lambda: learned[0].score(coming)), len(dump_detector(learned[0]))


def walks(history: CountMatrix, coming: CountMatrix) -> tuple[float, float]:
    """Ratio of scikit-learn's time to ours for the same trees: one window, a day."""
    theirs = IsolationForest(n_estimators=200, random_state=1).fit(history.counts.astype(np.float64))
    ours, values = RawForest.fit(history, seed=1).forest, coming.counts.astype(np.float64)
    rows = [values[at : at + 1] for at in range(ONES)]
    one = timed(lambda: [theirs.score_samples(row) for row in rows]) / timed(lambda: [ours.score(row) for row in rows])
    return one, timed(lambda: theirs.score_samples(values)) / timed(lambda: ours.score(values))


def main(arguments: Sequence[str]) -> None:
    """Print the table."""
    templates, runs = (int(given) for given in (*arguments, *DEFAULTS[len(arguments) :]))
    history, coming = matrix(counts(LEARNED, templates, 1)), matrix(counts(SCORED, templates, 2))
    print(f"{describe()}\n{LEARNED} windows of {templates} templates learned, {runs} runs, one core\n")
    print(f"{'':12}{'learn, s':>10}{'window, ms':>12}{'day, ms':>10}{'saved, kB':>11}")
    for name, detector in DETECTORS.items():
        fit, one, day, size = (
            median(each) for each in zip(*(cost(detector, history, coming) for _ in range(runs)), strict=True)
        )
        print(f"{name:12}{fit:10.2f}{1e3 * one:12.2f}{1e3 * day:10.1f}{size / 1e3:11.0f}")
    one, day = zip(*(walks(history, coming) for _ in range(max(runs, 3))), strict=True)
    print("\nscikit-learn's time to ours, the same 200 trees with equal scores:")
    print(f"  one window {spread(one, '.0f')}, a day at once {spread(day, '.1f')}")


if __name__ == "__main__":
    main(sys.argv[1:])
