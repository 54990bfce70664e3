"""Pruning comes once a day, whatever becomes of the other jobs, and again in minutes where it fails."""

from __future__ import annotations

import itertools
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from detector.errors import StoreError
from detector.pruning import Pruning
from detector.service import Service
from detector.settings import Settings
from detector.sparse import HOUR
from detector.store.port import PassResult, Store
from detector.store.sqlite import open_store
from detector.vectors import WindowCounts
from detector.worker.service import WorkerService
from tests.detector.records import START
from tests.store.shop import anomaly


class _Clock:
    def __init__(self) -> None:
        self.minutes = 0.0

    def monotonic(self) -> float:
        return self.minutes * 60


def test_pruning_neither_waits_for_the_others_nor_is_left_out_for_a_day_where_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = _Clock()
    attempts: list[float] = []
    said: list[tuple[str, ...]] = []
    store = open_store(tmp_path / "store.sqlite")
    store.commit(PassResult(closed_until=START))

    def prune(counts_before: int, findings_before: int, hours_before: int | None) -> int:
        attempts.append(clock.minutes)
        if clock.minutes < 12:
            raise StoreError("It is away.", "Wait.")
        return 0

    monkeypatch.setattr(store, "prune", prune)
    service = Service(Settings(), [str(tmp_path)], clock=lambda: START)
    service._store, service._pause = store, 50
    service._pruning = Pruning(Settings().store, lambda: START, clock.monotonic)
    for minute in range(2 * 24 * 60):
        clock.minutes = minute
        service._prune_if_due()
        said.append(tuple(service._live.notices()))
    store.close()

    assert attempts == [0, 5, 15, 15 + 24 * 60]
    assert (service._pause, service._failures) == (50, 0)
    assert said[14] == ("What is older than is kept stays, as pruning fails. It is away. Wait.",)
    assert said[15] == ()


def service_over(store: Store) -> Service:
    """A service for which a day passes whenever it asks whether pruning is due."""
    days, now = itertools.count(0.0, 86_400.0), START + 400 * 24 * HOUR
    service = Service(Settings(), [], clock=lambda: now)
    service._store, service._pruning = store, Pruning(Settings().store, lambda: now, lambda: next(days))
    return service


def test_a_partition_that_is_stuck_keeps_nobody_from_forgetting_and_is_told(tmp_path: Path) -> None:
    now = START + 100 * 24 * HOUR
    counts = WindowCounts("shop", START, ("t1",), np.array([3]))
    with closing(open_store(tmp_path / "store.sqlite", shared=True)) as store:
        store.scope("logs/0").commit(PassResult(START + HOUR, counts=[counts]))
        store.scope("logs/1").commit(PassResult(now))
        store.scope("logs/2")
        service = service_over(store)
        service._prune_if_due()
        assert not list(store.counts("shop"))
        assert [one.counts.tolist() for one in store.hours("shop")] == [[3]]
        (notice,) = service._live.notices()
        assert notice.startswith("logs/0 is closed to 20")
        assert "drainwatch release logs." in notice

        store.release("logs/0")
        service._prune_if_due()
        assert not service._live.notices()


def test_a_partition_that_is_a_little_behind_keeps_the_counts_that_it_still_learns_from(tmp_path: Path) -> None:
    kept = Settings().store.keep_counts // timedelta(hours=1) * HOUR
    with closing(open_store(tmp_path / "store.sqlite", shared=True)) as store:
        behind = store.scope("logs/0")
        behind.commit(PassResult(START + kept, counts=[WindowCounts("shop", START, ("t1",), np.array([3]))]))
        store.scope("logs/1").commit(PassResult(START + kept + 20 * HOUR))
        service_over(store)._prune_if_due()
        assert list(store.counts("shop"))
        behind.commit(PassResult(START + kept + HOUR))
        service_over(store)._prune_if_due()
        assert not list(store.counts("shop"))


def test_a_worker_that_gets_the_partition_by_which_is_pruned_prunes_at_once(tmp_path: Path) -> None:
    settings = Settings(
        ingest={"source": "kafka"},
        kafka={"brokers": ["127.0.0.1:1"], "anomalies_topic": "", "dead_letter_topic": ""},
        store={"path": tmp_path / "store.sqlite"},
    )
    with closing(open_store(tmp_path / "store.sqlite", shared=True)) as store:
        scope = store.scope("logs/0")
        scope.commit(PassResult(START + 400 * 24 * HOUR, counts=[WindowCounts("shop", START, ("t1",), np.array([3]))]))
        service = WorkerService(settings, clock=lambda: START + 400 * 24 * HOUR)
        service._store = store
        service._prune_if_due()
        assert list(store.counts("shop")), "it is up to another worker"
        service._worker._parts = service._parts(store)
        service._worker.assigned([0])
        service._prune_if_due()
        assert not list(store.counts("shop"))


def test_lines_as_they_were_written_are_masked_in_time_also_where_no_new_ones_come(tmp_path: Path) -> None:
    first = anomaly(1)
    reason = replace(first.reasons[0], samples=("login of ann@example.org",), raw=True)
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        store.commit(PassResult(None, anomalies=[replace(first, reasons=(reason,))]))
        settings = Settings.model_validate({"parsing": {"samples": "raw"}, "store": {"keep_raw_samples": "2d"}})
        shown = []
        for days in (1, 3):
            now = first.window + days * 24 * HOUR
            service = Service(settings, [], clock=partial(int, now))
            service._store = store
            service._prune_if_due()
            found = store.anomaly(first.id)
            shown.append(found and found.reasons[0].samples)
            assert any("kept as they were written" in one and "2 days" in one for one in service._live.notices())
    assert shown == [("login of ann@example.org",), ("login of <EMAIL>",)]
