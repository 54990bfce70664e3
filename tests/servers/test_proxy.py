"""The proxy passes everything through, and does what it is told to."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from elastic_transport import ConnectionError as CantConnectError
from elasticsearch import ApiError, Elasticsearch

from tests.servers.elasticsearch import Server
from tests.servers.proxy import Proxy


@pytest.fixture
def proxy(elasticsearch: Server) -> Iterator[Proxy]:
    made = Proxy(elasticsearch)
    yield made
    made.close()


@pytest.fixture
def client(proxy: Proxy) -> Iterator[Elasticsearch]:
    connection = proxy.connection()
    with Elasticsearch(
        list(connection.hosts), basic_auth=(connection.username, connection.password), max_retries=0
    ) as made:
        yield made


def test_it_passes_on_what_is_asked_and_answered(client: Elasticsearch, prefix: str) -> None:
    operations = [
        {"create": {"_id": str(i)}} if even == 0 else {"text": "ü" * i} for i in range(100) for even in (0, 1)
    ]
    assert not client.bulk(index=prefix, operations=operations, refresh=True)["errors"]
    assert client.count(index=prefix)["count"] == 100
    assert client.indices.exists(index=prefix)
    assert not client.indices.exists(index=f"{prefix}-not")


def test_it_answers_itself_where_it_is_told_to(proxy: Proxy, client: Elasticsearch) -> None:
    proxy.answer(429, times=2, containing="_cluster/health", passing=1)
    client.cluster.health()
    for _ in range(2):
        with pytest.raises(ApiError) as refused:
            client.cluster.health()
        assert refused.value.status_code == 429
    client.cluster.health()
    assert len(proxy.requests) == 4


@pytest.mark.parametrize("done", [False, True], ids=["before it was done", "after it was done"])
def test_it_cuts_connections(proxy: Proxy, client: Elasticsearch, prefix: str, done: bool) -> None:
    proxy.cut(containing="PUT", done=done)
    with pytest.raises(CantConnectError):
        client.index(index=prefix, id="1", document={})
    assert client.exists(index=prefix, id="1").body is done


def test_it_strikes_while_a_client_waits(proxy: Proxy, client: Elasticsearch, prefix: str) -> None:
    struck: list[int] = []
    proxy.strike(lambda: struck.append(len(proxy.requests)), containing="_doc", passing=1)
    client.index(index=prefix, id="1", document={})
    with pytest.raises(CantConnectError):
        client.index(index=prefix, id="2", document={})
    assert struck == [2]
    assert not client.exists(index=prefix, id="2")


def test_it_is_slow_until_it_is_calmed(proxy: Proxy, client: Elasticsearch) -> None:
    proxy.delay(0.5, containing="_cluster")
    begun = time.monotonic()
    client.cluster.health()
    assert time.monotonic() - begun > 0.5
    proxy.calm_down()
    begun = time.monotonic()
    client.cluster.health()
    assert time.monotonic() - begun < 0.5


def test_it_can_be_away_for_a_while(proxy: Proxy, client: Elasticsearch) -> None:
    client.cluster.health()
    with proxy.away(), pytest.raises(CantConnectError):
        client.cluster.health()
    client.cluster.health()
