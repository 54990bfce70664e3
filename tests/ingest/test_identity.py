"""Who wrote a line, told by names that the kubelet and the controllers give."""

from __future__ import annotations

import pytest

from ingest.batch import Origin
from ingest.identity import DocumentNames, origin_of_document, origin_of_path, owner_of_pod, without_rotation

ID = "5fac61f650b2825125bef904635fc436c91c0d921433c05a968b428dc417abc6"


@pytest.mark.parametrize(
    ("pod", "workload", "revision"),
    [
        ("web-7d9c5b6f4-x2x9p", "web", "7d9c5b6f4"),
        ("ts-assurance-service-69876c9868-ssxsf", "ts-assurance-service", "69876c9868"),
        ("ts-station-food-service-dc4d75dd-fw6ft", "ts-station-food-service", "dc4d75dd"),
        ("ts-basic-service-5dc8d4f9fd-46997", "ts-basic-service", "5dc8d4f9fd"),
        ("pricing-5f6d8c9b7d-abcde", "pricing", "5f6d8c9b7d"),
        ("web-6d5f-abcde", "web", "6d5f"),
        ("gw-6c8b9-zz1yy", "gw", "6c8b9"),
        ("db-0", "db", ""),
        ("kafka-broker-12", "kafka-broker", ""),
        ("fluentd-x7k2p", "fluentd", ""),
        ("backup-28391234-q8rtz", "backup", ""),
        ("backup-28391234-0-q8rtz", "backup-28391234", ""),
        ("redis-cache", "redis-cache", ""),
        ("app-server-front", "app-server-front", ""),
        ("proxy-http1", "proxy-http1", ""),
        ("etcd-node1-alpha", "etcd-node1-alpha", ""),
    ],
)
def test_a_pods_name_tells_its_workload(pod: str, workload: str, revision: str) -> None:
    assert owner_of_pod(pod) == (workload, revision)


@pytest.mark.parametrize(
    "path",
    [
        f"/var/log/containers/web-7d9c5b6f4-x2x9p_shop_web-{ID}.log",
        f"some/copy/web-7d9c5b6f4-x2x9p_shop_web-{ID}.log.gz",
        "/var/log/pods/shop_web-7d9c5b6f4-x2x9p_e340c693-cfeb-4bfe-9518-16367ab09445/web/0.log",
        "/var/log/pods/shop_web-7d9c5b6f4-x2x9p_e340c693-cfeb-4bfe-9518-16367ab09445/web/3.log.20260101-120000.gz",
    ],
)
def test_the_kubelets_paths_tell_namespace_pod_and_container(path: str) -> None:
    expected = Origin("shop", "web", "web-7d9c5b6f4-x2x9p", "web", revision="7d9c5b6f4")
    assert origin_of_path(path, "local") == expected


def test_a_container_name_may_hold_hyphens() -> None:
    path = f"cb9788d56-mrzv2_train-ticket_ts-security-service-{ID}.log"
    assert origin_of_path(path, "local").container == "ts-security-service"


def test_a_name_that_was_cut_at_255_characters_has_an_incomplete_id() -> None:
    pod, namespace = "p" * 120, "n" * 60
    name = f"{pod}_{namespace}_sidecar-{ID}"[:251] + ".log"
    origin = origin_of_path(f"/var/log/containers/{name}", "local")
    assert (origin.namespace, origin.pod, origin.container) == (namespace, pod, "sidecar")


@pytest.mark.parametrize(
    ("path", "workload"),
    [
        ("/srv/app/payments.log", "payments"),
        ("payments.log.1", "payments"),
        ("payments.log.2024-01-01", "payments"),
        ("payments.log-20240101.gz", "payments"),
        ("lines.ndjson.gz", "lines"),
        ("a_b_c.log", "a_b_c"),
    ],
)
def test_any_other_file_is_a_workload_of_the_set_namespace(path: str, workload: str) -> None:
    assert origin_of_path(path, "vm") == Origin("vm", workload)


def test_rotation_takes_nothing_from_a_name_without_it() -> None:
    assert without_rotation("0.log") == "0.log"
    assert without_rotation("0.log.20260101-120000.gz") == "0.log"


def test_a_documents_owner_is_preferred_to_the_pods_name() -> None:
    names = DocumentNames(namespace="shop", pod="odd-name", owner="checkout", container="c", node="n", image="i:1")
    assert origin_of_document(names, Origin("local", "f")) == Origin("shop", "checkout", "odd-name", "c", "n", "i:1")


def test_a_replica_set_is_its_deployment_less_the_hash() -> None:
    names = DocumentNames(namespace="shop", pod="web-7d9c5b6f4-x2x9p", replicaset="web-7d9c5b6f4")
    origin = origin_of_document(names, Origin("local", "f"))
    assert (origin.workload, origin.revision) == ("web", "7d9c5b6f4")


def test_a_cron_jobs_run_is_the_cron_job() -> None:
    names = DocumentNames(namespace="shop", pod="backup-28391234-q8rtz", job="backup-28391234")
    assert origin_of_document(names, Origin("local", "f")).workload == "backup"


def test_the_pod_template_label_finds_the_hash_in_any_pod_name() -> None:
    names = DocumentNames(namespace="shop", pod="web-canary1-abcde", template_hash="canary1")
    origin = origin_of_document(names, Origin("local", "f"))
    assert (origin.workload, origin.revision) == ("web", "canary1")


def test_what_a_document_lacks_comes_from_the_path_field_by_field() -> None:
    names = DocumentNames(path=f"/var/log/containers/db-0_data_pg-{ID}.log", node="node-1")
    assert origin_of_document(names, Origin("local", "f")) == Origin("data", "db", "db-0", "pg", "node-1")


def test_a_document_that_tells_nothing_is_of_the_file_that_it_stands_in() -> None:
    assert origin_of_document(DocumentNames(), Origin("local", "lines")) == Origin("local", "lines")
