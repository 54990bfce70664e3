"""What Kibana would ask of the documents is answered from their fields, as somebody who may only look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from detector.store.elasticsearch import open_store
from detector.store.port import PassResult
from ingest.elasticsearch.client import connect
from tests.servers.elasticsearch import Server
from tests.store.shop import counts, minute, morning, template

CREATED = minute(30)


@pytest.fixture
def client(elasticsearch: Server, ready: str) -> Iterator[Elasticsearch]:
    """Looks at the morning, and at a window in which a template failed that is known."""
    store = open_store(elasticsearch.connection("writer"), ready, clock=lambda: CREATED)
    for result in morning():
        store.commit(result)
    failed = replace(template("failed"), level="error")
    store.commit(
        PassResult(minute(12), counts=[counts(11, failed=7, paid=1)], templates=[failed, template("paid", count=31)])
    )
    store.close()
    looking = connect(elasticsearch.connection("viewer"))
    yield looking
    looking.close()


def buckets(client: Elasticsearch, index: str, aggregation: dict[str, Any], query: Any = None) -> dict[str, Any]:
    """Key → number of the one metric inside, or of documents where there is none."""
    found = client.search(index=index, size=0, aggregations={"by": aggregation}, query=query)
    assert found["_shards"]["failed"] == 0
    return {
        bucket.get("key_as_string", bucket["key"]): bucket["of"]["value"] if "of" in bucket else bucket["doc_count"]
        for bucket in found["aggregations"]["by"]["buckets"]
    }


def of(kind: str, field: str) -> dict[str, Any]:
    return {"of": {kind: {"field": field}}}


def test_charts_of_anomalies(client: Elasticsearch, ready: str) -> None:
    index = f"{ready}-anomalies-*"
    namespaces = {"terms": {"field": "kubernetes.namespace"}, "aggs": of("max", "drainwatch.score")}
    assert buckets(client, index, namespaces) == {"shop": 80.0, "bank": 30.0}
    minutes = {"date_histogram": {"field": "@timestamp", "fixed_interval": "5m"}, "aggs": of("max", "event.risk_score")}
    assert buckets(client, index, minutes) == {"2026-11-21T07:00:00.000Z": 80.0, "2026-11-21T07:05:00.000Z": 51.5}
    severities = {"terms": {"field": "drainwatch.severity"}}
    assert buckets(client, index, severities) == {"critical": 2, "major": 1, "minor": 1, "warning": 1}
    assert buckets(client, index, {"terms": {"field": "drainwatch.reasons.template.text"}}) == {
        "could not connect to <HOST>": 5
    }
    assert buckets(client, index, {"terms": {"field": "drainwatch.reasons.workload"}}) == {"checkout": 5}
    # As an alert looks for what was found since it looked last, however old its window.
    for bound, found in ((CREATED, 5), (CREATED + 1_000, 0)):
        query = {"range": {"event.created": {"gte": bound // 1_000, "format": "epoch_millis"}}}
        assert client.count(index=index, query=query)["count"] == found


def test_charts_of_incidents(client: Elasticsearch, ready: str) -> None:
    index = f"{ready}-incidents-*"
    assert buckets(client, index, {"terms": {"field": "drainwatch.open"}}) == {"false": 1, "true": 1}
    lengths = {"terms": {"field": "kubernetes.namespace"}, "aggs": of("max", "event.duration")}
    assert buckets(client, index, lengths) == {"shop": 180e9, "bank": 60e9}
    assert client.count(index=index, query={"match": {"message": "statement never seen"}})["count"] == 2


def test_charts_of_counts(client: Elasticsearch, ready: str) -> None:
    index = f"{ready}-counts-*"
    lines = {"terms": {"field": "kubernetes.namespace"}, "aggs": of("sum", "drainwatch.lines")}
    assert buckets(client, index, lines) == {
        "shop": 7 + 8 + 70_300 + 6 * 3 + 203 + 204 + 205 + 5 + 8,
        "bank": 1,
    }
    errors = {"date_histogram": {"field": "@timestamp", "fixed_interval": "1h"}, "aggs": of("sum", "drainwatch.errors")}
    assert buckets(client, index, errors) == {"2026-11-21T07:00:00.000Z": 7}
    template_windows = {"terms": {"field": "template.id", "include": ["paid", "sent", "failed"]}}
    assert buckets(client, index, template_windows) == {"paid": 8, "sent": 3, "failed": 1}


def test_charts_of_templates(client: Elasticsearch, ready: str) -> None:
    index = f"{ready}-templates"
    levels = {"terms": {"field": "log.level"}, "aggs": of("sum", "template.count")}
    assert buckets(client, index, levels) == {"info": 31 + 1 + 1 + 603, "error": 1}
    assert buckets(client, index, {"terms": {"field": "drainwatch.workload"}}) == {
        "checkout": 3,
        "auth": 1,
        "mailer": 1,
    }


def test_the_viewer_of_a_namespace_sees_no_other(elasticsearch: Server, client: Elasticsearch, ready: str) -> None:
    shop = connect(elasticsearch.connection("viewer-of-shop"))
    for kind in ("anomalies-*", "incidents-*", "counts-*", "templates"):
        every = buckets(client, f"{ready}-{kind}", {"terms": {"field": "kubernetes.namespace"}})
        seen = buckets(shop, f"{ready}-{kind}", {"terms": {"field": "kubernetes.namespace"}})
        assert set(every) == {"shop", "bank"}
        assert seen == {"shop": every["shop"]}
    shop.close()
