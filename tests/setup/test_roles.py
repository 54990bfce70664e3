"""Each role may do what its part of drainwatch does, and nothing else: asked of real servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from elasticsearch import AuthorizationException, Elasticsearch

from detector.assets import asset_folder
from detector.setup import Choices, apply, plan, wanted
from ingest.elasticsearch.client import connect
from tests.servers.elasticsearch import Server

DAY = "2026.11.21"
KINDS = ("anomalies", "incidents", "counts", "templates")


@contextmanager
def acting(server: Server, user: str) -> Iterator[Elasticsearch]:
    client = connect(server.connection(user))
    try:
        yield client
    finally:
        client.close()


@pytest.fixture
def cluster(elasticsearch: Server, prefix: str) -> Server:
    """A server that is set up, with a line of a log and a finding of each of two namespaces."""
    client = elasticsearch.client
    list(apply(client, plan(client, wanted(asset_folder("ilm"), Choices(prefix, ("filebeat-*",))))))
    client.index(index=f"filebeat-{prefix}", document={"message": "hello"}, refresh=True)
    for namespace in ("shop", "payments"):
        finding = {"kubernetes": {"namespace": namespace}, "@timestamp": "2026-11-21T07:00:00Z"}
        for kind in ("anomalies", "incidents", "counts"):
            client.index(index=f"{prefix}-{kind}-{DAY}", id=namespace, document=finding, refresh=True)
        for single in ("templates", "changes", "feedback"):
            client.index(index=f"{prefix}-{single}", id=namespace, document=finding, refresh=True)
    client.index(index=f"{prefix}-state", id="tally", document={"drainwatch": {"kind": "tally"}}, refresh=True)
    return elasticsearch


def reads(client: Elasticsearch, index: str) -> int:
    return int(client.search(index=index)["hits"]["total"]["value"])


def allowed(act: Callable[[], object]) -> bool:
    try:
        act()
    except AuthorizationException:
        return False
    return True


def test_the_reader_reads_logs_and_writes_nothing(cluster: Server, prefix: str) -> None:
    logs = f"filebeat-{prefix}"
    with acting(cluster, "reader") as reader:
        assert reads(reader, logs) == 1
        assert allowed(lambda: reader.open_point_in_time(index=logs, keep_alive="5s"))
        assert allowed(lambda: reader.field_caps(index=logs, fields="*"))
        assert allowed(lambda: reader.nodes.stats(node_id="_local", metric="os"))
        assert not allowed(lambda: reader.index(index=logs, document={"message": "forged"}))
        assert not allowed(lambda: reader.indices.delete(index=logs))
        assert not allowed(lambda: reads(reader, f"{prefix}-anomalies-{DAY}"))
        assert not allowed(lambda: reader.index(index=f"{prefix}-state", document={}))


def test_the_writer_keeps_results_and_reads_no_logs(cluster: Server, prefix: str) -> None:
    with acting(cluster, "writer") as writer:
        assert not allowed(lambda: reads(writer, f"filebeat-{prefix}"))
        singles = [f"{prefix}-{name}" for name in ("state", "templates", "changes", "feedback", "alerts")]
        for index in (*singles, f"{prefix}-anomalies-2026.11.22"):
            assert allowed(lambda index=index: writer.index(index=index, id="x", document={}, refresh=True))  # type: ignore[misc]
            assert allowed(lambda index=index: reads(writer, index))  # type: ignore[misc]
            assert allowed(lambda index=index: writer.delete(index=index, id="x"))  # type: ignore[misc]
        assert allowed(lambda: writer.indices.get_mapping(index=f"{prefix}-state"))
        assert allowed(lambda: writer.indices.delete(index=f"{prefix}-counts-{DAY}"))


def test_the_writer_can_not_lose_the_state_nor_change_templates(cluster: Server, prefix: str) -> None:
    with acting(cluster, "writer") as writer:
        assert not allowed(lambda: writer.indices.delete(index=f"{prefix}-state"))
        assert not allowed(lambda: writer.indices.delete(index=f"{prefix}-templates"))
        assert not allowed(lambda: writer.indices.delete(index=f"{prefix}-feedback"))
        assert not allowed(lambda: writer.indices.delete_index_template(name=f"{prefix}-state"))
        assert not allowed(lambda: writer.indices.create(index=f"other-{prefix}"))


def test_a_new_days_index_is_mapped_as_its_template_says(cluster: Server, prefix: str) -> None:
    with acting(cluster, "writer") as writer:
        writer.index(index=f"{prefix}-anomalies-2026.11.23", document={"surprise": 1, "@timestamp": "2026-11-23"})
    mapping = cluster.client.indices.get_mapping(index=f"{prefix}-anomalies-2026.11.23")
    (seen,) = mapping.body.values()
    assert "surprise" not in seen["mappings"]["properties"]
    assert seen["mappings"]["properties"]["kubernetes"]["properties"]["namespace"]["type"] == "keyword"


def test_the_viewer_sees_findings_of_all_namespaces(cluster: Server, prefix: str) -> None:
    with acting(cluster, "viewer") as viewer:
        assert {kind: reads(viewer, f"{prefix}-{kind}*") for kind in KINDS} == dict.fromkeys(KINDS, 2)


@pytest.mark.parametrize("user", ["viewer", "viewer-of-shop"])
def test_viewers_see_neither_logs_nor_state_and_change_nothing(cluster: Server, prefix: str, user: str) -> None:
    finding = f"{prefix}-anomalies-{DAY}"
    with acting(cluster, user) as viewer:
        assert not allowed(lambda: reads(viewer, f"filebeat-{prefix}"))
        assert not allowed(lambda: reads(viewer, f"{prefix}-state"))
        assert not allowed(lambda: viewer.index(index=finding, id="shop", document={}))
        assert not allowed(lambda: viewer.delete(index=finding, id="shop"))


def test_the_viewer_of_a_namespace_sees_its_documents_only(cluster: Server, prefix: str) -> None:
    by_namespace = {"by": {"terms": {"field": "kubernetes.namespace"}}}
    with acting(cluster, "viewer-of-shop") as viewer:
        for kind in KINDS:
            found = viewer.search(index=f"{prefix}-{kind}*", aggs=by_namespace)
            assert [hit["_source"]["kubernetes"]["namespace"] for hit in found["hits"]["hits"]] == ["shop"], kind
            assert [bucket["key"] for bucket in found["aggregations"]["by"]["buckets"]] == ["shop"], kind


def test_who_sets_up_reads_no_logs_and_no_findings(cluster: Server, prefix: str) -> None:
    with acting(cluster, "setup") as setup:
        assert allowed(lambda: setup.indices.put_mapping(index=f"{prefix}-state", properties={}))
        assert not allowed(lambda: reads(setup, f"filebeat-{prefix}"))
        assert not allowed(lambda: reads(setup, f"{prefix}-anomalies-{DAY}"))
        assert not allowed(lambda: setup.index(index=f"{prefix}-state", document={}))
