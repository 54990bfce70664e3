from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from detector.api.app import create_app
from detector.api.live import LiveStatus
from detector.findings import NamespaceStatus
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from ingest.accounting import DropReason
from tests.store.shop import anomaly, counts, incident, minute, status, tally, template

SHOP = "/api/v1/namespaces/shop"


def get(api: TestClient, path: str, **query: object) -> Any:
    answer = api.get(path, params={name: str(value) for name, value in query.items()} or None)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(api: TestClient, path: str, status_code: int) -> str:
    """The sentence of an error."""
    answer = api.get(path)
    assert answer.status_code == status_code, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status_code
    assert body["title"]
    detail: str = body["detail"]
    return detail


def test_namespaces_say_how_they_are(api: TestClient) -> None:
    listed = get(api, "/api/v1/namespaces")
    assert listed["closed_until"] == "2026-11-21T07:10:00Z"
    bank, shop = listed["items"]
    assert (bank["namespace"], bank["state"], bank["learning_until"]) == ("bank", "learning", "2026-11-21T08:00:00Z")
    assert (bank["windows"], bank["learning_windows"], shop["learning_windows"]) == (9, 60, None)
    assert bank["model"] is None
    assert bank["unwell"] == ["checkout writes a new statement every minute: add a mask."]
    assert (shop["state"], shop["last_score"], shop["severity"]) == ("ready", 3.25, "warning")
    assert shop["model"]["age_seconds"] == 600
    assert get(api, shop["links"]["self"]) == shop
    assert get(api, shop["links"]["incidents"])["items"]


@pytest.mark.parametrize("told", [True, False], ids=["by its status", "by its counts"])
def test_a_namespace_is_silent_by_the_time_of_the_logs_not_by_the_clock(store: SqliteStore, told: bool) -> None:
    def at(last: int) -> NamespaceStatus:
        return replace(status(last=last), last_line=minute(9) if told else 0)

    store.commit(PassResult(minute(10), counts=[counts(9, paid=1)], statuses=[at(9)]))
    with TestClient(create_app(store, live=None, clock=lambda: minute(10_000_000), host_names=["testserver"])) as api:
        assert get(api, SHOP)["state"] == "ready"
        store.commit(PassResult(minute(19), statuses=[at(18)]))
        assert get(api, SHOP)["state"] == "ready"
        store.commit(PassResult(minute(20), statuses=[at(19)]))
        assert get(api, SHOP)["state"] == "silent"
        assert get(api, "/api/v1/status")["namespaces"] == {"learning": 0, "ready": 0, "silent": 1}
        assert 'drainwatch_namespaces{state="silent"} 1.0' in api.get("/metrics").text


def test_anomalies_of_a_namespace_come_newest_first_with_their_reasons(api: TestClient) -> None:
    page = get(api, f"{SHOP}/anomalies")
    assert [one["start"][11:16] for one in page["items"]] == ["07:08", "07:05", "07:04", "07:03"]
    assert [one["severity"] for one in page["items"]] == ["warning", "major", "critical", "critical"]
    assert page["items"][1]["reasons"][0]["template"] == "could not connect to <HOST>"
    assert page["next_cursor"] is None
    assert get(api, page["items"][1]["links"]["self"]) == page["items"][1]
    assert get(api, page["items"][1]["links"]["incident"])["id"] == page["items"][1]["incident"]


@pytest.mark.parametrize(
    ("query", "minutes"),
    [
        ({"since": "2026-11-21T07:04:00Z", "until": "2026-11-21T07:08:00Z"}, ["05", "04"]),
        ({"since": "2026-11-21T08:05:00+01:00"}, ["08", "05"]),
        ({"since": "-5m"}, ["08", "05"]),
        ({"until": "now-6m"}, ["03"]),
        ({"min_score": 51.5}, ["05", "04", "03"]),
        ({"min_score": 100}, []),
        ({"limit": 1}, ["08"]),
        ({"since": "now", "until": "now"}, []),
    ],
)
def test_anomalies_are_asked_for_by_time_and_score(
    api: TestClient, query: dict[str, object], minutes: list[str]
) -> None:
    assert [one["start"][14:16] for one in get(api, f"{SHOP}/anomalies", **query)["items"]] == minutes


