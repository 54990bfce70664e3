"""When outputs are told of findings: after they are stored, exactly what is stored, whatever fails in between."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from detector.errors import ServerError, StoreError
from detector.outputs import Outbox
from detector.pipeline import Pipeline
from detector.store.port import PassResult, Store, Told
from detector.store.sqlite import SqliteStore, open_store
from detector.wiring import open_engine
from ingest.files import FileSource
from ingest.settings import ReadSettings
from tests.detector.cluster import write_logs
from tests.detector.test_pipeline import NOW, SETTINGS


class Recorder:
    """Tells how far each pass is, and its anomalies; keeps what was stored when it was told. It may be away."""

    def __init__(self, store: Store, name: str = "recorder") -> None:
        self.name, self._store = name, store
        self.told: list[Told] = []
        self.stored: list[int | None] = []
        self.away = Event()

    def messages(self, result: PassResult) -> list[Told]:
        ids = [f"pass {result.closed_until}", *(anomaly.id for anomaly in result.anomalies)]
        return [Told(self.name, id_, "pass", b"shop", id_.encode()) for id_ in ids]

    def send(self, told: Sequence[Told]) -> None:
        if self.away.is_set():
            raise ServerError("It is away.", "Wait.")
        self.told += told
        self.stored.append(self._store.closed_until())

    def close(self) -> None:
        """Nothing is open."""

    @property
    def passes(self) -> list[int]:
        return [int(one.id.removeprefix("pass ")) for one in self.told if one.id.startswith("pass ")]

    @property
    def anomalies(self) -> set[str]:
        return {one.id for one in self.told if not one.id.startswith("pass ")}


class FailingStore(SqliteStore):
    """Its disk is full after some passes."""

    left = 2

    def commit(self, result: PassResult) -> None:
        if not self.left:
            raise StoreError("The disk is full.", "Make room.")
        self.left -= 1
        super().commit(result)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(open_store(tmp_path / "store.sqlite")) as opened:
        yield opened


def read(logs: Path, store: Store, outbox: Outbox) -> None:
    checkpoints = store.progress().checkpoints
    source = FileSource([logs], ReadSettings(), follow=False, clock=lambda: NOW, checkpoints=checkpoints, chunk=512)
    with closing(source):
        pipeline = Pipeline(source, open_engine(SETTINGS), store, SETTINGS, outbox)
        while not source.exhausted:
            pipeline.poll()
            pipeline.close_windows()


def wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def found(store: Store) -> set[str]:
    return {anomaly.id for anomaly in store.anomalies(limit=1_000).items}


def test_all_that_is_stored_is_told_in_order_and_not_before(tmp_path: Path, store: SqliteStore) -> None:
    output = Recorder(store)
    with closing(Outbox([output])) as outbox:
        read(write_logs(tmp_path / "logs"), store, outbox)
    assert len(output.passes) > 3
    assert output.passes == sorted(set(output.passes))
    assert output.passes[-1] == store.closed_until()
    assert output.anomalies == found(store) != set()
    assert store.waiting("recorder") == 0


def test_nothing_is_told_of_a_pass_that_could_not_be_stored(tmp_path: Path) -> None:
    logs, path = write_logs(tmp_path / "logs"), tmp_path / "store.sqlite"
    with closing(open_store(path)) as whole:
        store = FailingStore(whole._file, whole._pool)
        output = Recorder(store)
        with closing(Outbox([output])) as outbox:
            with pytest.raises(StoreError, match="full"):
                read(logs, store, outbox)
            wait(lambda: store.waiting("recorder") == 0)
            assert len(output.passes) == 2
            assert output.passes[-1] == whole.closed_until()
            read(logs, whole, outbox)
        assert output.passes[-1] == whole.closed_until()
        assert output.anomalies == found(whole) != set()


def test_an_output_that_is_away_holds_neither_detection_up_nor_other_outputs(
    tmp_path: Path, store: SqliteStore
) -> None:
    away, there = Recorder(store, "away"), Recorder(store, "there")
    away.away.set()
    with closing(Outbox([away, there])) as outbox:
        read(write_logs(tmp_path / "logs"), store, outbox)
        wait(lambda: store.waiting("there") == 0)
        wait(lambda: bool(outbox.problems))
        assert outbox.problems == ("Findings wait to be told. It is away. Wait.",)
        assert (away.told, store.waiting("away")) == ([], len(there.told))
        away.away.clear()
        wait(lambda: not outbox.problems)
        assert [one.id for one in away.told] == [one.id for one in there.told]


def test_what_was_not_told_before_the_end_is_told_at_the_next_start(tmp_path: Path) -> None:
    logs, path = write_logs(tmp_path / "logs"), tmp_path / "store.sqlite"
    with closing(open_store(path)) as first:
        output = Recorder(first)
        output.away.set()
        with closing(Outbox([output])) as outbox:
            read(logs, first, outbox)
        waits, until = first.waiting("recorder"), first.closed_until()
    assert waits > 3
    with closing(open_store(path)) as second:
        output = Recorder(second)
        with closing(Outbox([output])) as outbox:
            read(logs, second, outbox)  # nothing is new
        assert (output.passes[-1], output.anomalies) == (until, found(second))
        assert second.waiting("recorder") == 0


def test_of_too_much_that_waits_the_oldest_goes_untold_and_that_is_said(store: SqliteStore) -> None:
    output = Recorder(store)
    output.away.set()
    store.commit(PassResult(closed_until=1, told=[Told("recorder", f"pass {n}", "pass", b"", b"") for n in range(700)]))
    with closing(Outbox([output], most=100)) as outbox:
        outbox.look(store)
        wait(lambda: len(outbox.problems) == 2)
        wait(lambda: store.waiting("recorder") == 100)
        output.away.clear()
        wait(lambda: store.waiting("recorder") == 0)
        wait(lambda: len(outbox.problems) == 1)
        assert outbox.problems[0].startswith("600 findings were not told to recorder: too many waited.")
    assert output.passes == list(range(600, 700))


class Slow(Recorder):
    """Takes its time until it fails."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.begun, self.ended = Event(), Event()

    def send(self, told: Sequence[Told]) -> None:
        self.begun.set()
        self.ended.wait(20)
        super().send(told)


@pytest.mark.parametrize("failed_before", [True, False])
def test_a_store_that_is_closed_is_forgotten(tmp_path: Path, failed_before: bool) -> None:
    with closing(open_store(tmp_path / "store.sqlite", shared=True)) as store:
        output = Slow(store)
        output.away.set()
        with closing(Outbox([output])) as outbox:
            with closing(store.scope("logs/0")) as scope:
                scope.commit(PassResult(closed_until=1, told=output.messages(PassResult(1))))
                outbox.look(scope)
                output.begun.wait(20)
                if failed_before:
                    output.ended.set()
                    wait(lambda: bool(outbox.problems))
                outbox.forget(scope)
            output.ended.set()
            time.sleep(0.2)
            assert not outbox.problems, "somebody else sends it"
            output.away.clear()
            with closing(store.scope("logs/0")) as again:
                outbox.look(again)
                wait(lambda: again.waiting("recorder") == 0)
                assert output.passes == [1]
