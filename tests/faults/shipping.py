"""A Filebeat that never gives up: what is logged now is in Elasticsearch soon, whatever happens to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Thread

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

from tests.faults.logs import Document, Writer

EVERY = 0.5
"""Seconds from one bulk to the next."""


class Shipper:
    """Logs in real time from `begin` (microseconds UTC) on, as a thread; `written` is what it logged so far."""

    def __init__(self, client: Elasticsearch, index: str, begin: int, seed: int = 1) -> None:
        self._client = client.options(request_timeout=2, max_retries=0)
        self.index = index
        self.written: list[Document] = []
        self._writer, self._until = Writer(seed), begin
        self._waiting: list[dict[str, object]] = []
        self._stop = Event()
        self._thread = Thread(target=self._run)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> int:
        """Log nothing more, and ship all that was logged; the time up to which that is (microseconds UTC)."""
        self._stop.set()
        self._thread.join()
        return self._until

    def _run(self) -> None:
        while not self._stop.wait(EVERY) or self._waiting:
            if not self._stop.is_set():
                self._log(time.time_ns() // 1_000)
            self._ship()

    def _log(self, now: int) -> None:
        for document in self._writer.logged(self._until, now):
            self.written.append(document)
            # The id is given, so that what is shipped again after a broken answer is there once.
            self._waiting += ({"create": {"_index": self.index, "_id": str(len(self.written))}}, document)
        self._until = now

    def _ship(self) -> None:
        if not self._waiting:
            return
        try:
            answer = self._client.bulk(operations=self._waiting)
        except (ApiError, TransportError):
            return
        left = [item["create"]["status"] not in (201, 409) for item in answer["items"]]
        self._waiting = [part for at, part in enumerate(self._waiting) if left[at // 2]]


def until(condition: Callable[[], bool], seconds: float = 60, what: Callable[[], object] = lambda: "") -> None:
    """Wait for it."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what()
        time.sleep(0.1)
