"""Writes simulated lines into a folder as the kubelet and the container runtime would, rotation included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from detector.demo.cluster import CLUSTER
from detector.demo.faults import MINUTE, DemoFault, history_faults, record_faults
from detector.demo.model import Cluster
from detector.demo.simulate import Written, simulate
from detector.errors import SourceError

ROTATE_AT = 10 * 1024 * 1024
"""Bytes; the kubelet's `containerLogMaxSize`."""
KEEP = 5
"""Files a container, the newest included; the kubelet's `containerLogMaxFiles`."""


def log_folder(folder: Path) -> Path:
    """Where in the demo folder the log files lie."""
    return folder / "containers"


class LogFolder:
    """Appends lines to files that it keeps open; one that has grown too big is renamed and begun anew.

    Raises `SourceError` where the folder can't be written.
    """

    def __init__(self, folder: Path, rotate_at: int = ROTATE_AT) -> None:
        self.folder = folder
        self.rotate_at = rotate_at
        self._pending: dict[str, list[bytes]] = {}
        self._last = 0
        with _explained(folder):
            folder.mkdir(parents=True, exist_ok=True)

    def add(self, written: Written) -> None:
        """Take lines to be written at the next flush."""
        self._pending.setdefault(written.file, []).append(written.data)
        self._last = written.time

    def flush(self) -> None:
        """Write what was taken, then rotate files that are too big."""
        with _explained(self.folder):
            for name, chunks in self._pending.items():
                path = self.folder / name
                with path.open("ab") as file:
                    file.write(b"".join(chunks))
                    size = file.tell()
                if size >= self.rotate_at:
                    self._rotate(path)
        self._pending.clear()

    def _rotate(self, path: Path) -> None:
        at = datetime.fromtimestamp(self._last // 1_000_000, UTC).strftime("%Y%m%d-%H%M%S")
        path.rename(path.with_name(f"{path.name}.{at}"))
        for old in sorted(path.parent.glob(f"{path.name}.*"))[: -(KEEP - 1)]:
            with suppress(FileNotFoundError):
                old.unlink()


class _explained:  # noqa: N801 - reads as a phrase after `with`
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OSError):
            raise SourceError(
                f"The demo's folder {self.folder} can't be written: {error.strerror}.",
                "Name another folder, or make room.",
            ) from error


def minutes_of(lines: Iterator[Written]) -> Iterator[tuple[int, list[Written]]]:
    """The lines in groups of one minute each, with the minute's start."""
    group: list[Written] = []
    for line in lines:
        if group and line.time // MINUTE != group[0].time // MINUTE:
            yield group[0].time // MINUTE * MINUTE, group
            group = []
        group.append(line)
    if group:
        yield group[0].time // MINUTE * MINUTE, group


def write_history(
    folder: Path,
    start: int,
    end: int,
    *,
    seed: int = 1,
    cluster: Cluster = CLUSTER,
    faults: tuple[DemoFault, ...] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[DemoFault, ...]:
    """Write what the cluster logged from `start` to `end` (microseconds UTC) and return the faults that are in it.

    Without `faults` they are those of `history_faults` that begin after `start`. The log files go to
    `log_folder(folder)`, the faults to `faults.ndjson` beside it. `on_progress` is called every few simulated minutes
    with how many microseconds are done and how many there are. Raises `SourceError` where the folder can't be written.
    """
    if faults is None:
        faults = tuple(fault for fault in history_faults(end) if fault.start > start)
    files = LogFolder(log_folder(folder))
    with _explained(folder):
        record_faults(folder, faults)
    for minute, lines in minutes_of(simulate(cluster, start, end, seed, faults, born=start)):
        for line in lines:
            files.add(line)
        if minute // MINUTE % 5 == 0:
            files.flush()
            if on_progress:
                on_progress(minute - start, end - start)
    files.flush()
    if on_progress:
        on_progress(end - start, end - start)
    return faults
