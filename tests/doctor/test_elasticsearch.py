"""The doctor and real servers: whatever is wrong on the way to a cluster or in it is told plainly."""

from __future__ import annotations

import hashlib
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from detector.api.auth.oidc import ask
from detector.assets import asset_folder
from detector.doctor import Check, State, diagnose
from detector.doctor.gather import gather
from detector.settings import Settings
from detector.setup import Choices, apply, plan, wanted
from detector.wiring import open_reader
from tests.servers.access import PASSWORD
from tests.servers.elasticsearch import Server

ILM = asset_folder("ilm")
BOTH = {"ingest": {"source": "elasticsearch"}, "store": {"kind": "elasticsearch"}}


def now() -> int:
    return time.time_ns() // 1_000


def examined(
    server: Server, prefix: str, user: str = "service", clock: Callable[[], int] = now, **changed: Any
) -> dict[str, Check]:
    section = {
        "hosts": (server.url,),
        "ca_file": server.ca_file,
        "username": user,
        "password": PASSWORD,
        "prefix": prefix,
        "indices": (f"filebeat-{prefix}*", f"logs-{prefix}-*"),
        **changed,
    }
    settings = Settings.model_validate({**BOTH, "elasticsearch": section})
    checks = diagnose(gather(settings, assets=ILM, clock=clock, open_reader=open_reader, ask_provider=ask))
    assert PASSWORD not in str(checks)
    return {check.name.replace(server.url.removeprefix("https://"), "the server"): check for check in checks}


@pytest.fixture
def cluster(elasticsearch: Server, prefix: str) -> Server:
    """A server that is set up, with a line of a minute ago."""
    client = elasticsearch.client
    list(apply(client, plan(client, wanted(ILM, Choices(prefix, ("logs-*-*",))))))
    client.indices.create(
        index=f"filebeat-{prefix}",
        mappings={
            "properties": {
                "@timestamp": {"type": "date"},
                "message": {"type": "text"},
                "kubernetes": {"properties": {"namespace": {"type": "keyword"}}},
            }
        },
    )
    recent = int(time.time() * 1_000) - 60_000
    client.index(index=f"filebeat-{prefix}", document={"@timestamp": recent, "message": "hello"}, refresh=True)
    return elasticsearch


def test_a_cluster_in_which_all_is_well(cluster: Server, prefix: str) -> None:
    seen = examined(cluster, prefix)
    assert {name: check.seen for name, check in seen.items() if check.state in (State.FAILED, State.WARNING)} == {}
    assert seen["user"].seen == "service with the roles drainwatch_reader, drainwatch_writer"
    assert seen["version"].seen == cluster.version
    assert seen["licence"].seen == "trial"
    assert seen["may read logs"].seen == seen["may write results"].seen == "all that is needed"
    assert seen[f"logs filebeat-{prefix}*"].seen == "1 index, 1 documents in the last hour"
    assert seen["field @timestamp"].seen == "a date everywhere"
    assert seen["templates"].seen == "16 templates and indices, all of this version"
    assert "trusted by the authority in" in seen["TLS the server"].seen
    assert (seen["reading"].state, seen["reading"].seen) == (State.SKIPPED, "nothing was read yet")


def test_before_it_is_set_up(elasticsearch: Server, prefix: str) -> None:
    seen = examined(elasticsearch, prefix)
    assert seen["logs"].seen == "none of the patterns finds an index"
    assert (seen["templates"].state, seen["templates"].mend) == (State.FAILED, "Run drainwatch setup elasticsearch.")
    assert "setup elasticsearch" in seen["reading"].mend


@pytest.mark.parametrize(("user", "purpose"), [("writer", "read logs"), ("reader", "write results")])
def test_privileges_that_are_missing_are_named_one_by_one(
    cluster: Server, prefix: str, user: str, purpose: str
) -> None:
    check = examined(cluster, prefix, user=user)[f"may {purpose}"]
    assert check.state is State.FAILED
    missing = {
        "read logs": (f"read on filebeat-{prefix}*", f"view_index_metadata on logs-{prefix}-*"),
        "write results": (f"index on {prefix}-*", f"delete on {prefix}-*", f"delete_index on {prefix}-counts-*"),
    }
    for privilege in missing[purpose]:
        assert privilege in check.seen


