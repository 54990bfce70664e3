"""Answers of servers: pages of Elasticsearch, what the store in it holds, series of Prometheus."""

from __future__ import annotations

from functools import cache

import httpx2
import msgspec
from elastic_transport import ApiResponse, ApiResponseMeta, HttpHeaders, NodeConfig, SerializationError

from detector.errors import StoreError
from detector.store.elasticsearch.answers import Counted, Found, Hit
from detector.store.elasticsearch.documents import CountsDocument, TemplateDocument, counts_of, template_of
from detector.store.elasticsearch.findings import AnomalyDocument, IncidentDocument, anomaly_of, incident_of
from detector.store.elasticsearch.requests import decoded
from detector.store.elasticsearch.state import (
    StateDocument,
    StoredCheckpoint,
    StoredWorkload,
    checkpoints_of,
    engine_of,
)
from ingest.elasticsearch.answers import answered
from ingest.elasticsearch.hits import Reader
from ingest.elasticsearch.plainly import root_cause
from ingest.elasticsearch.settings import FieldNames
from ingest.errors import ServerError
from ingest.prometheus.client import Prometheus
from ingest.prometheus.series import read
from ingest.prometheus.settings import PrometheusConnection, Query
from ingest.settings import SECOND
from tests.fuzz import seeds
from tests.fuzz.target import Target
from tests.ingest.logs import NOON

_NODE = NodeConfig("http", "es", 9200)
_META = ApiResponseMeta(200, "1.1", HttpHeaders(), 0.1, _NODE)
_OWN_NAMES = FieldNames(message=("app.text",), namespace=("app.ns",))


def page_of_hits(data: bytes) -> None:
    """A page as it comes over the wire: every hit that is asked for is an entry or counted as dropped."""
    for names in (FieldNames(), _OWN_NAMES):
        reader = Reader(names)
        found = reader.begin()
        try:
            reader.read(data, NOON, NOON + 60 * SECOND, found)
        except ValueError:
            continue
        assert found.tally.read == len(found.message) + found.tally.dropped.total()
        assert all(NOON <= time < NOON + 60 * SECOND for time in found.time)


def answer_of_the_cluster(data: bytes) -> None:
    """What isn't a page: in the form that is asked for, or refused; what is refused is told in words."""
    for body in (data, _json(data)):
        try:
            answered(ApiResponse(body, _META), Counted)
        except SerializationError as error:
            assert error.message  # noqa: PT017
        root_cause(body)


def _json(data: bytes) -> object:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def documents_of_the_store(data: bytes) -> None:
    """What an index of ours holds, whoever wrote it: read, or refused by name."""
    for kind, make in (
        (CountsDocument, lambda them: [counts_of(one) for one in them]),
        (TemplateDocument, lambda them: [template_of(one) for one in them]),
        (AnomalyDocument, lambda them: [anomaly_of(one) for one in them]),
        (IncidentDocument, lambda them: [incident_of(one) for one in them]),
        (StateDocument[StoredCheckpoint], checkpoints_of),
        (StateDocument[StoredWorkload], lambda them: engine_of(1, them)),
    ):
        try:
            make([hit.source for hit in decoded("drainwatch-*", data, Found[Hit[kind]]).hits.hits])  # type: ignore[valid-type]
        except StoreError as error:
            assert error.advice  # noqa: PT017


@cache
def _prometheus() -> tuple[Prometheus, list[bytes]]:
    """A client, and what it is answered with."""
    body = [b""]
    client = Prometheus(PrometheusConnection("http://127.0.0.1:9", patience=0))
    client._http.close()
    client._http = httpx2.Client(
        base_url="http://127.0.0.1:9/api/v1/",
        transport=httpx2.MockTransport(lambda _: httpx2.Response(200, content=body[0])),
    )
    return client, body


def series(data: bytes) -> None:
    """What a Prometheus, or what stands before it, answers: numbers, or a sentence."""
    client, body = _prometheus()
    body[0] = data
    try:
        found = read(client, [Query("q", "up", "requests")], NOON, NOON + 3600 * SECOND, 60 * SECOND)
    except ServerError:
        return
    assert found.values.shape == (len(found.namespaces), 1, 61)


_HIT = b'{"_index":"logs","_id":"a","_source":%s,"sort":[1]}'
TARGETS = (
    Target(
        "hits",
        "pages of hits of Elasticsearch",
        page_of_hits,
        [b'{"hits":{"hits":[' + _HIT % one + b"]}}" for one in seeds.BEATS],
        (*seeds.JSON_WORDS, b'"fields":{"@timestamp":["'),
    ),
    Target(
        "answers",
        "other answers of Elasticsearch",
        answer_of_the_cluster,
        [
            b'{"count":3}',
            b'{"error":{"root_cause":[{"type":"a","reason":"b"}],"caused_by":{"reason":"c"}},"status":400}',
        ],
        seeds.JSON_WORDS,
    ),
    Target(
        "stored-documents",
        "the store's own documents in Elasticsearch",
        documents_of_the_store,
        seeds.STORED,
        seeds.JSON_WORDS,
    ),
    Target(
        "prometheus",
        "answers of Prometheus",
        series,
        seeds.SERIES,
        [b'"NaN"', b'"+Inf"', b"1e308", b"1e999", b'"1_0"', b'"status":"error"', b'"errorType":"bad_data"'],
    ),
)
