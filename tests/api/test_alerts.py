"""What people were told of, and what they don't want to be told of for a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from detector.alert import AlertKind
from detector.api.app import create_app
from detector.store.port import ALERTS, PassResult
from detector.store.sqlite import SqliteStore
from tests.api.test_endpoints import get, refused
from tests.store.alerts import alert, told_to
from tests.store.shop import incident, minute

ALERTS_AT, SILENCES = "/api/v1/alerts", "/api/v1/silences"
STORY = incident(3, 5)


@pytest.fixture
def told(api: TestClient, store: SqliteStore) -> list[dict[str, Any]]:
    """Three alerts: of two namespaces and resolved, silenced and open, of drainwatch itself."""
    both = replace(alert(4, "shop", "bank", resolved=6, told=(told_to("oncall", 4),)), incidents=(STORY.id, "pruned"))
    quiet = replace(alert(8, "bank"), incidents=(), quiet="silenced until 14:00 UTC by ana: migration")
    own = replace(alert(9), id="own", kind=AlertKind.NO_LINES, namespaces=(), incidents=())
    apart = store.scope(ALERTS)
    apart.commit(PassResult(None, alerts=[both, quiet, own]))
    apart.close()
    listed: list[dict[str, Any]] = get(api, ALERTS_AT)["items"]
    return listed


def test_alerts_say_who_was_told_what_and_when_and_why_not(told: list[dict[str, Any]]) -> None:
    own, quiet, both = told
    assert (both["namespaces"], both["severity"], both["open"]) == (["shop", "bank"], "critical", False)
    assert (both["opened"], both["resolved"]) == ("2026-11-21T07:04:00.123456Z", "2026-11-21T07:06:00.000007Z")
    assert both["told"] == [
        {
            "channel": "oncall",
            "event": "opened",
            "severity": "critical",
            "namespaces": ["shop"],
            "at": "2026-11-21T07:04:00.000001Z",
        }
    ]
    assert (quiet["open"], quiet["told"], quiet["quiet"]) == (True, [], "silenced until 14:00 UTC by ana: migration")
    assert (own["kind"], own["namespaces"]) == ("no-lines", [])


def test_alerts_are_found_by_namespace_time_and_whether_they_go_on(api: TestClient, told: list[dict[str, Any]]) -> None:
    own, quiet, both = told
    assert get(api, ALERTS_AT, namespace="bank")["items"] == [quiet, both]
    assert get(api, ALERTS_AT, namespace="shop")["items"] == [both]
    assert get(api, ALERTS_AT, since="2026-11-21T07:08:00Z", until="2026-11-21T07:09:00Z")["items"] == [quiet]
    assert get(api, ALERTS_AT, open="true")["items"] == [own, quiet]
    assert get(api, ALERTS_AT, open="true", namespace="bank")["items"] == [quiet]


def test_alerts_come_in_pages(api: TestClient, told: list[dict[str, Any]]) -> None:
    first = get(api, ALERTS_AT, limit=2)
    assert first["items"] == told[:2]
    rest = get(api, first["links"]["next"])
    assert (rest["items"], rest["next_cursor"]) == (told[2:], None)


def test_an_alert_has_its_incidents_and_an_incident_its_alert(api: TestClient, told: list[dict[str, Any]]) -> None:
    shown = get(api, told[2]["links"]["self"])
    assert {name: shown[name] for name in told[2]} == told[2]
    assert [one["id"] for one in shown["members"]] == [STORY.id], "the other one is pruned"
    assert get(api, shown["members"][0]["links"]["self"])["links"]["alert"] == shown["links"]["self"]
    lonely = incident(8, 8, 30.0, "bank", ongoing=True)
    assert "alert" not in get(api, f"/api/v1/incidents/{lonely.id}")["links"]


def test_an_outage_of_hundreds_of_namespaces_is_shown_with_all_of_them(api: TestClient, store: SqliteStore) -> None:
    every = [incident(4, 5, namespace=f"team-{number}") for number in range(300)]
    early = incident(1, 2, namespace="early")
    outage = replace(alert(5), id="outage", start=minute(4), incidents=(early.id, *(one.id for one in every), "pruned"))
    store.commit(PassResult(None, incidents=[early, *every], alerts=[outage]))
    shown = get(api, f"{ALERTS_AT}/outage")
    assert [one["id"] for one in shown["members"]] == [early.id, *(one.id for one in every)]


def test_an_unknown_alert_is_not_there(api: TestClient) -> None:
    assert "no alert 'nope'" in refused(api, f"{ALERTS_AT}/nope", 404)


def silence(api: TestClient, **body: Any) -> dict[str, Any]:
    answer = api.post(SILENCES, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_a_namespace_is_silenced_and_the_silence_ended(api: TestClient) -> None:
    made = silence(api, namespace="shop", **{"for": "2h"}, author=" Kim ", note="migration")
    assert (made["subject"], made["since"], made["until"]) == ("shop", "2026-11-21T07:10:00Z", "2026-11-21T09:10:00Z")
    assert (made["author"], made["note"], made["active"]) == ("Kim", "migration", True)
    assert get(api, SILENCES, active="true")["items"] == get(api, SILENCES)["items"] == [made]
    assert get(api, made["links"]["self"]) == made
    ended = api.delete(made["links"]["self"]).json()
    assert (ended["withdrawn"], ended["active"]) == ("2026-11-21T07:10:00Z", False)
    assert get(api, SILENCES, active="true")["items"] == []
    assert get(api, SILENCES)["items"] == [ended]


def test_a_silence_may_begin_later(api: TestClient) -> None:
    made = silence(api, namespace="shop", since="+1h", **{"for": "2h"})
    assert (made["since"], made["until"]) == ("2026-11-21T08:10:00Z", "2026-11-21T10:10:00Z")
    assert (made["active"], made["coming"]) == (False, True)
    assert get(api, SILENCES, active="true")["items"] == []
    assert api.delete(made["links"]["self"]).json()["coming"] is False
    wrong = api.post(SILENCES, json={"namespace": "shop", "since": "+3h", "until": "+2h"})
    assert (wrong.status_code, "end before it begins" in wrong.json()["detail"]) == (422, True)


def test_it_holds_by_the_clock_whatever_the_time_of_the_logs(api: TestClient, store: SqliteStore) -> None:
    with TestClient(
        create_app(store, live=None, clock=lambda: minute(10_000), say=store.say, host_names=["testserver"])
    ) as later:
        assert silence(later, namespace="*", until="+1h")["since"] == "2026-11-28T05:40:00Z"


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ({"namespace": "nope", "for": "1h"}, 404, "no namespace 'nope'"),
        ({"template": "nope", "for": "1h"}, 404, "no template 'nope'"),
        ({"namespace": "shop", "workload": "nope", "for": "1h"}, 404, "There are checkout, mailer."),
        ({"namespace": "shop"}, 422, "no end was named"),
        ({"namespace": "shop", "until": "2026-11-21T07:10:00Z"}, 422, "over already"),
        ({"namespace": "shop", "for": "400d"}, 422, "a year at most"),
        ({"namespace": "shop", "for": "long"}, 422, "no length of time"),
        ({"for": "1h"}, 422, "Nothing to silence"),
        ({"namespace": "-kube*", "for": "1h"}, 422, "can't leave namespaces out"),
        ({"namespace": "shop", "for": "1h", "note": "x" * 1001}, 422, "note: "),
        ({"namespace": "shop", "for": "1h", "forever": True}, 422, "no parameter 'forever'"),
    ],
)
def test_what_cant_be_silenced_is_answered_with_what_to_do(
    api: TestClient, body: dict[str, Any], status: int, sentence: str
) -> None:
    answer = api.post(SILENCES, json=body)
    assert (answer.status_code, sentence in answer.json()["detail"]) == (status, True), answer.text
    assert get(api, SILENCES)["items"] == []


def test_an_unknown_silence_is_not_there(api: TestClient) -> None:
    assert "no silence 'x'" in refused(api, f"{SILENCES}/x", 404)
    assert api.delete(f"{SILENCES}/x").status_code == 404


def test_where_nothing_can_be_written_it_says_so(store: SqliteStore, api: TestClient) -> None:
    with TestClient(create_app(store, live=None, clock=lambda: minute(10), host_names=["testserver"])) as reading:
        answer = reading.post(SILENCES, json={"namespace": "shop", "for": "1h"})
    assert (answer.status_code, "only be read" in answer.json()["detail"]) == (403, True)


def test_another_site_can_silence_nothing_through_the_readers_browser(api: TestClient) -> None:
    body = {"namespace": "*", "for": "1h"}
    assert api.post(SILENCES, json=body, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert api.post(SILENCES, content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
    kept = silence(api, **body)["links"]["self"]
    assert api.delete(kept, headers={"Origin": "http://evil.example"}).status_code == 403
    assert get(api, kept)["active"] is True
