"""Pruning comes once a day, whatever becomes of the other jobs, and again in minutes where it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.errors import StoreError
from detector.service import Service
from detector.settings import Settings
from detector.store.port import PassResult
from detector.store.sqlite import open_store
from tests.detector.records import START


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
    monkeypatch.setattr("detector.service.time", clock)
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
    for minute in range(2 * 24 * 60):
        clock.minutes = minute
        service._prune_if_due()
    store.close()

    assert attempts == [0, 5, 15, 15 + 24 * 60]
    assert (service._pause, service._failures) == (50, 0)