def test_the_link_to_the_next_page_keeps_what_was_asked_for(api: TestClient) -> None:
    page = get(api, f"{SHOP}/anomalies", min_score=50, limit=2)
    assert page["links"]["self"] == f"{SHOP}/anomalies?min_score=50&limit=2"
    rest = get(api, page["links"]["next"])
    assert [one["start"][14:16] for one in page["items"] + rest["items"]] == ["05", "04", "03"]
    assert rest["next_cursor"] is None
    assert "next" not in rest["links"]


def test_incidents_of_all_namespaces_or_of_one(api: TestClient) -> None:
    assert [one["namespace"] for one in get(api, "/api/v1/incidents")["items"]] == ["bank", "shop"]
    assert [one["namespace"] for one in get(api, "/api/v1/incidents", min_score=75)["items"]] == ["shop"]
    assert [one["open"] for one in get(api, f"{SHOP}/incidents")["items"]] == [False]
    assert get(api, f"{SHOP}/incidents", since="2026-11-21T07:06:00Z")["items"] == []


def test_an_incident_is_shown_with_its_windows_oldest_first(api: TestClient, store: SqliteStore) -> None:
    one = get(api, get(api, f"{SHOP}/incidents")["items"][0]["links"]["self"])
    assert [window["start"][14:16] for window in one["windows"]] == ["03", "04", "05"]
    assert (one["start"], one["end"]) == (one["windows"][0]["start"], one["windows"][-1]["end"])
    # An anomaly in its time that isn't part of it stays out.
    store.commit(PassResult(minute(10), anomalies=[replace(anomaly(4), id="stray", score=11.0)]))
    assert len(get(api, one["links"]["self"])["windows"]) == 3


def test_templates_are_sorted_and_searched(api: TestClient) -> None:
    assert [one["id"] for one in get(api, f"{SHOP}/templates")["items"]] == ["refused", "paid", "sent"]
    assert [one["id"] for one in get(api, f"{SHOP}/templates", sort="text")["items"]] == ["refused", "paid", "sent"]
    assert [one["id"] for one in get(api, f"{SHOP}/templates", sort="workload")["items"]] == ["paid", "refused", "sent"]
    assert [one["id"] for one in get(api, f"{SHOP}/templates", q="CONNECT could")["items"]] == ["refused"]
    assert [one["id"] for one in get(api, f"{SHOP}/templates", q="order", workload="mailer")["items"]] == ["sent"]
    assert get(api, f"{SHOP}/templates", q="connect order")["items"] == []
    found = get(api, "/api/v1/templates/refused")
    assert (found["count"], found["workload"], found["muted"]) == (603, "checkout", False)
    assert get(api, found["links"]["counts"])["template"] == "refused"


@pytest.mark.parametrize("sort", ["count", "first_seen", "last_seen", "workload", "text"])
def test_pages_of_templates_follow_each_other_in_every_order(api: TestClient, store: SqliteStore, sort: str) -> None:
    many = [template(f"t{n}", workload=f"w{n % 3}", count=n % 4, text=f"text {n % 5}") for n in range(20)]
    store.commit(PassResult(minute(10), templates=many))
    whole = [one["id"] for one in get(api, f"{SHOP}/templates", sort=sort)["items"]]
    paged, path = [], f"{SHOP}/templates?sort={sort}&limit=7"
    while path:
        page = get(api, path)
        paged += [one["id"] for one in page["items"]]
        path = page["links"].get("next", "")
    assert paged == whole
    assert len(paged) == 23


def test_counts_stand_on_a_regular_grid_with_zeros(api: TestClient) -> None:
    series = get(api, f"{SHOP}/counts")
    assert (series["start"], series["end"], series["step_seconds"]) == (
        "2026-11-21T07:00:00Z",
        "2026-11-21T07:10:00Z",
        60.0,
    )
    assert series["counts"] == [7, 8, 70_300, 209, 210, 211, 0, 0, 0, 5]
    assert get(api, f"{SHOP}/counts", template="refused")["counts"] == [0, 0, 0, 203, 204, 205, 0, 0, 0, 0]
    assert get(api, f"{SHOP}/counts", workload="mailer")["counts"] == [2, 3, 70_000, 0, 0, 0, 0, 0, 0, 0]
    assert get(api, f"{SHOP}/counts", workload="mailer", template="paid")["counts"] == [0] * 10


