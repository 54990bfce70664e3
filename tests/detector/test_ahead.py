"""Reading ahead on a thread: the same records, account and places to read on as without, and an end when told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detector.ahead import ROWS, Ahead
from detector.batch import count_all
from detector.pipeline import Pipeline
from detector.store.sqlite import open_store
from detector.wiring import open_engine
from ingest.batch import LogBatch
from ingest.files import FileSource
from ingest.settings import ReadSettings
from ingest.source import Source
from tests.detector.cluster import write_logs
from tests.detector.records import MINUTE
from tests.detector.test_pipeline import NOW, SETTINGS, contents

LINE = "2026-01-01T00:00:{:02d}.000000000Z stdout F INFO tick {}\n"


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_logs(tmp_path_factory.mktemp("logs"))


def files(logs: Path, *, follow: bool = False, chunk: int = 512, **resume: Any) -> FileSource:
    return FileSource([logs], ReadSettings(), follow=follow, clock=lambda: NOW, chunk=chunk, **resume)


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "drainwatch reading"]


def stood(source: Source) -> dict[str, Any]:
    """All that a source says of itself."""
    return {
        "tally": source.tally,
        "watermark": source.watermark,
        "positions": source.positions(),
        "progress": source.progress(),
        "exhausted": source.exhausted,
        "problems": list(source.problems),
    }


def test_what_is_found_is_what_is_found_without(logs: Path) -> None:
    found = []
    for ahead in (False, True):
        source: Source = Ahead(files(logs)) if ahead else files(logs)
        with closing(source):
            windows, last = count_all(source, open_engine(SETTINGS), MINUTE, lambda *_: None)
            counts = [(one.window, one.templates, one.counts.tolist()) for one in windows]
            found.append((counts, last, source.tally, source.progress()))

    assert found[0] == found[1]
    assert threads() == []


@pytest.mark.parametrize("polls", [1, 2, 3])
def test_a_run_that_is_cut_off_goes_on_where_what_was_taken_ends(logs: Path, tmp_path: Path, polls: int) -> None:
    def run(store: Any, stop_after: int | None) -> bool:
        source = Ahead(Slowly(files(logs, checkpoints=store.checkpoints())))
        with closing(source):
            pipeline = Pipeline(source, open_engine(SETTINGS), store, SETTINGS)
            while stop_after is None or stop_after > 0:
                stop_after = None if stop_after is None else stop_after - 1
                records = pipeline.poll()
                pipeline.close_windows()
                if source.exhausted and not records:
                    return True
        return False

    for name, cut in (("whole", None), ("cut", polls)):
        turns, ended = 0, False
        while not ended:
            with closing(open_store(tmp_path / f"{name}.sqlite")) as store:
                ended = run(store, None if cut is None else cut + turns)
            turns += 1
    with closing(open_store(tmp_path / "whole.sqlite")) as one, closing(open_store(tmp_path / "cut.sqlite")) as other:
        assert contents(one) == contents(other)


class Slowly:
    """A source that hands over little at a time, so that `Ahead` gives it on poll by poll."""

    def __init__(self, source: FileSource) -> None:
        self.source, self.polls = source, 0
        self._empty = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source, name)

    def poll(self) -> LogBatch:
        self.polls += 1
        self._empty = not self._empty
        return LogBatch.empty() if not self._empty else self.source.poll()


class Counting(Slowly):
    """A source that counts how often it is polled."""

    def poll(self) -> LogBatch:
        self.polls += 1
        return self.source.poll()


class Endless(Slowly):
    """Hands over full batches for ever, or fails after some of them."""

    def __init__(self, source: FileSource, fail_at: int | None = None) -> None:
        super().__init__(source)
        self._fail_at = fail_at
        self._batch = source.poll().take(np.arange(ROWS) % 5)
        self.at_end = self.exhausted = False

    def poll(self) -> LogBatch:
        self.polls += 1
        if self.polls == self._fail_at:
            raise OSError("the disk is gone")
        return self._batch


@pytest.fixture
def endless(logs: Path) -> Iterator[Endless]:
    source = Endless(files(logs))
    yield source
    source.close()


def test_no_more_is_read_ahead_than_may_wait(endless: Endless) -> None:
    with closing(Ahead(endless)) as source:
        source.poll()
        time.sleep(0.3)
        assert endless.polls <= 4, "one taken, two waiting, one about to"
        for _ in range(10):
            source.poll()
        assert endless.polls >= 11
    assert threads() == []


def test_it_says_of_itself_what_was_true_of_what_was_handed_over(logs: Path) -> None:
    with closing(Ahead(Slowly(files(logs)))) as ahead, closing(Slowly(files(logs))) as alone:
        while not alone.exhausted:
            alone.poll()
            alone.poll()  # the empty one, after which `Ahead` hands over
            ahead.poll()
            assert stood(ahead) == stood(alone)


def test_what_goes_wrong_while_reading_is_raised_after_what_was_read_before(logs: Path) -> None:
    with closing(Ahead(Endless(files(logs), fail_at=4))) as source:
        for _ in range(3):
            assert len(source.poll()) == ROWS
        for _ in range(2):
            with pytest.raises(OSError, match="the disk is gone"):
                source.poll()


def test_a_followed_file_is_looked_at_when_asked_and_not_in_between(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    path = folder / "cart.log"
    path.write_text(LINE.format(0, 0))
    inner = Counting(files(folder, follow=True))
    with closing(Ahead(inner)) as source:
        source.poll()
        assert source.at_end
        before = inner.polls
        time.sleep(0.2)
        assert inner.polls == before
        with path.open("a") as file:
            file.write(LINE.format(1, 1) + LINE.format(2, 2))
        assert source.poll() is not None
        assert inner.polls == before + 1
        assert source.tally.read == 3


def test_a_poll_after_the_end_gives_nothing_and_waits_for_nothing(logs: Path) -> None:
    begun, fresh = Ahead(files(logs)), Ahead(files(logs))
    begun.poll()
    for ahead in (begun, fresh):
        ahead.close()
        while len(ahead.poll()):
            pass
        assert not len(ahead.poll())
