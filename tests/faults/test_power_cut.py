"""The power fails: the store's file and its log end anywhere, or in zeroes. It is whole, or it is refused."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from detector.errors import StoreError
from detector.pipeline import Pipeline
from detector.store.sqlite import open_store
from detector.wiring import open_engine
from ingest.files import FileSource
from ingest.settings import ReadSettings
from tests.detector.cluster import write_logs
from tests.detector.test_pipeline import BLOCK, NOW, SETTINGS, contents, run

FRAME_HEADER, WAL_HEADER, PAGE = 24, 32, 8_192
FRAME = FRAME_HEADER + PAGE
"""https://sqlite.org/fileformat2.html#the_write_ahead_log"""


class Cut(NamedTuple):
    """What lay on the disk when the power failed, and what each pass before that had left."""

    file: Path
    passes: list[dict[str, Any]]
    logs: Path


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Cut:
    folder = tmp_path_factory.mktemp("cut")
    logs, path = write_logs(folder / "logs"), folder / "store.sqlite"
    passes: list[dict[str, Any]] = []
    with closing(open_store(path)) as store:
        # Told before each pass is stored: as the one before has left it.
        source = FileSource([logs], ReadSettings(), follow=False, clock=lambda: NOW, chunk=BLOCK)
        engine = open_engine(SETTINGS)
        with closing(source), closing(engine):
            pipeline = Pipeline(source, engine, store, SETTINGS, confirm=lambda: passes.append(contents(store)))
            for _ in range(120):
                pipeline.poll()
                pipeline.close_windows()
        passes.append(contents(store))
        shutil.copy(path, folder / "cut.sqlite")
        shutil.copy(f"{path}-wal", folder / "cut.sqlite-wal")
    return Cut(folder / "cut.sqlite", passes, logs)


@pytest.fixture(scope="module")
def uninterrupted(cut: Cut, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with closing(open_store(tmp_path_factory.mktemp("whole") / "store.sqlite")) as store:
        assert run(cut.logs, store)
        return contents(store)


def restored(cut: Cut, folder: Path, log: bytes | None = None, file: bytes | None = None) -> Path:
    """As the machine finds it when it starts again."""
    path = folder / "store.sqlite"
    path.write_bytes(cut.file.read_bytes() if file is None else file)
    path.with_name("store.sqlite-wal").write_bytes(log_of(cut) if log is None else log)
    return path


def log_of(cut: Cut) -> bytes:
    return Path(f"{cut.file}-wal").read_bytes()


def ends(log: bytes) -> list[int]:
    """Where it may end: in its header, and of frames that are spread over it before, in and behind one."""
    frames = (len(log) - WAL_HEADER) // FRAME
    assert frames > 20, "the log holds passes that aren't in the file yet"
    chosen = {0, 1, 2, frames // 3, frames // 2, frames - 2, frames - 1}
    within = (0, 7, FRAME_HEADER, FRAME_HEADER + 100, FRAME - 1)
    return [0, 1, WAL_HEADER - 1, *(WAL_HEADER + frame * FRAME + at for frame in sorted(chosen) for at in within)]


def test_a_log_that_ends_anywhere_gives_back_whole_passes_alone(
    cut: Cut, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    log, seen = log_of(cut), set()
    places = ends(log)
    for end in places:
        for tail in (b"", bytes(len(log) - end)):
            with closing(open_store(restored(cut, tmp_path, log[:end] + tail))) as store:
                state = contents(store)
            assert state in cut.passes or state["until"] is None, f"cut at {end}"
            seen.add(state["until"])
    assert len(seen) > 2
    record_property("cuts", 2 * len(places))
    record_property("half passes", 0)


@pytest.mark.parametrize("share", [0.0, 0.4, 0.9])
def test_what_a_cut_took_is_read_again_and_the_result_is_as_if_there_had_been_none(
    cut: Cut,
    uninterrupted: dict[str, Any],
    tmp_path: Path,
    share: float,
    record_property: Callable[[str, object], None],
) -> None:
    log = log_of(cut)
    path = restored(cut, tmp_path, log[: int(len(log) * share)] + b"\0" * 5_000)
    with closing(open_store(path)) as store:
        assert run(cut.logs, store)
        assert contents(store) == uninterrupted
    record_property("lines lost", 0)
    record_property("lines doubled", 0)


def test_pages_torn_while_the_log_was_moved_into_the_file_come_back_from_the_log(
    cut: Cut, uninterrupted: dict[str, Any], tmp_path: Path
) -> None:
    log, file = log_of(cut), bytearray(cut.file.read_bytes())
    numbers = {struct.unpack_from(">I", log, at)[0] for at in range(WAL_HEADER, len(log) - FRAME + 1, FRAME)} - {
        1
    }  # the first is written last
    torn = [number for number in numbers if number * PAGE <= len(file)]
    for number in torn:
        file[(number - 1) * PAGE + PAGE // 2 : number * PAGE] = bytes(PAGE // 2)
    with closing(open_store(restored(cut, tmp_path, file=bytes(file)))) as store:
        assert contents(store) == cut.passes[-1]
        assert run(cut.logs, store)
        assert contents(store) == uninterrupted


@pytest.mark.parametrize("lost", ["zeroes", "gone", "torn"])
def test_a_file_that_lost_pages_is_refused_at_the_start_with_what_to_do(
    cut: Cut, tmp_path: Path, lost: str, record_property: Callable[[str, object], None]
) -> None:
    path = restored(cut, tmp_path)
    open_store(path).close()  # all of the log is in the file by now
    whole = path.read_bytes()
    pages, refused, said_so = len(whole) // PAGE, 0, True
    assert pages > 8
    for number in range(1, pages):
        at = number * PAGE
        damaged = {
            "zeroes": whole[:at] + bytes(PAGE) + whole[at + PAGE :],
            "gone": whole[:at],
            "torn": whole[:at] + whole[at : at + 100] + b"\xff" * (PAGE - 100) + whole[at + PAGE :],
        }[lost]
        path.write_bytes(damaged)
        path.with_name("store.sqlite-wal").write_bytes(b"\0" * 100)  # it wasn't closed
        try:
            with closing(open_store(path)) as store:  # nothing lay there any more
                assert contents(store) == cut.passes[-1]
        except StoreError as error:
            refused += 1
            said, left = str(error), path.read_bytes() == damaged
            said_so &= left and "damaged" in said and "Move it away" in said
    assert said_so
    assert refused > pages / 3
    record_property("pages damaged", pages - 1)
    record_property("refused", refused)
    record_property("different without a word", 0)
