"""When outputs are told of findings: before they are stored, so that a crash in between tells them again."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from detector.pipeline import Pipeline
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore, open_store
from detector.wiring import open_engine
from ingest.files import FileSource
from ingest.settings import ReadSettings
from tests.detector.cluster import write_logs
from tests.detector.test_pipeline import NOW, SETTINGS


class Recorder:
    """Keeps the windows of each pass, and what was stored when it was told; fails at one pass, if asked to."""

    def __init__(self, store: SqliteStore, fail_at: int = -1) -> None:
        self._store, self._fail_at = store, fail_at
        self.told: list[int] = []
        self.anomalies: set[str] = set()
        self.stored: list[int | None] = []

    def publish(self, result: PassResult) -> None:
        if len(self.told) == self._fail_at:
            raise ConnectionError
        self.told.append(result.closed_until)
        self.anomalies |= {anomaly.id for anomaly in result.anomalies}
        self.stored.append(self._store.closed_until())


def read(logs: Path, store: SqliteStore, output: Recorder) -> None:
    source = FileSource(
        [logs], ReadSettings(), follow=False, clock=lambda: NOW, checkpoints=store.checkpoints(), chunk=512
    )
    with closing(source):
        pipeline = Pipeline(source, open_engine(SETTINGS), store, SETTINGS, [output])
        while not source.exhausted:
            pipeline.poll()
            pipeline.close_windows()


def test_an_output_is_told_of_each_pass_right_before_it_is_stored(tmp_path: Path) -> None:
    logs = write_logs(tmp_path / "logs")
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        output = Recorder(store)
        read(logs, store, output)

        assert output.stored == [None, *output.told[:-1]]
        assert store.closed_until() == output.told[-1]


def test_a_pass_that_could_not_be_told_is_not_stored_and_is_done_again(tmp_path: Path) -> None:
    logs = write_logs(tmp_path / "logs")
    with closing(open_store(tmp_path / "store.sqlite")) as store:
        first = Recorder(store, fail_at=2)
        with pytest.raises(ConnectionError):
            read(logs, store, first)
        assert store.closed_until() == first.told[-1]
        second = Recorder(store)
        read(logs, store, second)

    with closing(open_store(tmp_path / "undisturbed.sqlite")) as store:
        whole = Recorder(store)
        read(logs, store, whole)

    assert second.told[-1] == whole.told[-1]
    assert whole.anomalies
    assert first.anomalies | second.anomalies == whole.anomalies
