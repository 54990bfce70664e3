"""A store with models of a namespace, as a service leaves it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

from detector.namespace import NamespaceState
from detector.settings import DetectionSettings
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore, open_store
from detector.vectors import WindowCounts
from tests.detector.history import TEMPLATES, at, busy

LONG = 20
"""Minutes in a pass."""


def learned(path: Path, minutes: int = 200, faults: Mapping[int, Mapping[str, int]] | None = None) -> Path:
    """The path of a store whose namespace has logged for so long."""
    with closing(open_store(path)) as store:
        lived(store, NamespaceState("shop", DetectionSettings()), 0, minutes, faults or {100: {"refused": 25}})
    return path


def lived(
    store: SqliteStore,
    namespace: NamespaceState,
    begin: int,
    end: int,
    faults: Mapping[int, Mapping[str, int]],
) -> None:
    """Let a namespace live on for some minutes, going by the choices in the store as a service does."""
    for minute in range(begin, end, LONG):
        until = min(end, minute + LONG)
        windows = busy(range(minute, until), faults)
        namespace.choose(store.model_choices("shop"), partial(_counts, store), TEMPLATES)
        found = namespace.advance(windows, TEMPLATES, at(until), lambda *_: ())
        store.commit(
            PassResult(
                closed_until=at(until),
                counts=windows,
                templates=[TEMPLATES[name] for name in {name for one in windows for name in one.templates}],
                anomalies=found.anomalies,
                incidents=list(found.incidents.values()),
                models=found.models,
                statuses=[namespace.status_to_keep()],
            )
        )


def _counts(store: SqliteStore, since: int, until: int) -> list[WindowCounts]:
    return list(store.counts("shop", since, until))