def test_counts_are_shown_only_from_the_first_line_to_the_last_closed_window(api: TestClient) -> None:
    wide = get(api, f"{SHOP}/counts", since="2020-01-01", until="2030-01-01")
    assert len(wide["counts"]) == 10
    part = get(api, f"{SHOP}/counts", since="2026-11-21T07:03:30Z", until="2026-11-21T07:04:30Z")
    assert (part["start"], part["end"]) == ("2026-11-21T07:03:00Z", "2026-11-21T07:05:00Z")
    assert part["counts"] == [209, 210]
    assert get(api, f"{SHOP}/counts", since="+1h")["counts"] == []
    assert get(api, f"{SHOP}/counts", until="2026-11-20")["counts"] == []


def test_counts_of_years_are_refused(api: TestClient, store: SqliteStore) -> None:
    store.commit(PassResult(minute(200_000), counts=[counts(199_999, paid=1)]))
    assert "Ask for a shorter time" in refused(api, f"{SHOP}/counts?since=2026-11-21", 422)


def test_the_heat_map_has_a_row_a_namespace(api: TestClient) -> None:
    found = get(api, "/api/v1/scores")
    assert (found["since"], found["until"]) == ("2026-11-20T07:10:00Z", "2026-11-21T07:10:00Z")
    bank, shop = found["rows"]
    assert bank == {"namespace": "bank", "times": ["2026-11-21T07:08:00Z"], "scores": [30.0]}
    assert [time[14:16] for time in shop["times"]] == ["03", "04", "05", "08"]
    assert shop["scores"] == [76.0, 80.0, 51.5, 12.0]
    assert [row["namespace"] for row in get(api, "/api/v1/scores", namespace="shop")["rows"]] == ["shop"]


@pytest.mark.parametrize(
    ("buckets", "step", "times", "scores"),
    [
        (1, 600, ["00"], [80.0]),
        (2, 300, ["00", "05"], [80.0, 51.5]),
        (3, 240, ["00", "04", "08"], [76.0, 80.0, 12.0]),
        (10, 60, ["03", "04", "05", "08"], [76.0, 80.0, 51.5, 12.0]),
        (5000, 60, ["03", "04", "05", "08"], [76.0, 80.0, 51.5, 12.0]),
    ],
)
def test_buckets_show_the_highest_score_of_their_windows(
    api: TestClient, buckets: int, step: int, times: list[str], scores: list[float]
) -> None:
    found = get(api, "/api/v1/scores", since="2026-11-21T07:00:00Z", namespace="shop", buckets=buckets)
    (row,) = found["rows"]
    assert found["step_seconds"] == step
    assert [time[14:16] for time in row["times"]] == times
    assert row["scores"] == scores


def test_the_status_tells_what_became_of_every_line(api: TestClient, live: LiveStatus) -> None:
    now = get(api, "/api/v1/status")
    assert (now["version"], now["phase"], now["engine"]) == ("1.2.3", "live", "drain3")
    assert (now["started_at"], now["last_pass_at"]) == ("2026-11-21T06:55:00Z", "2026-11-21T07:10:00Z")
    assert now["source"] == {"done": 512, "total": 512, "unit": "bytes"}
    assert now["tally"]["dropped"] == {"empty": 1, "no_time": 1}
    assert now["tally"]["read"] == 20
    assert now["namespaces"] == {"learning": 1, "ready": 1, "silent": 0}
    live.tally, live.error, live.phase = tally(50), "The disk is full.", "catching up"
    now = get(api, "/api/v1/status")
    assert (now["tally"]["read"], now["error"], now["phase"]) == (50, "The disk is full.", "catching up")


def test_it_is_ready_once_a_namespace_has_a_model(empty: TestClient, store: SqliteStore, live: LiveStatus) -> None:
    assert get(empty, "/healthz") == {"status": "ok"}
    assert "No line was read yet" in refused(empty, "/readyz", 503)
    live.error = "logs/ can't be read."
    assert "The last pass failed: logs/ can't be read." in refused(empty, "/readyz", 503)
    store.commit(PassResult(minute(1), statuses=[status("bank", learning_until=60)]))
    assert "bank until 2026-11-21T08:00:00Z" in refused(empty, "/readyz", 503)
    store.commit(PassResult(minute(1), statuses=[status()]))
    ready = get(empty, "/readyz")
    assert (ready["status"], ready["ready"], ready["learning"]) == ("ready", ["shop"], {"bank": "2026-11-21T08:00:00Z"})


