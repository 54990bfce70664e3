"""The newest window of many namespaces, scored one pass after another by one process on one core.

    python -m benchmarks.scoring [NAMESPACES [TEMPLATES [PASSES]]]

Each namespace has its own model of three days of minutes (a few are learned, and read from their saved form for all
others) and its own history, and goes through what a pass does with it: take in the window, score it with all judges,
explain it where it is kept, look whether a model is due. Counts are simulated: templates of very different frequency
that share a load. Printed are windows a second, the median and the 99th percentile of one namespace's pass, the memory
that a namespace holds, and scikit-learn's time for `score_samples` of one row by the same trees, in turn with ours.
Times are those of the processor, so that other work on the machine lengthens them little.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from benchmarks.detectors import counts as simulated
from benchmarks.detectors import timed
from benchmarks.machine import describe
from benchmarks.templates import spread
from detector.counting import columns_of
from detector.findings import ModelCard, NamespaceStatus
from detector.models.ensemble import METHOD, NamespaceModel
from detector.models.forest import FEATURES, Forest
from detector.models.saved import digest_of, dump
from detector.namespace import NamespaceState
from detector.settings import DetectionSettings
from detector.store.port import Fitted
from detector.vectors import WindowCounts, to_matrix
from parsers.engine import Template

MINUTE = 60_000_000
START = 1_767_225_600_000_000
LEARNED = 3 * 1_440
KINDS = 4
"""Namespaces that are simulated and learned; the others are like one of these."""
DEFAULTS = ("1000", "200", "10")
WARM = 2
"""Passes that are not counted: the first reads the windows before."""
RUNS, ONES = 5, 20


def templates(number: int) -> dict[str, Template]:
    """In five workloads, one in twenty an error."""
    return {
        (name := f"t{at:04}"): Template(
            name, "n", f"w{at % 5}", f"{name} <NUM>", "info" if at % 20 else "error", START, START, 1, f"{name} 7"
        )
        for at in range(number)
    }


def windows(namespace: str, counts: NDArray[np.int64], first: int, names: NDArray[np.object_]) -> list[WindowCounts]:
    """Counts (n, templates) of minutes as a pass gets them, from minute `first` on."""
    return [
        WindowCounts(
            namespace, START + (first + row) * MINUTE, tuple(names[(there := np.flatnonzero(own))]), own[there]
        )
        for row, own in enumerate(counts)
    ]


def begun(
    name: str,
    counts: NDArray[np.int64],
    digest: str,
    model: bytes,
    known: dict[str, Template],
    settings: DetectionSettings,
) -> NamespaceState:
    """A namespace whose model has just been made."""
    until, names = START + LEARNED * MINUTE, np.array(list(known), object)
    card = ModelCard(name, name, START, until, LEARNED, len(known), settings.seed, method=METHOD)
    last = until - MINUTE
    status = NamespaceStatus(name, START, last, LEARNED, int(counts.sum()), len(known), None, card, last_line=last)
    state = NamespaceState(name, settings, lambda: Fitted(name, digest, model))
    state.restore(windows(name, counts, 0, names), known, status, until, [card])
    return state


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def against_sklearn(trees: int) -> list[float]:
    """Ratios of scikit-learn's time for one row to ours, the same trees with equal scores."""
    values = np.random.default_rng(1).gamma(2.0, size=(LEARNED, len(FEATURES)))
    theirs = IsolationForest(n_estimators=trees, random_state=1, n_jobs=1).fit(values)
    ours, rows = Forest.fit(values, trees, 1), [values[at : at + 1] for at in range(ONES)]
    np.testing.assert_allclose(ours.score(values), -theirs.score_samples(values), atol=1e-12)
    return [
        timed(lambda: [theirs.score_samples(row) for row in rows]) / timed(lambda: [ours.score(row) for row in rows])
        for _ in range(RUNS)
    ]


def main(arguments: Sequence[str]) -> None:
    """Print the figures."""
    namespaces, number, passes = (int(given) for given in (*arguments, *DEFAULTS[len(arguments) :]))
    settings, known = DetectionSettings(), templates(number)
    names = np.array(list(known), object)
    print(f"{describe()}\n{namespaces} namespaces of {number} templates, {passes} passes\n", flush=True)
    past = [simulated(LEARNED + WARM + passes, number, kind + 1) for kind in range(KINDS)]
    models, digests, fits = [], [], []
    for one in past:
        own = windows("n", one[:LEARNED], 0, names)
        history = to_matrix(own, columns_of(own, known), START, START + LEARNED * MINUTE, MINUTE)
        begin = time.process_time()
        models.append(dump(NamespaceModel.fit(history, trees=settings.trees, seed=settings.seed)))
        fits.append(time.process_time() - begin)
        starts = START + MINUTE * np.arange(LEARNED)
        digests.append(digest_of(history, starts, settings.trees, settings.seed))
    before, begin = resident(), time.process_time()
    states = [
        begun(f"n{at}", past[kind := at % KINDS][:LEARNED], digests[kind], models[kind], known, settings)
        for at in range(namespaces)
    ]
    restarted = time.process_time() - begin
    held = (resident() - before) / namespaces
    took: list[float] = []
    kept = 0
    for step in range(WARM + passes):
        minute = LEARNED + step
        coming = [
            windows(one.name, past[at % KINDS][minute : minute + 1], minute, names) for at, one in enumerate(states)
        ]
        for state, own in zip(states, coming, strict=True):
            begin = time.thread_time()
            found = state.advance(own, known, START + (minute + 1) * MINUTE, lambda *_: ())
            took.append(time.thread_time() - begin)
            kept += len(found.anomalies)
    counted = np.array(took[WARM * namespaces :])
    print(f"windows a second     {1 / counted.mean():8.0f}")
    print(f"one, median          {1e3 * np.median(counted):8.2f} ms")
    print(f"one, 99th percentile {1e3 * np.quantile(counted, 0.99):8.2f} ms")
    print(f"kept and explained   {kept:8} of {len(took)}")
    print(f"memory a namespace   {held / 1e6:8.1f} MB, {held * namespaces / 1e9:.1f} GB in all")
    print(f"a model: made in     {median(fits):8.2f} s, {len(models[0]) / 1e6:.1f} MB saved")
    print(f"a restart            {1e3 * restarted / namespaces:8.0f} ms a namespace, with its model kept")
    ratio = against_sklearn(settings.trees)
    print(f"\nscikit-learn's score_samples to the same {settings.trees} trees here, one window: {spread(ratio, '.0f')}")


if __name__ == "__main__":
    main(sys.argv[1:])
