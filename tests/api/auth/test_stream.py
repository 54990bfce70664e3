"""Who follows what happens is told of what is theirs, and no longer than they are let in."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx2
import pytest
import uvicorn

from detector.api.app import create_app
from detector.api.auth.access import Access
from detector.api.live import LiveStatus
from detector.findings import Incident
from detector.listening import Server
from detector.settings.access import AccessSettings
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from tests.api.auth.two import NOW, PUBLIC, SECRET, TOKENS, fill, service
from tests.store.shop import incident, minute
from tests.streams import Stream

OTHER = TOKENS["a reader of another namespace"]


@pytest.fixture
def live() -> LiveStatus:
    return service()


@pytest.fixture
def address(store: SqliteStore, live: LiveStatus) -> Iterator[str]:
    """A server that asks who somebody is, and looks ten times a second."""
    fill(store)
    assert OTHER is not None
    store.say(OTHER[0])
    access = Access(AccessSettings(required=True))
    app = create_app(store, live=live, clock=lambda: NOW, say=store.say, look_every=0.1, access=access)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", ws="none", lifespan="off")
    server = Server(config, app.state.drainwatch.news.end)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(20)


@contextmanager
def followed(address: str) -> Iterator[Stream]:
    assert OTHER is not None
    headers = {"Authorization": f"Bearer {OTHER[1]}"}
    timeout = httpx2.Timeout(10.0, read=20.0)
    with httpx2.stream("GET", f"{address}/api/v1/events", headers=headers, timeout=timeout, trust_env=False) as answer:
        assert answer.status_code == 200, answer.read()
        yield Stream(answer)


def found(namespace: str, at: int) -> Incident:
    return replace(incident(at, at, namespace=namespace), reasons=())


def test_what_others_write_is_no_news_to_them(address: str, store: SqliteStore) -> None:
    with followed(address) as stream:
        first = stream.next()
        store.commit(PassResult(minute(50), incidents=[found(SECRET, 40)]))
        time.sleep(0.5)
        store.commit(PassResult(minute(51)))
        second = stream.next()
        assert second["closed_until"] == "2026-11-21T07:51:00Z", "the first that they are told since"
        store.commit(PassResult(minute(51), incidents=[found(PUBLIC, 41)]))
        third = stream.next()
    assert len({one["version"] for one in (first, second, third)}) == 3


def test_why_something_failed_may_name_others(address: str) -> None:
    with followed(address) as stream:
        assert stream.next()["error"] == "The last pass failed; who may read all namespaces sees why."


def test_it_ends_soon_after_its_token_is_revoked(address: str, store: SqliteStore) -> None:
    assert OTHER is not None
    with followed(address) as stream:
        stream.next()
        store.say(replace(OTHER[0], revoked=NOW))
        begin = time.monotonic()
        assert list(stream) == [], "nothing more is told"
        assert time.monotonic() - begin < 30
