"""What Elasticsearch refuses because it was asked for what it doesn't have is told as that, not as a bug."""

from __future__ import annotations

import json
from typing import Any

import pytest
from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig
from elasticsearch import ApiError, Elasticsearch

from ingest.elasticsearch.client import told_plainly
from ingest.elasticsearch.plainly import explain
from ingest.errors import ServerError
from tests.servers.elasticsearch import Server

NODE = NodeConfig("http", "es", 9200)


def refused(status: int, body: object) -> str:
    meta = ApiResponseMeta(status, "1.1", HttpHeaders(), 0.1, NODE)
    return " ".join(explain(ApiError("refused", meta, body)))


def error(kind: str, reason: str) -> dict[str, Any]:
    return {"error": {"root_cause": [{"type": kind, "reason": reason}], "type": kind, "reason": reason}}


def test_an_unknown_remote_cluster_is_named() -> None:
    told = refused(404, error("no_such_remote_cluster_exception", "no such remote cluster: [other]"))
    assert told.startswith("There is no remote cluster other. Look at elasticsearch.indices")


@pytest.mark.parametrize(
    ("status", "body", "advice"),
    [
        (400, error("invalid_index_name_exception", "Invalid index name [_x], must not start with '_'."), "indices"),
        (400, error("index_closed_exception", "closed"), "_open"),
        (
            400,
            {"error": {"root_cause": [], "caused_by": {"type": "too_many_buckets_exception", "reason": "Too many."}}},
            "detection.window",
        ),
        (400, error("illegal_argument_exception", "Fielddata is disabled on [t] in [x]."), "elasticsearch.fields"),
        (400, error("illegal_argument_exception", "Field [k] is not supported for aggregation [x]"), "fields"),
        (400, error("query_shard_exception", "No mapping found for [t] in order to sort on"), "elasticsearch.fields"),
        (400, error("illegal_argument_exception", "Too large [index.max_result_window]."), "elasticsearch.page"),
        (400, error("media_type_header_exception", "Invalid media-type value on headers [Accept]"), "8.19"),
        (400, error("illegal_argument_exception", "[index.max_slices_per_pit] exceeded"), "elasticsearch.slices"),
        (413, "<html>413</html>", "max_content_length"),
        (404, "<html>404 Not Found</html>", "elasticsearch.hosts"),
    ],
)
def test_plausible_misuse_is_no_bug(status: int, body: object, advice: str) -> None:
    for given in (body, body if isinstance(body, str) else json.dumps(body).encode()):
        told = refused(status, given)
        assert advice in told
        assert "bug" not in told
        assert ".." not in told


def test_what_is_not_known_may_be_a_bug() -> None:
    assert "may be a bug" in refused(400, error("parsing_exception", "unknown query [no]"))


@pytest.mark.parametrize("index", ["other:logs-*", "_logs", "logs-*,,x"])
def test_a_real_server_refuses_such_indices(elasticsearch: Server, index: str) -> None:
    client: Elasticsearch = elasticsearch.client
    with pytest.raises(ServerError) as caught, told_plainly():
        client.search(index=index)
    # 8.19 asks for the privilege first.
    assert "elasticsearch.indices" in str(caught.value) or "lacks the index privilege" in str(caught.value)
