"""Nothing that is asked for makes the service fail: it answers, or says what is wrong with the question."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from detector.store.sqlite import SqliteStore
from tests.api.test_endpoints import SHOP, refused

PATHS = [
    "/api/v1/namespaces",
    "/api/v1/incidents",
    "/api/v1/scores",
    "/api/v1/status",
    "/healthz",
    "/readyz",
    "/metrics",
    SHOP,
    *(f"{SHOP}/{part}" for part in ("anomalies", "incidents", "templates", "counts")),
    "/api/v1/anomalies/{}",
    "/api/v1/incidents/{}",
    "/api/v1/templates",
    "/api/v1/templates/{}",
    "/api/v1/feedback/{}",
    "/api/v1/feedback",
    "/api/v1/feedback/suggestions",
    "/api/v1/changes",
    "/api/v1/compare",
    *(f"{SHOP}/{part}" for part in ("levels", "trends", "detectors")),
    "/api/v1/incidents/{}/related",
    "/api/v1/incidents/{}/markdown",
    "/api/v1/models",
    "/api/v1/models/compare",
    "/api/v1/models/{}",
    "/api/v1/namespaces/{}",
    "/api/v1/namespaces/{}/counts",
    "/api/v1/namespaces/{}/templates",
    "/{}",
]
NAMES = ["since", "until", "min_score", "cursor", "limit", "q", "sort", "workload", "template", "buckets", "namespace"]
NAMES += ["old", "new", "before_since", "before_until", "against", "level", "new_since", "gone_since", "muted"]
ODD = [
    "",
    "\x00",
    "-1",
    "0",
    "9" * 400,
    "1e999",
    "nan",
    "☕",
    "../../etc/passwd",
    "%",
    "%ff",
    "' OR 1=1 --",
    "now",
    "-1h",
]
TEXTS = st.one_of(
    st.sampled_from(ODD), st.text(max_size=30), st.integers().map(str), st.floats().map(str), st.datetimes().map(str)
)


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/api/v1/namespaces/shpo", 404, "no namespace 'shpo'. Known are shop …: see /api/v1/namespaces."),
        ("/api/v1/namespaces/shpo/anomalies", 404, "Known are shop"),
        ("/api/v1/anomalies/x", 404, "no anomaly 'x'. Take the id from a list"),
        ("/api/v1/incidents/x", 404, "no incident 'x'"),
        ("/api/v1/templates/x", 404, "no template 'x'"),
        (f"{SHOP}/counts?template=x", 404, "has no template 'x'. Take the id from its templates."),
        (f"{SHOP}/counts?workload=x", 404, "has no workload 'x'. It has checkout, mailer."),
        ("/api/v1/scores?namespace=x", 404, "no namespace 'x'"),
        ("/api/v2/namespaces", 404, "see /api/v1/openapi.json for the paths"),
        (f"{SHOP}/anomalies?since=yesterday", 422, "since: 'yesterday' is not a time. Write it like 2026-11-21T"),
        (f"{SHOP}/anomalies?until=2026-11-21T07:00:00", 422, "until: '2026-11-21T07:00:00' is not a time."),
        (f"{SHOP}/anomalies?since=now&until=-1h", 422, "since is later than until. Exchange them"),
        (f"{SHOP}/anomalies?cursor=nonsense", 422, "The cursor can't be read. Take it as it came"),
        (f"{SHOP}/templates?cursor=nonsense", 422, "The cursor can't be read"),
        (f"{SHOP}/anomalies?limit=0", 422, "limit: Input should be greater than or equal to 1."),
        (f"{SHOP}/anomalies?limit=1001", 422, "limit: Input should be less than or equal to 1000."),
        (f"{SHOP}/anomalies?min_score=101", 422, "min_score: "),
        (f"{SHOP}/anomalies?min_score=nan", 422, "min_score: "),
        (f"{SHOP}/templates?sort=size", 422, "sort: Input should be 'count', 'first_seen'"),
        (f"{SHOP}/anomalies?minscore=75", 422, "There is no parameter 'minscore' here: see /api/v1/openapi.json"),
        ("/api/v1/namespaces?x=1", 422, "no parameter 'x'"),
        ("/healthz?x=1", 422, "no parameter 'x'"),
        ("/api/v1/scores?since=2000-01-01", 422, "windows. Ask for a shorter time, or give buckets"),
        ("/api/v1/scores?buckets=0", 422, "buckets: "),
    ],
)
def test_a_wrong_question_is_answered_with_what_to_do(api: TestClient, path: str, status: int, said: str) -> None:
    assert said in refused(api, path, status)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_api_only_reads(api: TestClient, method: str) -> None:
    answer = api.request(method, "/api/v1/incidents", json={"a": 1} if method == "post" else None)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert "use GET" in answer.json()["detail"]


def test_what_only_takes_orders_says_so(api: TestClient) -> None:
    answer = api.get("/auth/logout")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert "use POST" in answer.json()["detail"]


def test_a_cursor_is_good_for_its_own_order_only(api: TestClient) -> None:
    cursor = api.get(f"{SHOP}/templates?limit=1").json()["next_cursor"]
    assert "cursor" in refused(api, f"{SHOP}/templates?sort=text&cursor={cursor}", 422)
    assert "cursor" in refused(api, f"{SHOP}/anomalies?cursor={cursor}", 422)


def test_a_store_that_cannot_be_read_is_an_error_that_says_so(api: TestClient, store: SqliteStore) -> None:
    store.close()
    assert "is closed. Open it again." in refused(api, "/api/v1/namespaces", 503)
    assert "is closed" in refused(api, "/readyz", 503)
    assert api.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/namespaces", "/metrics", "/readyz", "/api/v1/nothing", f"{SHOP}/counts?x=1"])
def test_answers_are_not_kept_and_not_taken_for_another_type(api: TestClient, path: str) -> None:
    headers = api.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(PATHS),
    part=st.one_of(st.sampled_from(ODD), st.text(max_size=40)),
    query=st.lists(st.tuples(st.one_of(st.sampled_from(NAMES), st.text(max_size=9)), TEXTS), max_size=4),
)
def test_no_question_makes_it_fail(api: TestClient, path: str, part: str, query: list[tuple[str, str]]) -> None:
    encoded = quote(part.encode(errors="surrogatepass"), safe="/")
    answer = api.get("/" + path.format(encoded).lstrip("/"), params=urlencode(query))
    assert answer.status_code in (200, 404, 422), answer.text
    if answer.status_code != 200:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=60), path=st.sampled_from(PATHS), into_path=st.booleans())
def test_bytes_that_are_no_text_are_answered_too(api: TestClient, raw: bytes, path: str, into_path: bool) -> None:
    encoded = quote(raw)
    url = "/" + path.format(encoded if into_path else "x").lstrip("/") + ("" if into_path else f"?since={encoded}")
    assert api.get(url).status_code in (200, 404, 422)


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(path, one) for path, methods in document["paths"].items() for one in methods.values()]


def test_every_shape_in_the_openapi_document_has_a_name_of_its_own(api: TestClient) -> None:
    schemas = api.get("/api/v1/openapi.json").json()["components"]["schemas"]
    assert [name for name in schemas if "__" in name] == [], "two of one name get their modules' paths before it"


def test_the_openapi_document_describes_every_path_its_errors_and_gives_examples(api: TestClient) -> None:
    document = api.get("/api/v1/openapi.json").json()
    assert document["info"]["version"] == "1.2.3"
    assert {path for path, _ in operations(document)} == {
        "/api/v1/audit",
        "/api/v1/me",
        "/api/v1/tokens",
        "/api/v1/tokens/{token}",
        "/api/v1/namespaces",
        "/api/v1/namespaces/{namespace}",
        "/api/v1/namespaces/{namespace}/anomalies",
        "/api/v1/namespaces/{namespace}/incidents",
        "/api/v1/namespaces/{namespace}/templates",
        "/api/v1/namespaces/{namespace}/counts",
        "/api/v1/namespaces/{namespace}/changes",
        "/api/v1/namespaces/{namespace}/detectors",
        "/api/v1/namespaces/{namespace}/levels",
        "/api/v1/namespaces/{namespace}/trends",
        "/api/v1/alerts",
        "/api/v1/alerts/{alert}",
        "/api/v1/anomalies/{anomaly}",
        "/api/v1/changes",
        "/api/v1/compare",
        "/api/v1/events",
        "/api/v1/feedback",
        "/api/v1/feedback/{feedback}",
        "/api/v1/feedback/suggestions",
        "/api/v1/incidents",
        "/api/v1/incidents/{incident}",
        "/api/v1/incidents/{incident}/related",
        "/api/v1/incidents/{incident}/markdown",
        "/api/v1/lanes",
        "/api/v1/models",
        "/api/v1/models/choice",
        "/api/v1/models/compare",
        "/api/v1/models/{version}",
        "/api/v1/templates",
        "/api/v1/templates/{template}",
        "/api/v1/scores",
        "/api/v1/settings",
        "/api/v1/silences",
        "/api/v1/silences/{silence}",
        "/api/v1/status",
        "/healthz",
        "/readyz",
        "/metrics",
    }
    for path, operation in operations(document):
        assert operation["summary"], path
        assert operation["description"], path
        for code in ("404", "422", "503"):
            assert list(operation["responses"][code]["content"]) == ["application/problem+json"], path
    for name in (
        "AnomalyOut",
        "IncidentOut",
        "NamespaceOut",
        "TemplateOut",
        "TemplatesOut",
        "CountsOut",
        "ScoresOut",
        "LevelsOut",
        "TrendsOut",
        "DetectorsOut",
        "ChangedOut",
        "RelatedIncidentsOut",
        "EventOut",
        "ProblemOut",
    ):
        assert document["components"]["schemas"][name]["examples"], name


def test_nothing_is_loaded_from_elsewhere(api: TestClient) -> None:
    for path in ("/docs", "/redoc"):
        assert api.get(path).status_code == 404
