"""Log files to read in tests, and reading them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from ingest.accounting import Tally
from ingest.batch import LogBatch
from ingest.files import FileSource
from ingest.settings import SECOND, ReadSettings
from ingest.source import Checkpoint

NOON = 1_772_452_800 * SECOND
"""2026-03-02T12:00:00Z."""
CONTAINER = "web-7d9c5b6f4-x2x9p_shop_web-" + "a" * 64 + ".log"


class Reader:
    """Who reads in the test that runs just now: the compiled core, or Python (None); see `conftest`."""

    core: ModuleType | None = None


READER = Reader()


class Clock:
    """A clock that is set by hand; it starts an hour after noon."""

    def __init__(self) -> None:
        self.now = NOON + 3600 * SECOND

    def __call__(self) -> int:
        return self.now


class Row(NamedTuple):
    """A record as tests look at it."""

    time: float
    """Seconds after noon."""
    stream: str
    message: str


def stamp(seconds: float) -> str:
    """RFC 3339 of so many seconds after noon (less than an hour)."""
    whole, micros = divmod(round(seconds * SECOND), SECOND)
    return f"2026-03-02T12:{whole // 60:02}:{whole % 60:02}.{micros:06}000Z"


def cri(seconds: float, text: str, stream: str = "stdout", tag: str = "F") -> str:
    """A CRI line."""
    return f"{stamp(seconds)} {stream} {tag} {text}\n"


def docker(seconds: float, text: str, stream: str = "stdout") -> str:
    """A line of docker's json-file driver."""
    return json.dumps({"log": text, "stream": stream, "time": stamp(seconds)}) + "\n"


def beat(seconds: float, message: str, path: str = CONTAINER, **fields: Any) -> str:
    """A document of Filebeat."""
    file = {"file": {"path": f"/var/log/containers/{path}"}}
    document = {"@timestamp": stamp(seconds), "message": message, "log": file, "stream": "stdout", **fields}
    return json.dumps(document) + "\n"


def container_log(folder: Path, lines: Iterable[str], name: str = CONTAINER) -> Path:
    """A container's log file."""
    path = folder / name
    path.write_text("".join(lines))
    return path


def rows(batch: LogBatch) -> list[Row]:
    """The records of a batch."""
    times = ((batch.time - NOON) / SECOND).tolist()
    return [Row(*row) for row in zip(times, batch.stream, batch.message, strict=True)]


def drain(source: FileSource, polls: int = 1_000) -> list[Row]:
    """All records of a source that is read once, every line of it accounted for."""
    found: list[Row] = []
    for _ in range(polls):
        if source.exhausted:
            break
        found += rows(source.poll())
        assert source.tally.balanced
    assert source.exhausted
    assert source.tally.pending == 0
    source.close()
    return found


def read(*paths: Path | str, chunk: int = 262_144, **settings: Any) -> tuple[list[Row], Tally]:
    """The records of some paths, and what became of the lines."""
    source = open_once(*paths, chunk=chunk, **settings)
    found = drain(source)
    return found, source.tally


def file_source(paths: Iterable[Path | str], settings: ReadSettings, **options: Any) -> FileSource:
    """A source of files that is read as the test wants it."""
    return FileSource(list(paths), settings, core=READER.core, **options)


def open_once(
    *paths: Path | str, chunk: int = 262_144, checkpoints: Mapping[str, Checkpoint] | None = None, **settings: Any
) -> FileSource:
    """A source that reads once."""
    read_settings = ReadSettings(**settings)
    return file_source(paths, read_settings, follow=False, clock=Clock(), checkpoints=checkpoints, chunk=chunk)


def messages(found: Iterable[Row]) -> list[str]:
    """The messages only."""
    return [row.message for row in found]
