"""filebeat.yml as it is, with a real API server: whose a line is, and what annotations of pods and namespaces do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ingest.filebeat import parse
from ingest.identity import Owner, origin_of_document, origin_of_path
from tests.conftest import begin
from tests.kubernetes.apiserver import ApiServer
from tests.length import AT_LENGTH
from tests.servers.missing import MissingError, skip
from tests.shipping.filebeat import Filebeat, build, discovering, to_file
from tests.shipping.nodes import add
from tests.shipping.pods import Node
from tests.shipping.traces import container_lines

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(3_600),
    pytest.mark.skipif(not AT_LENGTH, reason="the API server takes minutes to build: DRAINWATCH_AT_LENGTH=1"),
]
LINES = ["INFO added item 7 to cart", "DEBUG looked", "INFO asked by kube-probe", "INFO cart has 3 items"]


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """The node of an API server of our own, whose pods nobody else sees."""
    try:
        build()
    except MissingError as missing:
        skip(str(missing))
    server = ApiServer()
    begin(server)
    yield Node(server)
    server.close()


@pytest.fixture(scope="module")
def documents(node: Node, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """What Filebeat sends of some pods, by pod."""
    root = tmp_path_factory.mktemp("node")
    node.namespace("shop", labels={"team": "checkout", "tier": "gold"})
    node.namespace("noisy", annotations={"co.elastic.logs/exclude_lines": "^DEBUG,^TRACE"})
    node.namespace("logging")
    labels = {"controller-revision-hash": "x", "statefulset.kubernetes.io/pod-name": "db-0"}
    quiet = {"co.elastic.logs/enabled": "false"}
    probed = {"co.elastic.logs/processors.1.drop_event.when.regexp.message": "kube-probe"}
    pods: list[tuple[str, str, str, dict[str, Any]]] = [
        ("shop", "web-7d9c5b6f4-x2x9p", "web", dict(node.deployment("shop", "web"))),
        ("shop", "db-0", "db", {"labels": labels}),
        ("shop", "quiet-0", "app", {"annotations": quiet}),
        ("shop", "probed-0", "app", {"annotations": probed}),
        ("noisy", "chatty-0", "app", {}),
        ("logging", "filebeat-x2x7k", "filebeat", {}),
        ("logging", "kibana-0", "kibana", {}),
    ]
    for number, (namespace, pod, container, metadata) in enumerate(pods):
        id_ = f"{number:064x}"
        add(root, namespace, pod, container, "".join(container_lines(LINES, number)).encode(), id_)
        node.pod(namespace, pod, container, id_, **metadata)
    filebeat = Filebeat(discovering(root, node.kube_config(root)), to_file(root / "sent"))
    try:
        filebeat.start()
        filebeat.wait()
        filebeat.has_sent(4 + 4 + 3 + 3 + 4)
    finally:
        filebeat.close()
    found: dict[str, list[dict[str, Any]]] = {}
    for line in (root / "sent" / "documents").read_text().splitlines():
        document = json.loads(line)
        found.setdefault(document["kubernetes"]["pod"]["name"], []).append(document)
    return found


def test_drainwatch_knows_whose_a_line_is(documents: dict[str, list[dict[str, Any]]]) -> None:
    parsed = parse(json.dumps(documents["web-7d9c5b6f4-x2x9p"][0]))
    assert parsed is not None
    origin = origin_of_document(parsed.names._replace(path=""), origin_of_path("nowhere", "local"))
    assert (origin.namespace, origin.pod, origin.container) == ("shop", "web-7d9c5b6f4-x2x9p", "web")
    assert (origin.node, origin.image) == ("node-1", "registry.local/app:1")
    assert Owner(origin.workload, origin.revision) == Owner("web", "7d9c5b6f4")
    assert parsed.names.owner == "web"


def test_only_what_is_needed_is_added(documents: dict[str, list[dict[str, Any]]]) -> None:
    web, db = documents["web-7d9c5b6f4-x2x9p"][0], documents["db-0"][0]
    assert web["host"] == {"name": "node-1"}
    assert web["kubernetes"]["node"] == {"name": "node-1"}
    # 7.17 adds no labels of namespaces; those that 9.1 adds are in its own documents.
    assert web["kubernetes"].get("namespace_labels", {"team": "checkout"}) == {"team": "checkout"}
    assert set(web["kubernetes"]["labels"]) == {"app_kubernetes_io/name", "pod-template-hash"}
    assert not db["kubernetes"].get("labels")


def test_annotations_of_pods_and_namespaces_say_what_is_read(documents: dict[str, list[dict[str, Any]]]) -> None:
    said = {pod: [one["message"] for one in some] for pod, some in documents.items()}
    assert said == {
        "web-7d9c5b6f4-x2x9p": LINES,
        "db-0": LINES,
        "probed-0": [line for line in LINES if "kube-probe" not in line],
        "chatty-0": [line for line in LINES if not line.startswith("DEBUG")],
        "kibana-0": LINES,
    }
