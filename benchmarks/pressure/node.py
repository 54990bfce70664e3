"""A node's container logs, written at a steady rate, with all that happens to them in a life.

    python -m benchmarks.pressure.node FOLDER RATE SECONDS [--namespaces N] [--rotate S] [--restart S]

Each namespace has two pods. Every `--rotate` seconds the kubelet renames a file and opens another; every `--restart`
seconds the pods of one namespace go, and those of another one come that was away: half of them are at any time. What
is logged changes as well: a line in fifty belongs to a release, which nobody saw before and nobody will see again. When
it ends it prints, as JSON, how many lines it wrote in how many seconds.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import deque
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from benchmarks.lines import mixed

_TICK = 0.1
_KEPT = 2
"""Rotated files of a pod that are kept, as a kubelet keeps a few."""
_NEW = 50
_RELEASE = 5.0
"""Seconds from one to the next."""
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


class Pod:
    """One container's log."""

    def __init__(self, folder: Path, namespace: str, workload: str, chance: random.Random) -> None:
        name = f"{workload}-{_some(chance, 9)}-{_some(chance, 5)}"
        self._path = folder / f"{name}_{namespace}_app-{chance.getrandbits(256):064x}.log"
        self._file = FileIO(self._path, "ab")
        self._rotated: deque[Path] = deque()

    def write(self, lines: bytes) -> None:
        """At the end."""
        self._file.write(lines)

    def rotate(self, now: float) -> None:
        """As a kubelet does it; the oldest files go."""
        self._file.close()
        self._rotated.append(self._path.rename(f"{self._path}.{datetime.fromtimestamp(now, UTC):%Y%m%d-%H%M%S}"))
        while len(self._rotated) > _KEPT:
            self._rotated.popleft().unlink()
        self._file = FileIO(self._path, "ab")

    def remove(self) -> None:
        """The pod is gone, and its logs are."""
        self._file.close()
        for path in (*self._rotated, self._path):
            path.unlink()


def _some(chance: random.Random, length: int) -> str:
    return "".join(chance.choice(_LETTERS) for _ in range(length))


class Node:
    """All pods."""

    def __init__(self, folder: Path, namespaces: int, seed: int = 1) -> None:
        self._folder, self._chance = folder, random.Random(seed)
        folder.mkdir(parents=True, exist_ok=True)
        self._texts = [message.partition("\n")[0].encode("utf-8", "replace") for message in mixed(5_000).message]
        self._away = [f"ns-{number:02}" for number in range(namespaces)]
        self._pods: deque[tuple[str, str, Pod]] = deque()
        for _ in range(max(1, namespaces // 2)):
            self._come(self._away.pop(0))
        self._gone: deque[tuple[float, Pod]] = deque()
        self._turn = 0

    def write(self, count: int, now: float) -> None:
        """So many lines, over all pods."""
        stamp = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%S.%f}000Z stdout F ".encode()
        share, more = divmod(count, len(self._pods))
        release = int(now // _RELEASE)
        for number, (_, _, pod) in enumerate(self._pods):
            lines = []
            for _ in range(share + (number < more)):
                self._turn += 1
                if self._turn % _NEW:
                    text = self._texts[self._turn * 7 % len(self._texts)]
                else:
                    text = f"INFO {_word(release)} {_word(release * 7)} took {self._turn} ms".encode()
                lines.append(stamp + text + b"\n")
            pod.write(b"".join(lines))

    def rotate(self, now: float) -> None:
        """One pod's file, each pod in its turn."""
        self._pods.rotate(1)
        self._pods[0][2].rotate(now)

    def restart(self, now: float) -> None:
        """The oldest pods go, those of one namespace; others come where nobody was."""
        namespace = self._pods[0][0]
        for one in [one for one in self._pods if one[0] == namespace]:
            self._pods.remove(one)
            self._gone.append((now, one[2]))
        self._away.append(namespace)
        self._come(self._away.pop(0))
        # What is gone can be read for a while, as a kubelet lets it.
        while self._gone and self._gone[0][0] < now - 30:
            self._gone.popleft()[1].remove()

    def _come(self, namespace: str) -> None:
        for workload in ("web", "worker"):
            self._pods.append((namespace, workload, Pod(self._folder, namespace, workload, self._chance)))


def _word(number: int) -> str:
    return "".join(chr(97 + int(digit)) for digit in str(number))


def run(folder: Path, rate: float, seconds: float, namespaces: int, rotate: float, restart: float) -> dict[str, float]:
    """Write; where a tick comes late, it writes what is due by then."""
    node = Node(folder, namespaces)
    begin = time.monotonic()
    written, rotated, restarted = 0, 0, 0
    while (passed := time.monotonic() - begin) < seconds:
        now = time.time()
        if (due := int(passed * rate) - written) > 0:
            node.write(due, now)
            written += due
        if rotate and passed // rotate > rotated:
            rotated += 1
            node.rotate(now)
        if restart and passed // restart > restarted:
            restarted += 1
            node.restart(now)
        time.sleep(max(0.0, _TICK - (time.monotonic() - begin - passed)))
    return {"lines": written, "seconds": time.monotonic() - begin, "rotated": rotated, "restarted": restarted}


def main(arguments: list[str]) -> None:
    """Write until the time is over."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pressure.node")
    parser.add_argument("folder", type=Path)
    parser.add_argument("rate", type=float, help="lines a second")
    parser.add_argument("seconds", type=float)
    parser.add_argument("--namespaces", type=int, default=20)
    parser.add_argument("--rotate", type=float, default=5, help="seconds from one rotation to the next")
    parser.add_argument("--restart", type=float, default=20, help="seconds from one namespace that goes to the next")
    chosen = parser.parse_args(arguments)
    told = run(chosen.folder, chosen.rate, chosen.seconds, chosen.namespaces, chosen.rotate, chosen.restart)
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1:])