def test_the_same_numbers_for_prometheus(api: TestClient, store: SqliteStore) -> None:
    store.commit(PassResult(minute(10), incidents=[incident(9, 9, 90.0, ongoing=True)]))
    answer = api.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = set(answer.text.splitlines())
    assert {
        'drainwatch_build_info{version="1.2.3"} 1.0',
        "drainwatch_lines_read_total 20.0",
        "drainwatch_lines_joined_total 1.0",
        'drainwatch_lines_dropped_total{reason="empty"} 1.0',
        'drainwatch_lines_dropped_total{reason="binary"} 0.0',
        'drainwatch_remarks_total{remark="truncated"} 2.0',
        "drainwatch_windows_closed_total 19.0",
        'drainwatch_namespaces{state="learning"} 1.0',
        'drainwatch_anomaly_score{namespace="shop"} 3.25',
        'drainwatch_templates{namespace="bank"} 3.0',
        'drainwatch_open_incidents{severity="minor"} 1.0',
        'drainwatch_open_incidents{severity="critical"} 1.0',
        'drainwatch_open_incidents{severity="major"} 0.0',
        'drainwatch_model_age_seconds{namespace="shop"} 600.0',
        "drainwatch_lag_seconds 12.5",
        "drainwatch_last_pass_failed 0.0",
    } <= lines
    assert sum(line.startswith("drainwatch_lines_dropped_total{") for line in lines) == len(DropReason)
    openmetrics = api.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert openmetrics.text.endswith("# EOF\n")


def test_countless_namespaces_do_not_flood_prometheus(empty: TestClient, store: SqliteStore) -> None:
    many = [status(f"n{number:04}", score=number / 100) for number in range(700)]
    store.commit(PassResult(minute(10), statuses=many))
    lines = empty.get("/metrics").text.splitlines()
    scores = [line for line in lines if line.startswith("drainwatch_anomaly_score{")]
    assert len(scores) == 501
    assert 'drainwatch_anomaly_score{namespace="(others)"} 6.99' in scores


def test_a_namespace_of_any_name_has_its_paths(api: TestClient, store: SqliteStore) -> None:
    odd = "a/b?c#d% ü"
    store.commit(PassResult(minute(10), statuses=[status(odd)], anomalies=[anomaly(1, namespace=odd)]))
    links = next(one["links"] for one in get(api, "/api/v1/namespaces")["items"] if one["namespace"] == odd)
    assert get(api, links["self"])["namespace"] == odd
    page = get(api, links["anomalies"])
    assert [one["namespace"] for one in page["items"]] == [odd]
    assert len(get(api, links["counts"])["counts"]) == 10
    store.commit(PassResult(minute(10), anomalies=[anomaly(2, namespace=odd)]))
    first = get(api, links["anomalies"], limit=1)
    assert get(api, first["links"]["next"])["items"][0]["start"] == "2026-11-21T07:01:00Z"
    assert get(api, first["links"]["self"]) == first


def test_counts_by_the_hour_reach_back_beyond_the_windows(api: TestClient, store: SqliteStore) -> None:
    late = [counts(at, paid=2) for at in range(60, 185)]
    store.commit(PassResult(minute(185), counts=late))
    wanted = {"step": "hour", "since": "2026-11-21T07:00:00Z", "until": "2026-11-21T11:00:00Z"}
    before = get(api, f"{SHOP}/counts", **wanted)
    assert (before["start"], before["end"], before["step_seconds"]) == (
        "2026-11-21T07:00:00Z",
        "2026-11-21T10:00:00Z",
        3600.0,
    )
    assert before["counts"] == [70_950, 120, 120], "the hour that isn't over is left out"
    store.prune(minute(120), 0)
    assert get(api, f"{SHOP}/counts", **wanted)["counts"] == before["counts"]
    assert get(api, f"{SHOP}/counts", **wanted, template="refused")["counts"] == [612, 0, 0]
    assert "step" in refused(api, f"{SHOP}/counts?step=day", 422)
