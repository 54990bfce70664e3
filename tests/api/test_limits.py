"""No client takes more than its share: of requests, of threads, of time and of memory."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from detector.access.principal import Grant, Kind, Right, principal
from detector.api.__main__ import document
from detector.api.app import create_app
from detector.api.auth.who import WHO
from detector.api.limits.install import Limits
from detector.api.limits.rates import Rated, cost_of
from detector.deadline import within
from detector.errors import StoreError
from detector.store.connection import ReadPool, told_plainly
from detector.store.sqlite import SqliteStore
from tests.store.shop import minute

PROBES = ("/healthz", "/readyz")


@pytest.fixture(autouse=True)
def _one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rates forget with time, and a busy machine takes some for a few requests."""
    monkeypatch.setattr(time, "time", lambda: 1_767_225_630.0)


@contextmanager
def asked(store: SqliteStore, limits: Limits, client: tuple[str, int] = ("192.0.2.1", 5)) -> Iterator[TestClient]:
    app = create_app(store, live=None, clock=lambda: minute(10), say=store.say, limits=limits)
    with TestClient(app, base_url="http://localhost", client=client) as made:
        yield made


def test_who_asks_too_often_is_told_when_to_ask_again(store: SqliteStore) -> None:
    with asked(store, Limits(per_minute=3)) as client:
        answers = [client.get("/api/v1/openapi.json") for _ in range(4)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429]
        assert answers[-1].headers["content-type"] == "application/problem+json"
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        assert "ask again in" in answers[-1].json()["detail"]
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503  # nothing is scored in it, which is another matter
        elsewhere = TestClient(client.app, base_url="http://localhost", client=("192.0.2.2", 5))
        assert elsewhere.get("/api/v1/openapi.json").status_code == 200


