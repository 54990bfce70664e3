"""Counts what was refused by address: whoever tries too often waits, and the log says so once a minute."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

MOST = 10
"""Wrong tokens from one address in a minute; of more it is told to wait."""
MINUTE = 60.0
_ADDRESSES = 10_000
"""That are remembered: the oldest are forgotten."""


@dataclass
class _Seen:
    since: float
    times: int


class Failures:
    """Usable from several threads. `monotonic` gives seconds that only grow; `span` seconds are one count."""

    def __init__(self, monotonic: Callable[[], float], most: int = MOST, span: float = MINUTE) -> None:
        self._monotonic, self._most, self._span = monotonic, most, span
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self._lock = Lock()

    def add(self, key: str) -> int:
        """Count one more; how many they are in the span that began with the first."""
        now = self._monotonic()
        with self._lock:
            seen = self._seen.get(key)
            if seen is None or now - seen.since >= self._span:
                self._seen.pop(key, None)
                seen = self._seen[key] = _Seen(now, 0)
                while len(self._seen) > _ADDRESSES:
                    self._seen.popitem(last=False)
            seen.times += 1
            return seen.times

    def wait(self, key: str) -> float:
        """Seconds until the next one is looked at; 0 where that is now."""
        now = self._monotonic()
        with self._lock:
            seen = self._seen.get(key)
            if seen is None or seen.times < self._most:
                return 0.0
            return max(0.0, seen.since + self._span - now)
