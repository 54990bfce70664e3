"""The HTTP API of Prometheus: what is asked, and what can go wrong, in plain words.

https://prometheus.io/docs/prometheus/latest/querying/api/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import httpx2
import msgspec
import stamina

from ingest.errors import ServerError
from ingest.prometheus.settings import PrometheusConnection
from ingest.trust import trusted

_POINTS = 11_000
"""A series that one answer may hold: Prometheus refuses to resolve more."""
_BYTES = 64_000_000
"""Of an answer: what is longer is a query that forgot to sum."""
_SAID = 400
"""Characters of an answer that are repeated in an error."""
_RETRIED = frozenset((429, 502, 503, 504))
_SOONEST, _LATEST = 0.1, 2.0
"""Seconds from one attempt to the next, the first and the longest."""
_TOKEN = re.compile(r"[\x21-\x7e]+")
_MISTRUST = ("CERTIFICATE_VERIFY_FAILED", "certificate verify failed")


class RawSeries(msgspec.Struct):
    """One series of an answer: labels, and pairs of a time in seconds and a number as text (`NaN`, `+Inf` too)."""

    metric: dict[str, str] = {}
    values: list[tuple[float, str]] = []
    value: tuple[float, str] | None = None
    """Of an answer for one moment."""


class _Data(msgspec.Struct):
    resultType: str = ""  # noqa: N815 - the name in the answer
    result: list[RawSeries] = []


class _Answer(msgspec.Struct):
    status: str = ""
    data: _Data | None = None
    errorType: str = ""  # noqa: N815
    error: str = ""
    warnings: list[str] = []


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave."""

    series: list[RawSeries]
    warnings: tuple[str, ...] = field(default=())
    """What the server has to say of it: results that are not whole, for one."""


class QueryError(ServerError):
    """One query is none, or too much; others may do."""


class _TooMuchError(QueryError):
    """The answer is longer than one that is read."""


