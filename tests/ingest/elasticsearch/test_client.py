"""The client waits while the cluster is away, and what goes wrong is told in plain words."""

from __future__ import annotations

import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from ingest.elasticsearch.client import connect, told_plainly
from ingest.elasticsearch.settings import Connection
from ingest.errors import ServerError
from tests.servers.elasticsearch import Server
from tests.servers.proxy import Proxy


@pytest.fixture
def proxy(elasticsearch: Server) -> Iterator[Proxy]:
    made = Proxy(elasticsearch)
    yield made
    made.close()


def complaint(connection: Connection, ask: Callable[[Elasticsearch], object] = lambda it: it.cluster.health()) -> str:
    """What is said when a question goes wrong."""
    with connect(connection) as client, pytest.raises(ServerError) as caught, told_plainly():
        ask(client)
    assert caught.value.advice
    return str(caught.value)


def unused_address() -> str:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{one.getsockname()[1]}"


def fingerprint(server: Server) -> str:
    host, port = server.url.removeprefix("https://").split(":")
    pem = ssl.get_server_certificate((host, int(port)))
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


def test_a_users_password_and_the_authoritys_certificate_open_the_door(elasticsearch: Server) -> None:
    with connect(elasticsearch.connection("reader")) as client:
        assert client.cluster.health()["status"] in ("green", "yellow")


def test_a_fingerprint_will_do_instead_of_the_authority(elasticsearch: Server) -> None:
    digits = fingerprint(elasticsearch).upper()
    colons = ":".join(digits[at : at + 2] for at in range(0, 64, 2))
    with connect(replace(elasticsearch.connection(), ca_file="", fingerprint=colons)) as client:
        assert client.cluster.health()


def test_another_fingerprint_is_told_at_once(elasticsearch: Server) -> None:
    begun = time.monotonic()
    found = complaint(replace(elasticsearch.connection(), ca_file="", fingerprint="0" * 64))
    assert found.startswith(f"The certificate of {elasticsearch.url} has another fingerprint.")
    assert time.monotonic() - begun < 5


def test_a_certificate_of_an_unknown_authority_is_told_at_once(elasticsearch: Server) -> None:
    begun = time.monotonic()
    found = complaint(replace(elasticsearch.connection(), ca_file=""))
    assert found.startswith(f"The certificate of {elasticsearch.url} isn't trusted: ")
    assert "elasticsearch.ca_file" in found
    assert time.monotonic() - begun < 5


def test_http_where_https_is_spoken(elasticsearch: Server) -> None:
    plain = elasticsearch.url.replace("https", "http")
    found = complaint(replace(elasticsearch.connection(), hosts=(plain,), ca_file="", patience=0))
    assert "where it speaks TLS, the address begins with https" in found


def test_https_where_http_is_spoken(proxy: Proxy) -> None:
    connection = replace(proxy.connection(), hosts=(proxy.url.replace("http", "https"),))
    assert "doesn't speak TLS. Begin its address with http" in complaint(connection)


def test_a_wrong_password_is_told_without_the_password(elasticsearch: Server) -> None:
    found = complaint(replace(elasticsearch.connection(), password="guessed-wrong"))
    assert found.startswith("Elasticsearch doesn't know these credentials.")
    assert "guessed-wrong" not in found


def test_credentials_that_were_forgotten(elasticsearch: Server) -> None:
    found = complaint(replace(elasticsearch.connection(), username="", password=""))
    assert "no credentials are set" in found


def test_a_missing_privilege_is_named_with_user_and_index(elasticsearch: Server, prefix: str) -> None:
    def write(client: Elasticsearch) -> object:
        return client.index(index=f"filebeat-{prefix}", document={})

    found = complaint(elasticsearch.connection("reader"), write)
    assert found.startswith("The user reader may not do indices:")
    assert f"filebeat-{prefix}: it lacks the index privilege " in found


def test_a_missing_index_is_named(elasticsearch: Server, prefix: str) -> None:
    found = complaint(elasticsearch.connection(), lambda client: client.search(index=f"{prefix}-none"))
    assert found.startswith(f"There is no index {prefix}-none.")


def test_an_index_that_is_blocked(elasticsearch: Server, prefix: str) -> None:
    elasticsearch.client.indices.create(index=prefix, settings={"index.blocks.read_only_allow_delete": True})
    connection = replace(elasticsearch.connection(), patience=0)
    assert "disk is nearly full" in complaint(connection, lambda client: client.index(index=prefix, document={}))


def test_nobody_there() -> None:
    address = unused_address()
    found = complaint(Connection(hosts=(address,), patience=0.3))
    assert found.startswith(f"{address} can't be reached: connection refused.")


@pytest.mark.parametrize("hosts", [("localhost:9200",), ("http://",), ()])
def test_an_address_that_is_none(hosts: tuple[str, ...]) -> None:
    with pytest.raises(ServerError, match=r"that is no address of Elasticsearch\. Write it whole"):
        connect(Connection(hosts=hosts))


@pytest.mark.parametrize(("content", "why"), [(None, "No such file"), ("no certificate", "it holds no certificate")])
def test_a_certificate_file_that_is_none(tmp_path: Path, content: str | None, why: str) -> None:
    path = tmp_path / "ca.crt"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ServerError, match=f"ca.crt can't be read: {why}"):
        connect(Connection(hosts=("https://localhost:9200",), ca_file=str(path)))


def test_secrets_are_in_no_representation() -> None:
    shown = repr(Connection(hosts=("https://a:1",), password="hush-1", api_key="hush-2", bearer_token="hush-3"))
    assert "hush" not in shown


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_it_asks_again_where_the_cluster_is_overloaded(proxy: Proxy, status: int) -> None:
    proxy.answer(status, times=3)
    with connect(proxy.connection()) as client:
        assert client.cluster.health()
    assert len(proxy.requests) == 4


def test_it_asks_again_where_the_connection_breaks(proxy: Proxy) -> None:
    proxy.cut(times=2)
    with connect(proxy.connection()) as client:
        assert client.cluster.health()


def test_it_waits_for_a_cluster_that_is_away(proxy: Proxy) -> None:
    proxy.go_away()
    back = threading.Timer(1.0, proxy.come_back)
    back.start()
    with connect(proxy.connection()) as client:
        assert client.cluster.health()
    back.join()


def test_it_asks_again_where_no_answer_comes_in_time(proxy: Proxy) -> None:
    proxy.delay(2)
    calm = threading.Timer(1.0, proxy.calm_down)
    calm.start()
    with connect(replace(proxy.connection(), timeout=0.7)) as client:
        assert client.cluster.health()
    calm.join()


def test_patience_ends(proxy: Proxy) -> None:
    proxy.answer(429, times=1_000)
    begun = time.monotonic()
    found = complaint(replace(proxy.connection(), patience=1))
    assert found.startswith("Elasticsearch has too much to do: rejected execution")
    assert 0.5 < time.monotonic() - begun < 4


def test_it_stops_asking_when_it_is_told_to_stop(proxy: Proxy) -> None:
    proxy.answer(503, times=1_000)
    stop = threading.Event()
    timer = threading.Timer(0.5, stop.set)
    timer.start()
    begun = time.monotonic()
    with connect(proxy.connection(), stopping=stop.is_set) as client, pytest.raises(ServerError), told_plainly():
        client.cluster.health()
    assert time.monotonic() - begun < 6
    timer.join()


def test_a_refusal_that_time_does_not_mend_is_told_at_once(proxy: Proxy) -> None:
    assert complaint(proxy.connection(), lambda client: client.search(index="no_such_index"))
    assert len(proxy.requests) == 1
