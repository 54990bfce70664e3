"""Answers that aren't what was asked for, a cluster that goes away, and one that has nothing to say any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ingest.elasticsearch.cluster import MOST_PROBLEMS, Cluster
from ingest.elasticsearch.settings import Connection, SearchSettings
from ingest.errors import ServerError
from ingest.source import Problem
from tests.ingest.elasticsearch.documents import load, make_index
from tests.ingest.elasticsearch.reading import MINUTE, Clock, catch_up, drain, opened
from tests.ingest.elasticsearch.test_source import story
from tests.ingest.logs import NOON
from tests.servers.elasticsearch import Server

LAYOUT = b'{"indices": ["x"], "fields": {"@timestamp": {"date": {}}}}'
RESOLVED = b'{"indices": [{"name": "x"}], "aliases": [], "data_streams": []}'
STATS = b'{"nodes": {"a": {"timestamp": %d}}}'
OPENED = b'{"id": "abc"}'


class Pretender(ThreadingHTTPServer):
    """Answers like Elasticsearch, but for requests that contain `odd`: those with `answer`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.odd, self.answer, self.status = "", b"", 200
        self.requests: list[str] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def connection(self, patience: float = 1.0) -> Connection:
        return Connection((f"http://127.0.0.1:{self.server_port}",), patience=patience)

    def reply(self, request: str) -> tuple[int, bytes]:
        self.requests.append(request)
        if self.odd in request:
            return self.status, self.answer
        known = {"_field_caps": LAYOUT, "_resolve": RESOLVED, "_stats": STATS % (time.time_ns() // 10**6)}
        return 200, next((body for part, body in known.items() if part in request), OPENED)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Pretender

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        status, body = self.server.reply(f"{self.command} {self.path}")
        self.send_response(status)
        self.send_header("X-Elastic-Product", "Elasticsearch")
        self.send_header("Content-Type", "application/vnd.elasticsearch+json;compatible-with=9")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815 - the names that the server calls


@pytest.fixture
def pretender() -> Iterator[Pretender]:
    made = Pretender()
    yield made
    made.shutdown()
    made.server_close()


@pytest.mark.parametrize("answer", [b"<html>log in</html>", b'{"a":', b"", b"{}", b"[]", b"null", b"7", b"\xff"])
@pytest.mark.parametrize("odd", ["_field_caps", "_resolve", "_nodes", "POST /x/_pit", "_search"])
def test_an_answer_that_is_none_is_told(pretender: Pretender, odd: str, answer: bytes) -> None:
    pretender.odd, pretender.answer = odd, answer
    with (
        opened(pretender.connection(), "x", compare_clocks=True) as source,
        pytest.raises(ServerError, match=r"answered what can't be read\. Look whether a proxy"),
    ):
        source.poll()


def test_an_answer_that_is_cut_off_amid_a_page_is_told(pretender: Pretender) -> None:
    pretender.odd, pretender.answer = "_search", b'{"pit_id": "abc", "hits": {"total": {"val'
    with opened(pretender.connection(), "x") as source, pytest.raises(ServerError, match="can't be read"):
        source.poll()


def test_nothing_is_asked_twice_to_forget_a_search(pretender: Pretender) -> None:
    pretender.odd, pretender.status, pretender.answer = "DELETE", 503, b"{}"
    with opened(pretender.connection(patience=2.0), "x") as source, pytest.raises(ServerError):
        source.poll()
    assert [request for request in pretender.requests if "DELETE" in request] == ["DELETE /_pit"]


def test_indices_that_are_gone_are_no_silence(elasticsearch: Server, prefix: str) -> None:
    index, clock = f"filebeat-{prefix}", Clock(NOON + 3 * MINUTE)
    make_index(elasticsearch.client, index)
    load(elasticsearch.client, index, story(4))
    with opened(elasticsearch.connection("reader"), f"{index}*", until=None, follow=True, clock=clock) as source:
        assert catch_up(source)
        before = source.watermark
        elasticsearch.client.indices.delete(index=index)
        for _ in range(3):
            clock.now += MINUTE
            for _ in range(2):  # just after the first look as well
                with pytest.raises(ServerError, match=rf"Nothing matches {index}\* any more\. Look at"):
                    source.poll()
            assert source.watermark == before
        make_index(elasticsearch.client, index)
        catch_up(source)
        assert before is not None
        assert (source.watermark or 0) > before


def test_where_nothing_was_ever_there_silence_it_is(elasticsearch: Server, prefix: str) -> None:
    with opened(elasticsearch.connection("reader"), f"filebeat-{prefix}*") as source:
        assert drain(source) == []
        assert [problem.path for problem in source.problems] == [f"filebeat-{prefix}*"]


@pytest.fixture
def cluster(pretender: Pretender) -> Iterator[Cluster]:
    made = Cluster(
        pretender.connection(), SearchSettings(), clock=lambda: NOON, compare_clocks=False, stopping=lambda: False
    )
    yield made
    made.close()


def test_problems_that_differ_in_numbers_and_names_only_are_one(cluster: Cluster) -> None:
    for number in range(10):
        lost = f"Changed while it was read, and is read again: No search context found for id [{number}]."
        cluster.complain(Problem("logs", lost))
        cluster.complain(Problem("clock", f"This machine's clock is {number} s ahead of the cluster's."))
        cluster.complain(Problem("clock", f"This machine's clock is {number} min ahead of the cluster's."))
    assert [problem.path for problem in cluster.problems] == ["logs", "clock"]


def test_problems_are_not_told_without_end(cluster: Cluster) -> None:
    for number in range(2 * MOST_PROBLEMS):
        cluster.complain(Problem(f"logs-{number}", "is left out."))
    assert len(cluster.problems) == MOST_PROBLEMS
    assert cluster.problems[-1].message == "More is wrong than is told here."
