"""Each role may do what its part of drainwatch does, and nothing else: asked of real servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from elasticsearch import AuthorizationException, Elasticsearch

from detector.assets import asset_folder
from detector.setup import Choices, apply, plan, roles, wanted
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
    client.index(index=f"{prefix}-access", id="token-1", document={"drainwatch": {"kind": "token"}}, refresh=True)
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
        singles = [f"{prefix}-{name}" for name in ("state", "templates", "changes", "feedback", "alerts", "access")]
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
        assert not allowed(lambda: writer.indices.delete(index=f"{prefix}-access"))
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
def test_viewers_see_neither_logs_nor_state_nor_who_may_come_in_and_change_nothing(
    cluster: Server, prefix: str, user: str
) -> None:
    finding = f"{prefix}-anomalies-{DAY}"
    with acting(cluster, user) as viewer:
        assert not allowed(lambda: reads(viewer, f"filebeat-{prefix}"))
        assert not allowed(lambda: reads(viewer, f"{prefix}-state"))
        assert not allowed(lambda: reads(viewer, f"{prefix}-access"))
        assert not allowed(lambda: viewer.index(index=finding, id="shop", document={}))
        assert not allowed(lambda: viewer.delete(index=finding, id="shop"))


def test_the_viewer_of_a_namespace_sees_its_documents_only(cluster: Server, prefix: str) -> None:
    by_namespace = {"by": {"terms": {"field": "kubernetes.namespace"}}}
    with acting(cluster, "viewer-of-shop") as viewer:
        for kind in KINDS:
            found = viewer.search(index=f"{prefix}-{kind}*", aggs=by_namespace)
            assert [hit["_source"]["kubernetes"]["namespace"] for hit in found["hits"]["hits"]] == ["shop"], kind
            assert [bucket["key"] for bucket in found["aggregations"]["by"]["buckets"]] == ["shop"], kind


def test_who_reads_logs_sees_them_and_what_was_found_and_not_the_state(cluster: Server, prefix: str) -> None:
    with acting(cluster, "lector") as lector:
        assert reads(lector, f"filebeat-{prefix}") == 1
        assert {kind: reads(lector, f"{prefix}-{kind}*") for kind in KINDS} == dict.fromkeys(KINDS, 2)
        assert allowed(lambda: lector.field_caps(index=f"filebeat-{prefix},{prefix}-incidents-*", fields="*"))
        assert allowed(lambda: lector.open_point_in_time(index=f"filebeat-{prefix}", keep_alive="5s"))
        assert not allowed(lambda: reads(lector, f"{prefix}-state"))
        assert not allowed(lambda: reads(lector, f"{prefix}-access"))
        assert not allowed(lambda: reads(lector, f"other-{prefix}"))


def test_who_reads_logs_changes_nothing_and_sees_nothing_of_the_cluster(cluster: Server, prefix: str) -> None:
    with acting(cluster, "lector") as lector:
        for index in (f"filebeat-{prefix}", f"{prefix}-anomalies-{DAY}", f"{prefix}-feedback"):
            assert not allowed(lambda index=index: lector.index(index=index, document={}))  # type: ignore[misc]
            assert not allowed(lambda index=index: lector.delete(index=index, id="shop"))  # type: ignore[misc]
            assert not allowed(lambda index=index: lector.indices.delete(index=index))  # type: ignore[misc]
            assert not allowed(lambda index=index: lector.indices.put_mapping(index=index, properties={}))  # type: ignore[misc]
        assert not allowed(lambda: lector.cluster.health())
        assert not allowed(lambda: lector.security.get_role())


def test_who_runs_the_stack_sees_to_indices_and_templates(cluster: Server, prefix: str) -> None:
    logs, finding = f"filebeat-{prefix}", f"{prefix}-anomalies-{DAY}"
    alone: dict[str, object] = {"number_of_replicas": 0}
    with acting(cluster, "admin") as admin:
        assert allowed(lambda: admin.cluster.health())
        assert allowed(lambda: admin.nodes.stats())
        for index in (logs, finding):
            assert allowed(lambda index=index: admin.indices.put_settings(index=index, settings=alone))  # type: ignore[misc]
            assert allowed(lambda index=index: admin.indices.forcemerge(index=index))  # type: ignore[misc]
        template = f"{prefix}-of-an-admin"
        assert allowed(lambda: admin.indices.put_index_template(name=template, index_patterns=[f"{template}-*"]))
        assert allowed(lambda: admin.indices.delete_index_template(name=template))
        assert allowed(lambda: admin.indices.delete(index=logs)), "retention, and what nobody may see any more"


def test_who_runs_the_stack_reads_no_logs_no_findings_and_writes_none(cluster: Server, prefix: str) -> None:
    with acting(cluster, "admin") as admin:
        for index in (f"filebeat-{prefix}", f"{prefix}-anomalies-{DAY}", f"{prefix}-state"):
            assert not allowed(lambda index=index: reads(admin, index))  # type: ignore[misc]
            assert not allowed(lambda index=index: admin.index(index=index, document={}))  # type: ignore[misc]
            assert not allowed(lambda index=index: admin.delete(index=index, id="shop"))  # type: ignore[misc]


def test_who_runs_the_stack_gives_nobody_rights_and_leaves_the_cluster_as_it_is(cluster: Server) -> None:
    mine = {"type": "fs", "settings": {"location": "/tmp/mine"}}
    with acting(cluster, "admin") as admin:
        assert not allowed(lambda: admin.security.put_role(name="mine", cluster=["all"]))
        assert not allowed(lambda: admin.security.put_user(username="mine", password="123456", roles=["superuser"]))
        assert not allowed(lambda: admin.security.change_password(username="superuser", password="123456"))
        assert not allowed(lambda: admin.security.create_api_key(name="mine"))
        assert not allowed(lambda: admin.cluster.put_settings(transient={"action.auto_create_index": "false"}))
        assert not allowed(lambda: admin.snapshot.create_repository(name="mine", repository=mine))
        assert not allowed(lambda: admin.snapshot.restore(repository="drainwatch", snapshot="last"))
        assert not allowed(lambda: admin.snapshot.delete(repository="drainwatch", snapshot="last"))
        assert not allowed(lambda: admin.indices.delete(index=".security-7"))


def test_what_this_build_lacks_is_granted_all_the_same(cluster: Server) -> None:
    """Life cycles, snapshots by policy and watches are in modules that the build for tests is without."""
    asked = ["manage_ilm", "manage_slm", "manage_watcher", "manage_ingest_pipelines", "create_snapshot"]
    with acting(cluster, "admin") as admin:
        assert admin.security.has_privileges(cluster=asked)["has_all_requested"]
    with acting(cluster, "lector") as lector:
        assert not any(lector.security.has_privileges(cluster=asked)["cluster"].values())


@pytest.mark.parametrize(("user", "ending"), [("lector", ".read"), ("admin", ".all")])
def test_roles_for_people_hold_in_all_spaces_of_kibana(cluster: Server, user: str, ending: str) -> None:
    with acting(cluster, user) as client:
        (kibana,) = client.security.get_user_privileges()["applications"]
    assert (kibana["application"], kibana["resources"]) == ("kibana-.kibana", ["*"])
    assert "feature_dashboard_v2" + ending in kibana["privileges"]
    assert all(one.startswith("feature_") and one.endswith(ending) for one in kibana["privileges"])


def test_every_privilege_that_a_role_names_is_one_that_the_server_knows(elasticsearch: Server) -> None:
    known = elasticsearch.client.security.get_builtin_privileges()
    for role in roles(asset_folder("ilm"), Choices("drainwatch", ("logs-*",))):
        assert set(role.body["cluster"]) <= set(known["cluster"]), role.name
        for indices in role.body["indices"]:
            assert set(indices["privileges"]) <= set(known["index"]), role.name


def test_who_sets_up_reads_no_logs_and_no_findings(cluster: Server, prefix: str) -> None:
    with acting(cluster, "setup") as setup:
        assert allowed(lambda: setup.indices.put_mapping(index=f"{prefix}-state", properties={}))
        assert not allowed(lambda: reads(setup, f"filebeat-{prefix}"))
        assert not allowed(lambda: reads(setup, f"{prefix}-anomalies-{DAY}"))
        assert not allowed(lambda: setup.index(index=f"{prefix}-state", document={}))
