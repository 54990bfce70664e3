"""What the chart makes runs: its Jobs and its service, with its settings and Secrets, on a real Elasticsearch."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import pytest

from detector.errors import SettingsError
from detector.settings.load import load_settings
from tests.helm.container import Container
from tests.helm.drainwatch import made, pod_of, workload
from tests.kubernetes.manifests import Document, one
from tests.servers.access import PASSWORD
from tests.servers.elasticsearch import NEWEST, Server

CA = "elasticsearch-es-http-certs-public"


def release(server: Server, prefix: str) -> list[Document]:
    """As the chart is, on this server."""
    elasticsearch = {"hosts": [server.url], "prefix": prefix, "indices": [f"filebeat-{prefix}*"]}
    return made(config={"elasticsearch": elasticsearch, "detection": {"learn": "10m"}})


def container(server: Server, documents: Sequence[Document], document: Document, root: Path) -> Container:
    secrets = {
        "drainwatch-elasticsearch": {"username": "service", "password": f"{PASSWORD}\n"},
        "drainwatch-setup": {"username": "setup", "password": PASSWORD},
        CA: {"ca.crt": server.ca_file.read_text("utf-8")},
    }
    return Container(documents, pod_of(document), secrets, root)


def asked(address: str, host: str) -> tuple[int, str]:
    """The status and the body of an answer to who asks by that name."""
    request = urllib.request.Request(address, headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


@pytest.mark.parametrize("elasticsearch", [NEWEST], indirect=True)
def test_a_release_sets_up_and_serves(elasticsearch: Server, prefix: str, tmp_path: Path) -> None:
    documents = release(elasticsearch, prefix)
    job = one(documents, "Job", "drainwatch-setup-elasticsearch")
    setup = container(elasticsearch, documents, job, tmp_path / "job")
    done = setup.run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{prefix}-state" in done.stdout
    again = setup.run()
    assert (again.returncode, again.stdout.splitlines()[-1][:17]) == (0, "Nothing to change")

    service = container(elasticsearch, documents, workload(documents), tmp_path / "pod")
    # In the pod it listens on all addresses, at the port of the Service.
    with service.start(DRAINWATCH_SERVICE__HOST="127.0.0.1", DRAINWATCH_SERVICE__PORT="0") as process:
        try:
            assert process.stdout
            address = process.stdout.readline().split()[-1]
            for name in ("drainwatch:8765", "drainwatch.logging.svc:8765", "10.1.2.3:8765"):
                assert asked(f"{address}healthz", name)[0] == 200, name
            assert asked(f"{address}healthz", "elsewhere.example.org")[0] == 403
            status, said = asked(f"{address}readyz", "10.1.2.3:8765")
            assert (status, "No namespace is scored yet." in said) == (503, True), said
            assert asked(address, "drainwatch:8765")[0] == 200, "the page is there while it learns"
            seen = {check["check"]: check["state"] for check in json.loads(service.run("doctor", "-o", "json").stdout)}
            assert {seen[name] for name in ("version", "templates")} == {"ok"}, "it knows the settings of the pod"
            process.terminate()
            assert process.wait(60) == 0
        finally:
            process.kill()
    written = {path.name for path in (tmp_path / "pod").rglob("*") if path.is_file()}
    assert written == {"drainwatch.toml", "password", "ca.crt"}, "the root file system can't be written"


def test_service_links_would_keep_it_from_starting() -> None:
    with pytest.raises(SettingsError, match="DRAINWATCH_PORT is no setting"):
        load_settings(None, {"DRAINWATCH_PORT": "tcp://10.96.0.1:8765"})
