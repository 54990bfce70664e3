"""How a query is asked, against a server that answers as Prometheus, a proxy before it, or something else does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from ingest.errors import ServerError
from ingest.prometheus.client import Prometheus, QueryError
from ingest.prometheus.settings import PrometheusConnection

NOTHING = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": []}})


@dataclass
class Peer:
    """Answers in turn as it is told, the last answer again and again; keeps what it was asked."""

    answers: list[tuple[int, str]] = field(default_factory=lambda: [(200, NOTHING)])
    asked: list[tuple[str, dict[str, list[str]], str]] = field(default_factory=list)
    url: str = ""

    def connection(self, **more: str | float) -> PrometheusConnection:
        return PrometheusConnection(self.url, **{"patience": 0.0, **more})  # type: ignore[arg-type]


@pytest.fixture
def peer() -> Iterator[Peer]:
    told = Peer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            told.asked.append((self.path, parse_qs(body), self.headers.get("Authorization", "")))
            status, text = told.answers.pop(0) if len(told.answers) > 1 else told.answers[0]
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}"
    yield told
    server.shutdown()
    server.server_close()
    thread.join()


def ask(connection: PrometheusConnection) -> None:
    with Prometheus(connection) as client:
        client.range("up", 60, 120, 15)


def test_it_is_asked_by_post_below_the_path_that_is_given(peer: Peer) -> None:
    ask(PrometheusConnection(f"{peer.url}/prometheus", patience=0.0))
    wanted = {"query": ["up"], "start": ["60"], "end": ["120"], "step": ["15"]}
    assert peer.asked == [("/prometheus/api/v1/query_range", wanted, "")]


def test_who_asks_says_so(peer: Peer) -> None:
    ask(peer.connection(bearer_token="t0ken"))
    ask(peer.connection(username="me", password="s3cret"))
    assert [who for *_, who in peer.asked] == ["Bearer t0ken", "Basic bWU6czNjcmV0"]


@pytest.mark.parametrize("status", [401, 403])
def test_who_may_not_ask_is_told_without_the_secret(peer: Peer, status: int) -> None:
    peer.answers = [(status, "no")]
    with pytest.raises(ServerError, match=rf"doesn't let us ask: it answers {status}\. Set prometheus\.") as refused:
        ask(peer.connection(bearer_token="t0ken"))
    assert "t0ken" not in str(refused.value)


def test_a_proxy_that_has_nobody_behind_it_is_asked_again(peer: Peer) -> None:
    peer.answers = [(503, "<html>no upstream</html>"), (502, ""), (200, NOTHING)]
    ask(peer.connection(patience=10.0))
    assert len(peer.asked) == 3


def test_not_for_longer_than_is_said_and_then_why(peer: Peer) -> None:
    peer.answers = [(503, "")]
    with pytest.raises(ServerError, match=r"can't be reached: it answers 503\. Look at prometheus\.url\."):
        ask(peer.connection(patience=0.4))


def test_a_query_that_took_too_long_is_the_querys_fault(peer: Peer) -> None:
    told = {"status": "error", "errorType": "timeout", "error": "query timed out in expression evaluation"}
    peer.answers = [(503, json.dumps(told))]
    with pytest.raises(QueryError, match=r"gave up on it: query timed out in expression evaluation\. Make it cheaper"):
        ask(peer.connection(patience=5.0))
    assert len(peer.asked) == 1


def test_a_result_that_is_not_whole_is_said(peer: Peer) -> None:
    body = json.loads(NOTHING) | {"warnings": ["store gateway a is away"]}
    peer.answers = [(200, json.dumps(body))]
    with Prometheus(peer.connection()) as client:
        assert client.range("up", 60, 120, 15).warnings == ("store gateway a is away",)


@pytest.mark.parametrize("body", ["<html>log in</html>", "[]", '{"status": 1}', "\x00", ""])
def test_what_is_no_answer_of_prometheus_is_told(peer: Peer, body: str) -> None:
    peer.answers = [(200, body)]
    with pytest.raises(ServerError, match="is not Prometheus"):
        ask(peer.connection())


@pytest.mark.parametrize("token", ["s3cret ", "s3cret\nmore", "s3cret\x00", "s3crét"])
def test_a_token_that_cannot_be_sent_is_refused_without_showing_it(peer: Peer, token: str) -> None:
    with pytest.raises(ServerError, match="The bearer token for Prometheus can't be sent") as refused:
        ask(peer.connection(bearer_token=token))
    assert "s3cr" not in str(refused.value)
    assert not peer.asked


@pytest.mark.parametrize("url", ["http://[::::]:9090", "http://prometheus..monitoring:9090"])
def test_an_address_that_can_be_nobodys_is_said_as_what_it_is(url: str) -> None:
    with pytest.raises(ServerError, match=r"can't be reached: .* Look at prometheus\.url"):
        ask(PrometheusConnection(url, patience=0.0))