class Prometheus:
    """A connection; nothing is asked yet. Leave its `with` block, or call `close`, when done.

    `stopping` says that nobody waits for an answer any more, `most` how many bytes of one are read. Raises
    `ServerError` for a certificate file, a token or an address that can't be used.
    """

    def __init__(
        self,
        connection: PrometheusConnection,
        stopping: Callable[[], bool] = lambda: False,
        *,
        most: int = _BYTES,
    ) -> None:
        self._connection, self._stopping, self._most = connection, stopping, most
        try:
            self._http = httpx2.Client(
                base_url=connection.url.rstrip("/") + "/api/v1/",
                auth=(connection.username, connection.password) if connection.username else None,
                headers=_authorization(connection.bearer_token) | {"User-Agent": "drainwatch"},
                verify=trusted(connection.ca_file, "prometheus.ca_file"),
                timeout=connection.timeout,
            )
        except httpx2.InvalidURL as error:
            raise _away(connection, error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def range(self, promql: str, start: int, end: int, step: int) -> Answer:
        """Values from `start` up to and with `end`, every `step`; all whole seconds since 1970, UTC.

        In as many requests as the server's limit of points wants, and as it takes for no answer to be too long; a
        series is then in the answer several times. Raises `QueryError` for what can't be answered, `ServerError` where
        nobody answers or we may not ask.
        """
        series: list[RawSeries] = []
        warnings: dict[str, None] = {}
        points = _POINTS
        while start <= end:
            last = min(end, start + (points - 1) * step)
            asked = {"query": promql, "start": str(start), "end": str(last), "step": str(step)}
            try:
                answer = self._ask("query_range", asked)
            except _TooMuchError:
                if last == start:
                    raise
                points = max((last - start) // step // 4, 1)
                continue
            series += answer.series
            warnings |= dict.fromkeys(answer.warnings)
            start = last + step
        return Answer(series, tuple(warnings))

    def instant(self, promql: str, at: int) -> Answer:
        """Values at one moment, whole seconds since 1970, UTC. Raises as `range`."""
        return self._ask("query", {"query": promql, "time": str(at)})

    def _ask(self, endpoint: str, asked: Mapping[str, str]) -> Answer:
        # POST, because a query may be longer than an address can be.
        status, body = self._patiently(lambda: self._post(endpoint, asked))
        if status in (401, 403):
            raise ServerError(
                f"Prometheus doesn't let us ask: it answers {status}.",
                "Set prometheus.bearer_token_file, or prometheus.username and prometheus.password_file.",
            )
        try:
            answer = msgspec.json.decode(body, type=_Answer)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise ServerError(
                f"What answers at {self._connection.url} is not Prometheus (status {status}).",
                "Set prometheus.url to the address before /api/v1, without a login page in between.",
            ) from None
        if answer.status != "success" or answer.data is None:
            raise _refused(status, answer)
        return Answer(answer.data.result, tuple(answer.warnings))

    def _post(self, endpoint: str, asked: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and body; what would fill the memory is given up."""
        body = bytearray()
        with self._http.stream("POST", endpoint, data=dict(asked)) as response:
            for part in response.iter_bytes():
                body += part
                if len(body) > self._most:
                    raise _TooMuchError(
                        f"Prometheus answers with more than {self._most / 1e6:g} MB.",
                        "Let it give one series a namespace: sum by (namespace) (…).",
                    )
            if response.status_code in _RETRIED and not body.startswith(b"{"):
                raise _AwayError(f"it answers {response.status_code}")
            return response.status_code, bytes(body)

    def _patiently(self, ask: Callable[[], tuple[int, bytes]]) -> tuple[int, bytes]:
        """Ask again while nobody answers, for as long as the settings say."""

        def worth_another(error: Exception) -> bool:
            away = isinstance(error, httpx2.TransportError | _AwayError) and not isinstance(error, httpx2.ReadTimeout)
            return away and not self._stopping() and not any(sign in str(error) for sign in _MISTRUST)

        try:
            if self._connection.patience <= 0:
                return ask()
            for attempt in stamina.retry_context(
                worth_another,
                attempts=None,
                timeout=self._connection.patience,
                wait_initial=_SOONEST,
                wait_max=_LATEST,
                wait_jitter=_SOONEST,
            ):
                with attempt:
                    return ask()
            raise AssertionError("the last attempt returns or raises")
        except (httpx2.HTTPError, _AwayError, UnicodeError) as error:  # the last of a name that no host can have
            raise _away(self._connection, error) from None


class _AwayError(Exception):
    """Somebody answers, but not Prometheus: a proxy before it."""


def _authorization(token: str) -> dict[str, str]:
    """The header that says who asks; what can't be in one is refused here, as the client's own error repeats it."""
    if not token:
        return {}
    if not _TOKEN.fullmatch(token):
        raise ServerError(
            "The bearer token for Prometheus can't be sent: it holds a space, a line break or what is not ASCII.",
            "Write the token alone into prometheus.bearer_token_file.",
        )
    return {"Authorization": f"Bearer {token}"}


def _refused(status: int, answer: _Answer) -> ServerError:
    """Prometheus's own sentence, and whose turn it is."""
    said = " ".join(answer.error.split())
    said = said if len(said) <= _SAID else said[: _SAID - 1] + "…"
    own_page = "Try it on Prometheus's own page."
    match answer.errorType:
        case "bad_data":
            return QueryError(f"Prometheus can't read it: {said}.", own_page)
        case "timeout" | "canceled":
            return QueryError(f"Prometheus gave up on it: {said}.", "Make it cheaper, by a recording rule for one.")
        case "execution":
            return QueryError(f"Prometheus can't work it out: {said}.", own_page)
        case _:
            return ServerError(f"Prometheus answers {status}: {said or answer.errorType or 'without a reason'}.")


def _away(connection: PrometheusConnection, error: Exception) -> ServerError:
    text = str(error)
    if any(sign in text for sign in _MISTRUST):
        return ServerError(
            f"The certificate of {connection.url} is not trusted.",
            "Name its authority's certificate in prometheus.ca_file.",
        )
    if isinstance(error, httpx2.ReadTimeout):
        return QueryError(
            f"Prometheus at {connection.url} doesn't answer within {connection.timeout:g} s.",
            "Look whether it is well, or raise prometheus.timeout.",
        )
    reason = text or type(error).__name__
    return ServerError(f"Prometheus at {connection.url} can't be reached: {reason}.", "Look at prometheus.url.")
