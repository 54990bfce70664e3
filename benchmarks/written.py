"""Log files for benchmarks: made-up lines of many systems, as a node's kubelet or Filebeat would have written them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.lines import BEGIN, mixed
from ingest.batch import LogBatch

CONTAINER = "0123456789abcdef" * 4
_BLOCK = 50_000
"""So many lines are made up; then they come again at later times, as making them up is slow."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def write_containers(folder: Path, lines: int, minutes: float) -> int:
    """CRI files, one a system; returns how many lines were written."""
    made = mixed(min(lines, _BLOCK))
    texts, origin = [message.split("\n")[0] for message in made.message], made.origin.tolist()
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{one.workload}-0_{one.namespace}_app-{CONTAINER}.log" for one in made.origins]
    step = minutes * 60e9 / lines
    for first in range(0, lines, len(texts)):
        out: list[list[str]] = [[] for _ in paths]
        stamps = _stamps(first, min(len(texts), lines - first), step)
        for at, stamp in enumerate(stamps):
            out[origin[at]].append(f"{stamp} stdout F {texts[at]}\n")
        for path, own in zip(paths, out, strict=True):
            with path.open("a", encoding="utf-8", errors="surrogatepass") as file:
                file.write("".join(own))
    return lines


def write_documents(path: Path, lines: int, minutes: float, made: LogBatch | None = None) -> int:
    """The same lines, or those of a batch, as Filebeat's documents, in one file."""
    made = mixed(min(lines, _BLOCK)) if made is None else made
    step = minutes * 60e9 / lines
    with path.open("w", encoding="utf-8") as file:
        for first in range(0, lines, len(made)):
            stamps = _stamps(first, min(len(made), lines - first), step)
            for at, stamp in enumerate(stamps):
                origin = made.origins[int(made.origin[at])]
                file.write(_document(stamp, origin.namespace, origin.workload, made.message[at], first + at))
    return lines


def _stamps(first: int, count: int, step: float) -> list[str]:
    begin = np.datetime64((BEGIN.astimezone(UTC) - _EPOCH).days, "D").astype("datetime64[ns]")
    seconds = (BEGIN - _EPOCH).seconds
    at = begin + np.timedelta64(seconds, "s") + ((first + np.arange(count)) * step).astype("timedelta64[ns]")
    return [f"{stamp}Z" for stamp in np.datetime_as_string(at, unit="ns").tolist()]


def _document(stamp: str, namespace: str, workload: str, message: str, offset: int) -> str:
    pod = f"{workload}-0"
    return (
        json.dumps(
            {
                "@timestamp": f"{stamp[:23]}Z",
                "stream": "stdout",
                "message": message,
                "log": {
                    "offset": offset,
                    "file": {"path": f"/var/log/containers/{pod}_{namespace}_app-{CONTAINER}.log"},
                },
                "input": {"type": "filestream"},
                "kubernetes": {
                    "namespace": namespace,
                    "pod": {"name": pod, "uid": "7d3f1c8e-8a0f-4b7e-9f55-5d0f3b0c2a11"},
                    "container": {"name": "app"},
                    "node": {"name": "worker-1"},
                    "statefulset": {"name": workload},
                    "labels": {"app": workload},
                },
                "ecs": {"version": "8.0.0"},
                "agent": {"type": "filebeat", "version": "9.1.0"},
                "host": {"name": "worker-1"},
            }
        )
        + "\n"
    )
