"""`/api/v1/status`: the parts of a service, and that it is asked often and looks seldom."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio.to_thread
import httpx2
import pytest
from starlette.testclient import TestClient

from detector.alerts.delivery import ChannelCount
from detector.api.app import create_app
from detector.api.live import LiveStatus
from detector.api.remembered import Remembered
from detector.api.sources import InForce, sources_of
from detector.api.status_shapes import SoftwareOut, StoreOut
from detector.outputs.outbox import Figures
from detector.settings import Settings
from detector.settings.origins import Origins
from detector.store.facts import StoreFacts
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from tests import loops
from tests.store.shop import minute, status


def set_so(paths: tuple[str, ...] = (), **sections: Any) -> InForce:
    return InForce(Settings.model_validate(sections), Origins(), paths)


@pytest.fixture
def service(store: SqliteStore, live: LiveStatus) -> Iterator[TestClient]:
    """The API of a service that reads files."""
    live.outputs = lambda: [Figures("alert:desk", 2, 7, 1, 0)]
    live.channels = lambda: {"desk": ChannelCount("slack", 7, 1, 0, minute(8))}
    app = create_app(
        store,
        live=live,
        clock=lambda: minute(10),
        version="1.2.3",
        in_force=set_so(("/var/log/containers",)),
        host_names=["testserver"],
    )
    with TestClient(app) as client:
        yield client


def test_it_tells_what_it_reads_where_it_keeps_what_it_finds_and_whom_it_tells(
    service: TestClient, store: SqliteStore
) -> None:
    now = service.get("/api/v1/status").json()
    assert now["sources"] == [{"kind": "files", "where": ["/var/log/containers"], "servers": []}]
    assert (now["store"]["kind"], now["store"]["where"]) == ("sqlite", str(store.path))
    wal = Path(f"{store.path}-wal")
    assert now["store"]["bytes"] == store.path.stat().st_size + wal.stat().st_size
    assert now["store"]["schema"] > 7
    assert now["outputs"] == [{"output": "alert:desk", "waiting": 2, "sent": 7, "failed": 1, "given_up": 0}]
    assert now["channels"] == [
        {
            "channel": "desk",
            "kind": "slack",
            "sent": 7,
            "failed": 1,
            "refused": 0,
            "last_success": "2026-11-21T07:08:00Z",
        }
    ]
    assert (now["versions"]["drainwatch"], now["versions"]["elasticsearch"]) == ("1.2.3", None)
    assert now["versions"]["python"].startswith("CPython 3.")
    assert {"fastapi", "numpy", "drain3-improved"} <= now["versions"]["packages"].keys()


def test_a_cluster_a_topic_and_metrics_are_told_without_who_asks() -> None:
    elasticsearch = {"hosts": "https://es:9200", "indices": "logs-*", "username": "me", "password": "PLANTED"}
    prometheus = {"url": "http://prometheus:9090", "presets": "", "queries": {"jobs": {"query": "sum(j)"}}}
    lines, metrics = sources_of(
        set_so(ingest={"source": "elasticsearch"}, elasticsearch=elasticsearch, prometheus=prometheus)
    )
    assert (lines.kind, lines.where, lines.servers) == ("elasticsearch", ("logs-*",), ("https://es:9200",))
    assert (metrics.kind, metrics.where, metrics.servers) == ("prometheus", ("jobs",), ("http://prometheus:9090",))
    (topic,) = sources_of(set_so(ingest={"source": "kafka"}, kafka={"brokers": "kafka:9092", "topic": "logs"}))
    assert (topic.kind, topic.where, topic.servers) == ("kafka", ("logs",), ("kafka:9092",))


def test_addresses_of_a_store_are_told_without_what_they_ask_with() -> None:
    facts = StoreFacts("elasticsearch", "drainwatch-*", 1, None, ("https://me:PLANTED@es:9200/?key=PLANTED",), "9.5.0")
    assert StoreOut.of(facts).servers == ["https://…@es:9200/?…"]
    assert SoftwareOut.of("1.2.3", facts).elasticsearch == "9.5.0"


def test_of_a_store_alone_it_tells_no_sources(api: TestClient) -> None:
    now = api.get("/api/v1/status").json()
    assert (now["sources"], now["outputs"], now["channels"]) == ([], [], [])
    assert now["store"]["kind"] == "sqlite"


def test_while_the_store_is_away_it_tells_what_it_knows_itself(service: TestClient, store: SqliteStore) -> None:
    store.close()
    now = service.get("/api/v1/status").json()
    assert now["store"] is None
    assert now["sources"][0]["kind"] == "files"
    assert "is closed" in now["error"]


def test_what_was_made_of_a_store_is_made_again_when_it_has_something_new(store: SqliteStore) -> None:
    remembered, made = Remembered(store), iter(range(10))
    first = [remembered.get("a", lambda: next(made)) for _ in range(3)]
    other = remembered.get("b", lambda: next(made))
    store.commit(PassResult(minute(10), statuses=[status("bank")]))
    assert (first, other) == ([0, 0, 0], 1)
    assert [remembered.get("a", lambda: next(made)) for _ in range(2)] == [2, 2]


def test_what_can_t_be_made_is_tried_again(store: SqliteStore) -> None:
    remembered = Remembered(store)

    def fails() -> int:
        raise ValueError("not yet")

    with pytest.raises(ValueError, match="not yet"):
        remembered.get("a", fails)
    assert remembered.get("a", lambda: 1) == 1


def test_it_is_alive_while_all_threads_wait_for_a_store_that_is_away(api: TestClient) -> None:
    async def ask() -> int:
        threads = anyio.to_thread.current_default_thread_limiter()
        for _ in range(int(threads.total_tokens)):
            await threads.acquire_on_behalf_of(object())
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(api.app), base_url="http://testserver") as client:
            return (await asyncio.wait_for(client.get("/healthz"), 60)).status_code

    assert loops.run(ask()) == 200