def test_what_looks_through_much_counts_for_several_requests(store: SqliteStore) -> None:
    with asked(store, Limits(per_minute=12)) as client:
        codes = [client.get("/api/v1/templates?q=refused").status_code for _ in range(3)]
        refused = client.get("/api/v1/compare")
        light = [client.get("/api/v1/openapi.json").status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    assert "of which this one counts for 5" in refused.json()["detail"]
    assert light == [200, 200, 429]


def test_heavy_ones_are_those_of_the_api_that_look_through_much() -> None:
    paths = json.loads(document())["paths"]
    heavy = {path for path in paths if cost_of(path.replace("{namespace}", "a/b")) > 1}
    assert heavy == {
        "/api/v1/templates",
        "/api/v1/namespaces/{namespace}/templates",
        "/api/v1/compare",
        "/api/v1/models/compare",
        "/api/v1/feedback/suggestions",
    }


def test_what_somebody_says_of_their_address_counts_only_by_a_trusted_proxy(store: SqliteStore) -> None:
    def rated(trusted: tuple[str, ...]) -> list[int]:
        with asked(store, Limits(per_minute=2, trusted=trusted)) as client:
            said = ({"X-Forwarded-For": f"198.51.100.{number}"} for number in range(4))
            return [client.get("/api/v1/openapi.json", headers=one).status_code for one in said]

    assert rated(("127.0.0.1",)) == [200, 200, 429, 429]
    assert rated(("192.0.2.0/24",)) == [200] * 4


def test_addresses_of_one_customer_of_ipv6_are_one_client(store: SqliteStore) -> None:
    with asked(store, Limits(per_minute=2)) as client:
        codes = []
        for number in range(3):
            one = TestClient(client.app, base_url="http://localhost", client=(f"2001:db8::{number}", 5))
            codes.append(one.get("/api/v1/openapi.json").status_code)
    assert codes == [200, 200, 429]


def test_this_machine_has_no_rate_where_nobody_has_to_log_in(store: SqliteStore) -> None:
    for address, local, wanted in (("127.0.0.1", True, 200), ("127.0.0.1", False, 429), ("192.0.2.1", True, 429)):
        with asked(store, Limits(per_minute=1, local=local), (address, 5)) as client:
            client.get("/api/v1/openapi.json")
            assert client.get("/api/v1/openapi.json").status_code == wanted


def test_a_token_is_one_client_wherever_it_asks_from() -> None:
    """And people behind one address are several."""

    def known(app: ASGIApp) -> ASGIApp:
        async def call(scope: Scope, receive: Receive, send: Send) -> None:
            key = dict(scope["headers"])[b"x-key"].decode()
            scope[WHO] = principal(Kind.TOKEN, key, [Grant(("*",), frozenset({Right.READ}))], key)
            await app(scope, receive, send)

        return call

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("ok")(scope, receive, send)

    app = known(Rated(answer, 2))
    said = []
    for key, address in (("a", "192.0.2.1"), ("a", "192.0.2.2"), ("a", "192.0.2.3"), ("b", "192.0.2.1")):
        client = TestClient(app, client=(address, 5))
        said.append(client.get("/", headers={"X-Key": key}).status_code)
    assert said == [200, 200, 429, 200]


def test_one_client_leaves_threads_to_others(store: SqliteStore) -> None:
    go, working, most = threading.Event(), [], []

    def slow() -> str:
        working.append(1)
        most.append(len(working))
        go.wait(30)
        working.pop()
        return "done"

    with asked(store, Limits(at_once=2)) as client:
        assert isinstance(client.app, FastAPI)
        client.app.add_api_route("/slow", slow)
        with ThreadPoolExecutor(30) as pool:
            doing = [pool.submit(client.get, "/slow") for _ in range(20)]
            until = time.monotonic() + 20
            while sum(one.done() for one in doing) < 2:  # the third of those that would wait is one too many
                assert time.monotonic() < until
                time.sleep(0.01)
            other = TestClient(client.app, base_url="http://localhost", client=("192.0.2.2", 5))
            assert other.get("/api/v1/namespaces").status_code == 200
            assert [client.get(path).status_code for path in PROBES] == [200, 503]
            go.set()
        codes = sorted(one.result().status_code for one in doing)
    assert codes == [200] * 18 + [429] * 2
    assert max(most) == 2


def test_what_takes_too_long_is_given_up(store: SqliteStore) -> None:
    go = threading.Event()
    with asked(store, Limits(at_once=1, seconds=0.1)) as client:
        assert isinstance(client.app, FastAPI)
        client.app.add_api_route("/slow", lambda: go.wait(30))
        answer = client.get("/slow")
        go.set()
    assert answer.status_code == 503
    assert "takes longer than 0.1 s" in answer.json()["detail"]


def test_the_store_gives_up_by_itself_what_nobody_waits_for(store: SqliteStore) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    with closing(ReadPool(store.path)) as pool, pool.connection() as connection:
        with (
            pytest.raises(StoreError, match="longer than an answer may"),
            within(0.2),
            told_plainly(store.path, "read"),
        ):
            connection.execute(endless).fetchall()
        assert connection.execute("SELECT 1").fetchall() == [(1,)]  # and goes on to be of use


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/v1/incidents?namespace=" + "x" * 17_000, {}, 414),
        ("/" + "x" * 17_000, {}, 414),
        ("/api/v1/incidents?" + "&".join(f"a{n}=1" for n in range(301)), {}, 422),
        ("/api/v1/incidents", {f"X-{n}": "1" for n in range(101)}, 431),
        ("/api/v1/incidents", {"X-Long": "x" * 40_000}, 431),
        ("/api/v1/incidents", {"Content-Length": "70000"}, 413),
        ("/login", {"Content-Length": "70000"}, 413),
    ],
)
def test_what_is_too_long_is_refused_whatever_it_asks_for(
    api: TestClient, path: str, headers: dict[str, str], status: int
) -> None:
    answer = api.get(path, headers=headers)
    assert answer.status_code == status
    assert len(answer.content) < 1_000
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_request_of_two_lengths_is_refused_and_nothing_after_it_is_read(api: TestClient) -> None:
    answer = api.get("/healthz", headers={"Content-Length": "5", "Transfer-Encoding": "chunked"})
    assert (answer.status_code, answer.headers["connection"]) == (400, "close")


def test_no_more_of_a_body_is_kept_than_is_taken(store: SqliteStore) -> None:
    kept = []

    async def form(request: Request) -> str:
        kept.append(len(await request.body()))
        return "read"

    with asked(store, Limits()) as client:
        assert isinstance(client.app, FastAPI)
        client.app.add_api_route("/form", form, methods=["POST"])
        client.post("/form", content=(b"x" * 10_000 for _ in range(1_000)))
        refused = client.post("/api/v1/feedback", content=(b" " * 10_000 for _ in range(1_000)))
        deep = client.post("/api/v1/feedback", content="[" * 60_000, headers={"Content-Type": "application/json"})
        wide = json.dumps({"kind": "mute", **{f"k{n}": 1 for n in range(4_000)}})
        wide_one = client.post("/api/v1/feedback", content=wide, headers={"Content-Type": "application/json"})
    assert kept[0] < 150_000
    assert (refused.status_code, deep.status_code, wide_one.status_code) == (415, 400, 422)
    assert max(len(deep.content), len(wide_one.content)) < 1_000
