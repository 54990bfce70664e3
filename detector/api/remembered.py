"""What was made of a store is kept until the store has something new: a page asks more often than that."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

from detector.store.port import Reader

Item = TypeVar("Item")
_MOST = 64


class Remembered:
    """Usable from several threads; of what is asked for at once by several, each may make its own."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._lock = Lock()
        self._version = ""
        self._items: dict[Hashable, Any] = {}

    def get(self, key: Hashable, make: Callable[[], Item]) -> Item:
        """What `make` gives, of the store alone and not of the time; made once for each version of the store.

        Raises as `make`, and `StoreError` where the store can't be read.
        """
        version = self._reader.version()  # before it is read: what comes in meanwhile is another version
        with self._lock:
            if version != self._version:
                self._version, self._items = version, {}
            elif key in self._items:
                known: Item = self._items[key]
                return known
        made = make()
        with self._lock:
            if version == self._version and len(self._items) < _MOST:
                self._items[key] = made
        return made
