"""Counts of a namespace by window, as the store would hand them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

import numpy as np

from detector.namespace import Findings, NamespaceState
from detector.schedule import Schedule
from detector.settings import DetectionSettings
from detector.vectors import WindowCounts
from parsers.engine import Template
from tests.detector.records import MINUTE, START

SETTINGS = DetectionSettings(learn=timedelta(minutes=30), trees=10)
SCHEDULE = Schedule.of(SETTINGS)
MEANS = {"request": 40.0, "query": 20.0, "audit": 6.0}


def at(minute: float) -> int:
    """So many minutes after the first line."""
    return START + round(minute * MINUTE)


def template(name: str, level: str = "info", first_seen: int = START) -> Template:
    return Template(name, "shop", "cart", f"{name} <NUM>", level, first_seen, first_seen, 1, f"{name} 7")


TEMPLATES: Mapping[str, Template] = {
    **{name: template(name) for name in MEANS},
    # As if each time were the first.
    "refused": template("refused", "error", first_seen=at(10**9)),
}


def window(minute: int, counts: Mapping[str, int], span: int = MINUTE) -> WindowCounts:
    """What was counted in the window that holds a minute."""
    kept = {name: count for name, count in counts.items() if count}
    return WindowCounts("shop", at(minute) // span * span, tuple(kept), np.array(list(kept.values()), np.int64))


def busy(minutes: Iterable[int], faults: Mapping[int, Mapping[str, int]] | None = None) -> list[WindowCounts]:
    """Windows of work; those in `faults` with other counts beside. What a minute holds depends on the minute alone."""
    return [
        window(
            minute,
            {name: int(np.random.default_rng(minute).poisson(mean)) for name, mean in MEANS.items()}
            | dict((faults or {}).get(minute, {})),
        )
        for minute in minutes
    ]


def state(settings: DetectionSettings = SETTINGS) -> NamespaceState:
    return NamespaceState("shop", settings)


def go(namespace: NamespaceState, windows: Sequence[WindowCounts], until: float) -> Findings:
    """Advance to a minute."""
    return namespace.advance(windows, TEMPLATES, at(until), lambda *_: ())
