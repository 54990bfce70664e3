"""The newest window of many namespaces, scored one pass after another by one process on one core.

    python -m benchmarks.scoring [NAMESPACES [TEMPLATES [PASSES [LEARNED]]]]

Each namespace has its own model of three days of minutes and its own history, distinct in memory, so that the
processor's caches behave as in life; only `LEARNED` of them are different, and read from their saved form for all
others, as a thousand would take an hour to learn and four minutes to read. Each goes through what a pass does with
it: take in the window, score it with all judges, explain it where it is kept, look whether a model is due. Counts are
simulated: templates of very different frequency that share a load. Printed are windows a second, the median and the
99th percentile of one namespace's pass, the memory that a namespace holds, and scikit-learn's time for
`score_samples` of one row by the same trees, in turn with ours. Times are those of the processor, so that other work
on the machine lengthens them little.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from benchmarks.detectors import counts as simulated
from benchmarks.detectors import timed
from benchmarks.machine import describe
from benchmarks.table import Measure, shown
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

Times = NDArray[np.float64]

MINUTE = 60_000_000
START = 1_767_225_600_000_000
LEARNED = 3 * 1_440
DEFAULTS = ("1000", "200", "10", "12")
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


@dataclass(frozen=True, slots=True)
class Learned:
    """One of the namespaces that are simulated."""

    counts: NDArray[np.int64]
    """Of all windows, those that were learned first."""
    digest: str
    model: bytes
    seconds: float
    """That learning took."""

    @classmethod
    def of(cls, kind: int, passes: int, known: dict[str, Template], settings: DetectionSettings) -> Learned:
        """Simulate one and learn it."""
        counts = simulated(LEARNED + WARM + passes, len(known), kind + 1)
        own = windows("n", counts[:LEARNED], 0, np.array(list(known), object))
        history = to_matrix(own, columns_of(own, known), START, START + LEARNED * MINUTE, MINUTE)
        begin = time.process_time()
        model = dump(NamespaceModel.fit(history, trees=settings.trees, seed=settings.seed))
        seconds = time.process_time() - begin
        starts = START + MINUTE * np.arange(LEARNED)
        return cls(counts, digest_of(history, starts, settings.trees, settings.seed), model, seconds)


def begun(name: str, past: Learned, known: dict[str, Template], settings: DetectionSettings) -> NamespaceState:
    """A namespace whose model has just been made, as a restart finds it."""
    counts, until, names = past.counts[:LEARNED], START + LEARNED * MINUTE, np.array(list(known), object)
    card = ModelCard(name, name, START, until, LEARNED, len(known), settings.seed, method=METHOD)
    last = until - MINUTE
    status = NamespaceStatus(name, START, last, LEARNED, int(counts.sum()), len(known), None, card, last_line=last)
    state = NamespaceState(name, settings, lambda: Fitted(name, past.digest, past.model))
    state.restore(windows(name, counts, 0, names), known, status, until, [card])
    return state


def passed(states: Sequence[NamespaceState], past: Sequence[Learned], passes: int, known: dict[str, Template]) -> Times:
    """Seconds of processor time that each namespace took in each pass, shape (passes, namespaces)."""
    names, took = np.array(list(known), object), np.zeros((WARM + passes, len(states)))
    for step in range(WARM + passes):
        minute = LEARNED + step
        for at, state in enumerate(states):
            own = windows(state.name, past[at % len(past)].counts[minute : minute + 1], minute, names)
            begin = time.thread_time()
            state.advance(own, known, START + (minute + 1) * MINUTE, lambda *_: ())
            took[step, at] = time.thread_time() - begin
    return took[WARM:]


def measures(namespaces: int, number: int, passes: int, kinds: int = 4) -> list[Measure]:
    """All of them, of so many namespaces of which so many kinds are learned."""
    settings, known = DetectionSettings(), templates(number)
    past = [Learned.of(kind, passes, known, settings) for kind in range(kinds)]
    before, begin = resident(), time.process_time()
    states = [begun(f"n{at}", past[at % kinds], known, settings) for at in range(namespaces)]
    restarted, held = time.process_time() - begin, resident() - before
    took = passed(states, past, passes, known)
    note = f"{namespaces:,} namespaces of {number} templates, one core; {kinds} of them learned, the others copies"
    return [
        Measure("newest windows scored a second", 1_000, tuple(1 / took.mean(axis=1)), "", note),
        Measure("one of them, median", None, (1e3 * float(np.median(took)),), "ms", note),
        Measure("one of them, 99th percentile", 100, (1e3 * float(np.quantile(took, 0.99)),), "ms", note, "most"),
        Measure("memory of a namespace", None, (held / namespaces / 1e6,), "MB", note),
        Measure("a model made", None, tuple(one.seconds for one in past), "s", f"of {LEARNED:,} windows"),
        Measure("a namespace read again", None, (1e3 * restarted / namespaces,), "ms", "at a restart, its model kept"),
        Measure(
            "one row by the same forest",
            50,
            tuple(against_sklearn(settings.trees)),
            note="against scikit-learn's `score_samples`",
        ),
    ]


def main(arguments: Sequence[str]) -> None:
    """Print the table."""
    print(describe())
    print(shown(measures(*(int(given) for given in (*arguments, *DEFAULTS[len(arguments) :])))))


if __name__ == "__main__":
    main(sys.argv[1:])
