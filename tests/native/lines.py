"""Lines to compare engines on: real ones where they lie beside the project, made-up ones, and noise."""

from __future__ import annotations

import gzip
import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ingest.batch import LogBatch, Origin
from tests.servers.missing import skip

DATA = Path(__file__).parents[2].parent / "shared" / "data"
GOLDEN = Path(__file__).parents[1] / "parsers" / "golden"

Lines = list[tuple[str, str]]
"""Workload and message."""

_WORDS = ["order", "user", "failed", "ok", "to", "connect", "17", "4f3a9b", "retry", "alice", "bob", "<*>", "10.0.0.7"]


def golden() -> Lines:
    """Our own lines in the formats of many loggers; each file one workload."""
    return [
        (path.stem, line.replace("␊", "\n"))
        for path in sorted(GOLDEN.glob("*.log"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def varied(count: int, seed: int) -> Lines:
    """Few words in any order, so that templates grow, merge and overlap."""
    pick = random.Random(seed)
    return [
        (
            pick.choice("abc"),
            f"{pick.choice(['INFO', 'ERROR', 'WARN'])} {' '.join(pick.choices(_WORDS, k=pick.randint(1, 9)))}",
        )
        for _ in range(count)
    ]


def repeating(count: int, seed: int) -> Lines:
    """The same few lines again and again, while the templates around them change."""
    pick = random.Random(seed)
    return [
        ("repeating", f"INFO key {' '.join(pick.choices('abcdef', weights=(8, 4, 2, 1, 1, 1), k=7))}")
        for _ in range(count)
    ]


def endless(count: int) -> Lines:
    """Each makes a template, so that learning stops; then the same lines again, so that it goes on."""

    def letters(number: int) -> str:
        return "".join(chr(97 + int(digit)) for digit in f"{number:04}")

    fresh = [("endless", f"{letters(n)}{letters(n * 7 % 9_973)} joined {letters(n)} and stays") for n in range(count)]
    return fresh + fresh[:10] * 60 + fresh[5:]


def noise(count: int, seed: int) -> Lines:
    """Real lines with bytes changed, cut out and put in."""
    pick = random.Random(seed)
    sources = [message for _, message in golden()]
    noisy = []
    for _ in range(count):
        raw = bytearray(pick.choice(sources).encode())
        for _ in range(pick.randint(0, 6)):
            at = pick.randrange(len(raw) + 1)
            raw[at : at + pick.randint(0, 3)] = pick.randbytes(pick.randint(0, 3))
        noisy.append((pick.choice("xy"), raw.decode("utf-8", pick.choice(["replace", "surrogateescape", "ignore"]))))
    return noisy


def train_ticket(count: int) -> Lines:
    """The first lines of each service."""
    folder = _there("train-ticket", "containers")
    return [
        (path.name.split("_")[0], json.loads(line)["log"])
        for path in sorted(folder.glob("*.log.gz"))
        for line in _head(path, count)
    ]


def hdfs(count: int) -> Lines:
    """Lines of HDFS, as one workload."""
    return [("hdfs", json.loads(line)["message"]) for line in _head(_there("hdfs", "lines.ndjson.gz"), count)]


def filebeat() -> Lines:
    """What a real Filebeat sent, harmless and hostile."""
    documents = [
        json.loads(line)
        for path in sorted(_there("filebeat").glob("*.ndjson"))
        for line in path.read_bytes().splitlines()
    ]
    return [(it.get("log", {}).get("file", {}).get("path", ""), str(it.get("message", ""))) for it in documents]


def batches(lines: Lines, seed: int, longest: int = 700) -> Iterator[LogBatch]:
    """The lines in their order, cut anywhere."""
    pick, at = random.Random(seed), 0
    while at < len(lines):
        size = pick.randint(0, longest)
        yield batch(lines[at : at + size], at)
        at += size


def batch(lines: Lines, at: int = 0) -> LogBatch:
    """One batch; line number `at` is its first. Some lines have a level that their source gave."""
    workloads = {workload: number for number, workload in enumerate(dict.fromkeys(it for it, _ in lines))}
    rows = np.arange(at, at + len(lines), dtype=np.int64)
    return LogBatch(
        origins=tuple(Origin("shop", workload) for workload in workloads),
        partitions=("file",),
        time=1_795_244_400_000_000 + 1_000 * rows,
        origin=np.array([workloads[workload] for workload, _ in lines], np.int32),
        partition=np.zeros(len(lines), np.int32),
        position=rows,
        stream=("stdout",) * len(lines),
        level=tuple("Warn" if row % 97 == 0 else "" for row in rows),
        message=tuple(message for _, message in lines),
    )


def _there(*parts: str) -> Path:
    path = DATA.joinpath(*parts)
    return path if path.exists() else skip(f"no logs under {path}")


def _head(path: Path, count: int) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return list(itertools.islice(lines, count))
