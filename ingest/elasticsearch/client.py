"""The one way to a cluster: a client that waits while it is away, and errors in plain words.

`connect` makes it, `told_plainly` (from `ingest.elasticsearch.plainly`) turns what it raises into `ServerError`.
Every request may be repeated, so whatever is written must be the same when it is written twice.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Mapping
from typing import Any

import stamina
from elastic_transport import (
    ApiResponseMeta,
    ConnectionError,  # noqa: A004 - the transport's own, which is what is raised here
    ConnectionTimeout,
    Serializer,
    TlsError,
    Transport,
    TransportApiResponse,
    TransportError,
)
from elasticsearch import Elasticsearch

from ingest.elasticsearch.plainly import MISTRUST, text_of, told_plainly
from ingest.elasticsearch.settings import Connection
from ingest.errors import ServerError

__all__ = ["connect", "told_plainly"]

RETRIED = frozenset((429, 502, 503, 504))
"""Overloaded, or a proxy before it, or the cluster itself, is just not there."""
_SOONEST, _LATEST = 0.1, 5.0
"""Seconds from one attempt to the next, the first and the longest: so much later, at most, a stop is honoured."""

log = logging.getLogger("drainwatch.elasticsearch")
logging.getLogger("elastic_transport").setLevel(logging.ERROR)  # a node that is away is told once, by us


def connect(
    connection: Connection,
    *,
    serializers: Mapping[str, Serializer] | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Elasticsearch:
    """A client; nothing is asked yet. Close it when done.

    Its requests are repeated for up to `connection.patience` while the cluster is away or overloaded, unless
    `stopping` says that nobody waits for the answer any more; not those with `options(retry_on_timeout=False)`. Raises
    `ServerError` for an address, a certificate file or a fingerprint that can't be used.
    https://www.elastic.co/docs/reference/elasticsearch/clients/python/connecting
    """
    options: dict[str, Any] = {}
    if connection.ca_file:
        options["ca_certs"] = connection.ca_file
    if connection.fingerprint:
        options["ssl_assert_fingerprint"] = connection.fingerprint.replace(":", "").lower()
    if connection.api_key:
        id_, colon, key = connection.api_key.partition(":")
        options["api_key"] = (id_, key) if colon else connection.api_key
    elif connection.bearer_token:
        options["bearer_auth"] = connection.bearer_token
    elif connection.username:
        options["basic_auth"] = (connection.username, connection.password)
    if serializers is not None:
        options["serializers"] = serializers
    try:
        if connection.ca_file:
            ssl.create_default_context(
                cafile=connection.ca_file
            )  # the client itself reads it at the first request only
        return Elasticsearch(
            list(connection.hosts),
            transport_class=_patient(connection.patience, stopping),
            request_timeout=connection.timeout,
            http_compress=connection.compress,
            connections_per_node=16,
            max_retries=0,
            **options,
        )
    except (OSError, ValueError) as error:
        raise ServerError(*_unusable(connection, error)) from error


def _unusable(connection: Connection, error: Exception) -> tuple[str, str]:
    """What is wrong with the settings of a connection, and what to do."""
    if not isinstance(error, OSError):
        if "fingerprint" in str(error).lower():
            return "The fingerprint is none.", "It is a SHA-256: 64 hexadecimal digits, with or without colons."
        shown = ", ".join(connection.hosts) or "nothing"
        return f"{shown}: that is no address of Elasticsearch.", "Write it whole: https://elasticsearch:9200."
    reason = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
    return f"{connection.ca_file} can't be read: {reason}.", "Name the authority's certificate, a PEM file."


class _RefusedError(Exception):
    """The answer says that another attempt may do better."""

    def __init__(self, response: TransportApiResponse) -> None:
        super().__init__(f"answered {response.meta.status}")
        self.response = response


def _patient(patience: float, stopping: Callable[[], bool]) -> type[Transport]:
    """The class of a transport that repeats requests for so many seconds.

    A class, because that is what the client takes.
    """

    def worth_another(error: Exception) -> bool:
        if stopping():
            return False
        if isinstance(error, TlsError):
            return not any(sign in text_of(error) for sign in MISTRUST)
        return isinstance(error, ConnectionError | ConnectionTimeout | _RefusedError)

    class PatientTransport(Transport):
        def perform_request(self, method: str, target: str, **options: Any) -> TransportApiResponse:
            try:
                if patience <= 0 or options.get("retry_on_timeout") is False:
                    return super().perform_request(method, target, **options)
                for attempt in stamina.retry_context(
                    worth_another,
                    attempts=None,
                    timeout=patience,
                    wait_initial=_SOONEST,
                    wait_max=_LATEST,
                    wait_jitter=_SOONEST,
                ):
                    with attempt:
                        response = super().perform_request(method, target, **options)
                        if _is_refusal(response.meta, options):
                            raise _RefusedError(response)
                        return response
                raise AssertionError("the last attempt returns or raises")
            except _RefusedError as refused:
                return refused.response
            except TransportError as error:
                error.add_note(", ".join(node.base_url for node in self.node_pool.all()))
                raise

    return PatientTransport


def _is_refusal(meta: ApiResponseMeta, options: Mapping[str, Any]) -> bool:
    """Whether the server answered that it can't just now; `retry_on_status` of the request may say otherwise."""
    statuses = options.get("retry_on_status")
    return meta.status in (statuses if isinstance(statuses, tuple | list | set | frozenset) else RETRIED)


def _tell(details: stamina.instrumentation.RetryDetails) -> None:
    """Say that something is tried again, and why: without the request, which may hold what is nobody's business."""
    cause = details.caused_by
    reason = str(cause) if isinstance(cause, _RefusedError) else type(cause).__name__
    log.warning("Elasticsearch is asked again in %.1f s: %s", details.wait_for, reason)


stamina.instrumentation.set_on_retry_hooks([_tell])
