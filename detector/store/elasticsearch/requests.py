"""How the cluster is asked: one request after the other, decoded, and with complaints in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
from elastic_transport import ApiResponse
from elasticsearch import ApiError, Elasticsearch

from detector.deadline import EARLIER, LATE, is_over, left
from detector.errors import ServerError, StoreError
from detector.store.elasticsearch.answers import JSON, Raw
from detector.store.elasticsearch.operations import BulkAnswer, Reason, advice_about
from ingest.elasticsearch.client import connect, told_plainly
from ingest.elasticsearch.settings import Connection

Answer = TypeVar("Answer")


class Requests:
    """The connections of the store with this prefix; usable from several threads. All raise `StoreError`."""

    def __init__(self, connection: Connection, prefix: str, stopping: Callable[[], bool] = lambda: False) -> None:
        self._name = f"{prefix}-*"
        self.hosts = tuple(connection.hosts)
        self._patience, self._stopping, self._timeout = connection.patience, stopping, connection.timeout
        self._client: Elasticsearch | None = None
        with self._plainly("opened"):
            self._client = connect(connection, serializers=dict.fromkeys(JSON, Raw()), stopping=stopping)

    def close(self) -> None:
        """Let go of the connections."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _bulk(self, lines: list[bytes]) -> BulkAnswer:
        operations: Any = lines  # the client takes what is encoded already, but its annotations don't say so
        return self._asked("written", BulkAnswer, lambda client: client.bulk(operations=operations))

    def _asked(self, doing: str, kind: type[Answer], request: Callable[[Elasticsearch], ApiResponse[Any]]) -> Answer:
        with self._plainly(doing):
            if self._client is None:
                raise StoreError(f"The store {self._name} is closed.", "Open it again.")
            answer = request(self._in_time(doing, self._client)).body
        return decoded(self._name, answer, kind)

    def _in_time(self, doing: str, client: Elasticsearch) -> Elasticsearch:
        """For what is read within a time, a client that waits no longer than that; what is written isn't given up."""
        rest = left() if doing == "read" else None
        if rest is None:
            return client
        if rest <= 0:
            raise ServerError(LATE, EARLIER)
        return client.options(request_timeout=min(rest, self._timeout))

    @contextmanager
    def _plainly(self, doing: str) -> Iterator[None]:
        try:
            with told_plainly():
                yield
        except ServerError as error:
            if is_over() and doing == "read":
                raise StoreError(f"The store {self._name} can't be read: {LATE}.", EARLIER) from error
            raise self._failed(doing, error.problem, error.advice) from error

    def _failed(self, doing: str, problem: str, advice: str = "Look at the cluster's health.") -> StoreError:
        return StoreError(f"The store {self._name} can't be {doing}. {problem}", advice)

    def _refused(self, why: Reason) -> StoreError:
        return self._failed(
            "written", f"Elasticsearch refuses: {why.reason or why.type}.", advice_about(why, self._name)
        )


def decoded(name: str, answer: bytes, kind: type[Answer]) -> Answer:
    """An answer about the store of this name. Raises `StoreError` where it isn't of that kind."""
    try:
        return msgspec.json.decode(answer, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise StoreError(
            f"The store {name} holds what can't be read: {error}.",
            "A newer drainwatch wrote it, or somebody else: look at it in Kibana, delete what isn't drainwatch's.",
        ) from None


def status_behind(error: StoreError) -> int | None:
    """The status that the cluster answered with, where that is what it is about."""
    cause = error.__cause__.__cause__ if error.__cause__ else None
    return cause.meta.status if isinstance(cause, ApiError) else None
