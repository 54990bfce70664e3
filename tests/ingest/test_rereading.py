"""Files that are read again from a checkpoint: counts, and the account of all lines, are as if it had never been so."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from detector.pipeline import Pipeline
from detector.settings import DetectionSettings, Settings
from detector.store.port import Store
from detector.store.sqlite import open_store
from ingest.files import FileSource
from ingest.settings import SECOND, ReadSettings
from parsers.miner import DrainEngine
from tests.kafka.test_restarts import QUIET, account
from tests.kafka.test_source import BEGIN, counts
from tests.length import AT_LENGTH
from tests.native.installed import installed

SCHEDULES = 1_000 if AT_LENGTH else 20
SETTINGS = Settings(detection=DetectionSettings(window="5s", lateness="1s", learn="24h"))
NAMES = tuple(f"{name}-7d9c5b6f4-x2x7k_shop_{name}-{'0' * 64}.log" for name in ("cart", "web"))


@pytest.fixture(params=["python", "native"])
def core(request: pytest.FixtureRequest) -> ModuleType | None:
    """Either way of reading lines."""
    return None if request.param == "python" else installed()


def written(rng: random.Random, many: int) -> Iterator[tuple[int, str, bytes]]:
    """When lines are written (microseconds UTC), to which file, and what: two streams, traces, torn and empty lines."""
    now, begun, seen = BEGIN, set[tuple[str, str]](), set[str]()
    for _ in range(many):
        pause = int(rng.choice((0, 0.01, 0.3, 0.3, 1, 4, 9)) * SECOND)
        now += pause
        if pause >= QUIET:
            begun.clear()
        name, stream = rng.choice(NAMES), rng.choice(("stdout", "stderr"))
        stamp = datetime.fromtimestamp(now / SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        if rng.random() < 0.08 and len(seen) == len(NAMES):  # by its first line it is seen what a file is
            yield now, name, rng.choice((b"torn\n", b"\n", f"{stamp} {stream} F \n".encode()))
            continue
        partial = rng.choice("FFFFP")
        if (name, stream) in begun and rng.random() < 0.5:
            text = rng.choice(("\tat com.shop.Cart.add(Cart.java:7)", "Caused by: no stock"))
        else:
            text = rng.choice(("INFO added 7 items", "WARN price is old", "ERROR no stock"))
        begun.add((name, stream))
        seen.add(name)
        yield now, name, f"{stamp} {stream} {partial} {text}\n".encode()


class Following:
    """Files as they grow, and whoever follows them, replaced again and again."""

    def __init__(
        self, lines: list[tuple[int, str, bytes]], folder: Path, store: Store, core: ModuleType | None
    ) -> None:
        folder.mkdir()
        self._lines, self._folder, self._store, self._core = list(reversed(lines)), folder, store, core
        self.now = BEGIN
        for name in NAMES:
            (folder / name).touch()
        self.begin()

    @property
    def is_written(self) -> bool:
        """Whether all was written."""
        return not self._lines

    def begin(self) -> None:
        """Somebody new goes on."""
        self.source = FileSource(
            [self._folder],
            ReadSettings(),
            follow=True,
            clock=lambda: self.now,
            checkpoints=self._store.progress().checkpoints,
            core=self._core,
        )
        self.pipeline = Pipeline(self.source, DrainEngine(), self._store, SETTINGS)

    def wait(self, seconds: float) -> None:
        """What is written meanwhile is there then."""
        self.now += int(seconds * SECOND)
        while self._lines and self._lines[-1][0] <= self.now:
            _, name, line = self._lines.pop()
            with (self._folder / name).open("ab") as file:
                file.write(line)

    def end(self) -> None:
        """All is written, and the clock goes on until all windows are closed."""
        self.wait(3_600)
        for _ in range(3):
            while self.pipeline.poll():
                pass
            self.now += 60 * SECOND
        self.pipeline.close_windows()


def disturbed(seed: int, folder: Path, core: ModuleType | None) -> tuple[list[tuple[int, str, bytes]], Any, Any]:
    """What comes of a schedule: the lines, the counts, the account."""
    rng = random.Random(seed)
    lines = list(written(rng, rng.randrange(20, 90)))
    with closing(open_store(folder / "disturbed.sqlite")) as store:
        following = Following(lines, folder / "disturbed", store, core)
        for turn in range(300):
            step = rng.randrange(6)
            if step < 2:
                following.wait(rng.choice((0.1, 1, 3, 6)))
            elif step == 2:
                following.begin()
            else:
                following.pipeline.poll()
            if step == 4:
                following.pipeline.close_windows()
            if step == 5:
                following.pipeline.keep_place()
            if following.is_written and turn > 100:
                break
        following.end()
        return lines, counts(store), account(store.tally())


def left_alone(lines: list[tuple[int, str, bytes]], folder: Path) -> tuple[Any, Any]:
    """The same where it is read once."""
    with closing(open_store(folder / "alone.sqlite")) as store:
        Following(lines, folder / "alone", store, None).end()
        return counts(store), account(store.tally())


@pytest.mark.timeout(1_200)
def test_however_often_following_is_cut_off_counts_and_account_are_as_if_it_never_was(
    tmp_path: Path, core: ModuleType | None
) -> None:
    for seed in range(SCHEDULES):
        folder = tmp_path / str(seed)
        folder.mkdir()
        lines, found, entered = disturbed(seed, folder, core)
        assert (seed, found, entered) == (seed, *left_alone(lines, folder))
