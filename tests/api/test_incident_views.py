"""What an incident is shown with beside its windows: the threshold, related incidents, Markdown, and Kibana."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from detector.alert import Alert, AlertKind
from detector.api.app import create_app
from detector.findings import Change, ChangeKind, Source
from detector.settings import DetectionSettings
from detector.settings.alerts import AlertSettings
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from tests.api.test_endpoints import get, refused
from tests.store.shop import incident, minute, reason

SHOP = incident(3, 5)
OWN = f"/api/v1/incidents/{SHOP.id}"
PAGE, KIBANA = "https://drainwatch.example.org", "https://kibana.example.org"


@pytest.fixture
def reached(api: TestClient, store: SqliteStore) -> Iterator[TestClient]:
    """The morning where people reach page and Kibana at addresses of their own, and half an incident a day is alarm."""
    app = create_app(
        store,
        live=None,
        clock=lambda: minute(10),
        detection=DetectionSettings(alert_budget=0.5),
        alerting=AlertSettings(page=PAGE, kibana=KIBANA, kibana_data_view="filebeat-*"),
        host_names=["testserver"],
    )
    with TestClient(app) as client:
        yield client


def test_the_score_that_makes_an_incident_is_that_of_the_alert_budget(
    api: TestClient, reached: TestClient, store: SqliteStore
) -> None:
    assert get(api, OWN)["threshold"] == 25.0
    assert 25.0 < get(reached, OWN)["threshold"] < 50.0
    store.commit(PassResult(minute(10), incidents=[replace(SHOP, id="m1", source=Source.METRICS)]))
    assert get(api, "/api/v1/incidents/m1")["threshold"] is None


def test_it_links_to_kibana_only_where_that_is_known(api: TestClient, reached: TestClient) -> None:
    assert "kibana" not in get(api, OWN)["links"]
    link = get(reached, OWN)["links"]["kibana"]
    assert link.startswith(f"{KIBANA}/app/discover#/?_g=")
    assert "filebeat-*" in link


def test_incidents_elsewhere_are_told_with_what_connects_them(api: TestClient, store: SqliteStore) -> None:
    other = replace(reason(), template="cache rebuilt")
    near = replace(incident(7, 8, 40.0, "near"), reasons=(other,))
    same = incident(300, 301, 50.0, "same")
    member = replace(incident(400, 401, 50.0, "member"), reasons=(other,))
    far = replace(incident(400, 401, 50.0, "far"), reasons=(other,))
    ids, opened = (SHOP.id, member.id), minute(4)
    together = Alert("a1", AlertKind.INCIDENT, ("shop", "member"), ids, minute(3), minute(6), 80.0, "", opened, opened)
    store.commit(PassResult(minute(500), incidents=[near, same, member, far]))
    alerts = store.scope("~alerts")
    alerts.commit(PassResult(minute(500), alerts=[together]))
    alerts.close()

    found = get(api, get(api, OWN)["links"]["related"])

    assert [(one["incident"]["namespace"], one["because"], one["shared"]) for one in found["items"]] == [
        ("member", "alert", []),
        ("bank", "template", ["could not connect to <HOST>"]),
        ("same", "template", ["could not connect to <HOST>"]),
        ("near", "time", []),
    ]
    assert found["links"] == {"self": f"{OWN}/related", "incident": OWN}
    assert refused(api, "/api/v1/incidents/nobody/related", 404).startswith("There is no incident 'nobody'")


def test_markdown_links_to_where_people_reach_things(api: TestClient, reached: TestClient, store: SqliteStore) -> None:
    changes = [Change(f"c{at}", "shop", f"w{at}", minute(at), ChangeKind.ROLLOUT, "1", "2") for at in (-70, -30, 4, 7)]
    store.commit(PassResult(minute(10), changes=changes))
    answer = api.get(get(api, OWN)["links"]["markdown"])
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert f"[Open in drainwatch](</incidents/{SHOP.id}>) · [API](<{OWN}>)\n" in answer.text
    assert [f"w{at} was rolled out" in answer.text for at in (-70, -30, 4, 7)] == [False, True, True, False]
    told = reached.get(f"{OWN}/markdown").text
    assert f"[Open in drainwatch](<{PAGE}/incidents/{SHOP.id}>) · [Logs in Kibana](<{KIBANA}/app/discover" in told
    assert f"[API](<{PAGE}/api/v1/incidents/{SHOP.id}>)" in told
    assert refused(api, "/api/v1/incidents/nobody/markdown", 404)
