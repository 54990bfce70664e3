"""`/api/v1/events`: a real server, and its streams read as they come."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass

import httpx2
import pytest
import uvicorn

from detector.api.app import create_app
from detector.api.live import LiveStatus
from detector.listening import Server
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore, open_notes
from ingest.source import Progress
from tests.store.shop import incident, minute
from tests.store.test_changes import expected
from tests.streams import following


@dataclass
class Served:
    """A server on a thread of its own."""

    address: str
    stop: Callable[[], None]

    def get(self, path: str) -> httpx2.Response:
        return httpx2.get(self.address + path, timeout=10.0, trust_env=False)

    def follow(self) -> float:
        """How many do, by the metrics."""
        (line,) = (one for one in self.get("/metrics").text.splitlines() if one.startswith("drainwatch_event_streams "))
        return float(line.split()[1])

    def wait_for(self, streams: int) -> None:
        until = time.monotonic() + 30
        while self.follow() != streams:
            assert time.monotonic() < until
            time.sleep(0.02)


@pytest.fixture
def served(store: SqliteStore, live: LiveStatus) -> Iterator[Served]:
    app = create_app(store, live=live, clock=lambda: minute(10), say=store.say, look_every=0.1)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", ws="none", lifespan="off")
    server = Server(config, app.state.drainwatch.news.end)
    thread = threading.Thread(target=server.run)

    def stop() -> None:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()

    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Served(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", stop)
    stop()


def test_who_follows_is_told_at_once_how_it_is(served: Served, store: SqliteStore) -> None:
    store.commit(PassResult(minute(9)))
    with following(served.address) as stream:
        told = stream.next()
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-store"
        assert stream.headers["x-accel-buffering"] == "no"
        assert "content-encoding" not in stream.headers
    assert told.pop("version")
    assert told == {
        "closed_until": "2026-11-21T07:09:00Z",
        "phase": "live",
        "lag_seconds": 12.5,
        "read": 1.0,
        "error": None,
    }


def test_a_window_that_is_closed_is_told_at_the_next_look(served: Served, store: SqliteStore) -> None:
    with following(served.address) as stream:
        first = stream.next()
        store.commit(PassResult(minute(11), incidents=[incident(3, 5)]))
        second = stream.next()
    assert second["version"] != first["version"]
    assert (first["closed_until"], second["closed_until"]) == (None, "2026-11-21T07:11:00Z")


def test_what_is_said_beside_the_service_is_told_as_well(served: Served, store: SqliteStore) -> None:
    with following(served.address) as stream, closing(open_notes(store.path)) as notes:
        first = stream.next()
        notes.say(expected("f1"))
        assert stream.next()["version"] != first["version"]


def test_how_far_it_has_read_what_was_there_is_never_rounded_up(served: Served, live: LiveStatus) -> None:
    live.phase, live.progress = "catching up", Progress(9_999, 10_000)
    with following(served.address) as stream:
        assert (told := stream.next())["phase"] == "catching up"
        assert told["read"] == 0.999
        live.progress = Progress(9_999, None)
        assert stream.next()["read"] is None
        live.phase = "live"
        assert stream.next()["read"] == 1.0


def test_that_the_last_pass_failed_is_told_and_how_the_clock_goes_on_is_not(served: Served, live: LiveStatus) -> None:
    with following(served.address) as stream:
        stream.next()
        live.lag_seconds = 13.5
        time.sleep(0.5)
        live.error = "The disk is full."
        told = stream.next()
    assert (told["error"], told["lag_seconds"]) == ("The disk is full.", 13.5)


def test_a_store_that_cant_be_read_is_told_and_does_not_end_it(served: Served, store: SqliteStore) -> None:
    with following(served.address) as stream:
        stream.next()
        store.close()
        assert stream.next()["error"].endswith("is closed. Open it again.")


def test_who_leaves_is_no_longer_counted(served: Served) -> None:
    with following(served.address) as first:
        first.next()
        with following(served.address) as second:
            second.next()
            assert served.follow() == 2
        served.wait_for(streams=1)
    served.wait_for(streams=0)


def test_more_than_a_hundred_at_once_are_told_to_close_some(served: Served) -> None:
    host, port = served.address.removeprefix("http://").split(":")
    with ExitStack() as open_ones:
        for number in range(100):
            source = f"127.0.0.{number // 20 + 1}", 0
            one = open_ones.enter_context(socket.create_connection((host, int(port)), source_address=source))
            one.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            if number == 19:  # all that one client may
                served.wait_for(streams=20)
                refused = served.get("/api/v1/events")
                assert refused.status_code == 503
                assert "20 pages or programs of yours" in refused.json()["detail"]
        served.wait_for(streams=100)
        with closing(socket.create_connection((host, int(port)), source_address=("127.0.0.9", 0))) as one:
            one.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            answer = one.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"content-type: application/problem+json" in answer
        assert b"Close some pages" in answer
    served.wait_for(streams=0)
    with following(served.address) as again:
        again.next()


def test_a_server_that_stops_ends_them_all_at_once(served: Served) -> None:
    with ExitStack() as open_ones:
        streams = [open_ones.enter_context(following(served.address)) for _ in range(5)]
        for stream in streams:
            stream.next()
        served.stop()
        assert [list(stream) for stream in streams] == [[]] * 5


def test_it_takes_no_parameters(served: Served) -> None:
    refused = served.get("/api/v1/events?namespace=shop")
    assert refused.status_code == 422
    assert "'namespace'" in refused.json()["detail"]


def test_how_long_a_stream_lasts_is_no_answering_time(served: Served) -> None:
    began = time.monotonic()
    with following(served.address) as stream:
        stream.next()
        time.sleep(1)
    lasted = time.monotonic() - began
    served.wait_for(streams=0)
    labels = '{route="/api/v1/events",status="2xx"}'
    (line,) = (one for one in served.get("/metrics").text.splitlines() if f"_seconds_sum{labels}" in one)
    assert float(line.split()[1]) < lasted - 0.9