def test_a_wrong_password(elasticsearch: Server, prefix: str) -> None:
    reach = examined(elasticsearch, prefix, password="wrong")["reach the server"]
    assert (reach.state, reach.seen) == (State.FAILED, "Elasticsearch doesn't know these credentials.")


def test_an_api_key_that_is_refused(elasticsearch: Server, prefix: str) -> None:
    seen = examined(elasticsearch, prefix, username="", password="", api_key="bm8tc3VjaDprZXk=")
    assert seen["reach the server"].state is State.FAILED
    assert "bm8tc3VjaDprZXk" not in str(seen)
    assert "an API key, with a secret from the setting elasticsearch.api_key" in seen["settings"].seen


def test_an_authority_that_is_not_the_servers(elasticsearch: Server, prefix: str, tmp_path: Path) -> None:
    other = tmp_path / "other.crt"
    trustme.CA().cert_pem.write_to_path(other)
    seen = examined(elasticsearch, prefix, ca_file=other)
    assert "isn't trusted" in seen["reach the server"].seen
    assert f"is not trusted by the authority in {other}" in seen["TLS the server"].seen
    assert fingerprint_of(elasticsearch) in seen["TLS the server"].mend


def test_a_fingerprint_instead_of_the_authority(cluster: Server, prefix: str) -> None:
    seen = examined(cluster, prefix, ca_file=None, fingerprint=fingerprint_of(cluster))
    assert seen["reach the server"].state is State.OK
    assert "trusted by the fingerprint" in seen["TLS the server"].seen


def test_a_fingerprint_that_is_not_the_servers(elasticsearch: Server, prefix: str) -> None:
    seen = examined(elasticsearch, prefix, ca_file=None, fingerprint="ab" * 32)
    assert "has another fingerprint" in seen["reach the server"].seen
    assert seen["TLS the server"].state is State.FAILED


def test_https_to_a_server_that_speaks_none_and_the_other_way_round(elasticsearch: Server, prefix: str) -> None:
    plain = elasticsearch.url.replace("https", "http")
    seen = {check.state for name, check in examined(elasticsearch, prefix, hosts=(plain,)).items() if "reach" in name}
    assert seen == {State.FAILED}


def test_nobody_there(elasticsearch: Server, prefix: str) -> None:
    started = time.monotonic()
    seen = examined(elasticsearch, prefix, hosts=("https://localhost:1",))
    assert "can't be reached: connection refused" in seen["reach localhost:1"].seen
    assert time.monotonic() - started < 5


def test_a_secrets_file_that_is_not_there(elasticsearch: Server, prefix: str, tmp_path: Path) -> None:
    seen = examined(elasticsearch, prefix, password="", password_file=tmp_path / "none")
    assert list(seen) == ["settings", "alerts", "certificate files", "engine"]
    assert str(tmp_path / "none") in seen["settings"].seen


def test_a_clock_that_is_off(cluster: Server, prefix: str) -> None:
    seen = examined(cluster, prefix, clock=lambda: now() - 600_000_000)
    assert seen["clock"].seen == "the cluster's is 10 min ahead of this machine's"


def test_a_time_that_is_no_date_in_one_of_the_indices(cluster: Server, prefix: str) -> None:
    cluster.client.indices.create(
        index=f"filebeat-{prefix}-odd", mappings={"properties": {"@timestamp": {"type": "keyword"}}}
    )
    check = examined(cluster, prefix)["field @timestamp"]
    assert (check.state, check.seen) == (
        State.FAILED,
        f"is no date in filebeat-{prefix}-odd, whose documents are not read",
    )


def test_an_index_that_takes_no_documents(cluster: Server, prefix: str) -> None:
    block = {"index.blocks.read_only_allow_delete": True}
    cluster.client.indices.put_settings(index=f"{prefix}-state", settings=block)
    check = examined(cluster, prefix)["disk"]
    assert (check.state, check.seen) == (State.FAILED, f"read-only: {prefix}-state")


def test_a_template_of_another_version(cluster: Server, prefix: str) -> None:
    cluster.client.indices.put_index_template(
        name=f"{prefix}-counts", index_patterns=[f"{prefix}-counts-*"], priority=520
    )
    check = examined(cluster, prefix)["templates"]
    assert (check.state, check.seen) == (State.WARNING, f"of another version: {prefix}-counts")


def fingerprint_of(server: Server) -> str:
    port = int(server.url.rpartition(":")[2])
    shown = ssl.get_server_certificate(("localhost", port))
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(shown)).hexdigest()
