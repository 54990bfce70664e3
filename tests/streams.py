"""Reading a stream of server-sent events as it comes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2


class Stream:
    """The events of an answer, one after the other."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.headers = answer.headers
        self._lines = answer.iter_lines()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """What each says, until the stream ends; comments are passed over. Raises where nothing comes for too long."""
        event: dict[str, str] = {}
        for line in self._lines:
            name, _, value = line.partition(":")
            if name:
                event[name] = value.removeprefix(" ")
            elif "data" in event:
                yield {**event, "data": json.loads(event["data"])}
                event = {}

    def next(self) -> dict[str, Any]:
        """What the next `status` says."""
        event = next(iter(self))
        assert event["event"] == "status"
        said: dict[str, Any] = event["data"]
        return said


@contextmanager
def following(address: str, patience: float = 5.0) -> Iterator[Stream]:
    """The stream of the service there; reading fails after so many seconds in which nothing comes."""
    url = f"{address.rstrip('/')}/api/v1/events"
    with httpx2.stream("GET", url, timeout=httpx2.Timeout(10.0, read=patience), trust_env=False) as answer:
        assert answer.status_code == 200, answer.read()
        yield Stream(answer)
