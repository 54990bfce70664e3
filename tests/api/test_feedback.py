"""What people say of findings: taken from the page and from programs, from nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from detector.api.app import create_app
from detector.findings import Anomaly
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from tests.api.test_endpoints import SHOP, get, refused
from tests.store.shop import anomaly, incident, minute

FEEDBACK = "/api/v1/feedback"
STORY = incident(3, 5).id


def say(api: TestClient, **body: Any) -> dict[str, Any]:
    answer = api.post(FEEDBACK, json=body)
    assert answer.status_code == 201, answer.text
    said: dict[str, Any] = answer.json()
    return said


def test_an_incident_is_marked_expected_with_who_why_and_until_when(api: TestClient) -> None:
    said = say(api, kind="expected", incident=STORY, until="2026-11-28", author=" Kim ", note="the import")
    assert (said["kind"], said["namespace"], said["incident"]) == ("expected", "shop", STORY)
    assert (said["author"], said["note"], said["until"]) == ("Kim", "the import", "2026-11-28T00:00:00Z")
    assert (said["created"], said["withdrawn"], said["active"]) == ("2026-11-21T07:10:00Z", None, True)
    assert said["subject"] == "checkout wrote 214 lines of a statement never seen before."
    assert get(api, FEEDBACK)["items"] == [said]
    assert get(api, said["links"]["self"]) == said
    assert get(api, said["links"]["incident"])["id"] == STORY


def test_it_begins_by_the_time_of_the_logs_which_may_be_last_years(api: TestClient, store: SqliteStore) -> None:
    with TestClient(
        create_app(store, live=None, clock=lambda: minute(10_000_000), say=store.say, host_names=["testserver"])
    ) as later:
        said = say(later, kind="mute", template="refused", **{"for": "1h"})
    assert (said["since"], said["until"]) == ("2026-11-21T07:10:00Z", "2026-11-21T08:10:00Z")


def test_a_muted_template_shows_who_keeps_it_quiet_until_it_is_taken_back(api: TestClient) -> None:
    said = say(api, kind="mute", template="refused", **{"for": "7d"})
    assert said["until"] == "2026-11-28T07:10:00Z"
    assert said["subject"] == "could not connect to <HOST>"
    shown = get(api, "/api/v1/templates/refused")
    assert (shown["muted"], shown["muted_by"]) == (True, said["id"])
    assert [one["id"] for one in get(api, f"{SHOP}/templates")["items"] if one["muted"]] == ["refused"]

    taken = api.delete(said["links"]["self"]).json()
    assert (taken["withdrawn"], taken["active"]) == ("2026-11-21T07:10:00Z", False)
    assert get(api, "/api/v1/templates/refused")["muted"] is False
    assert get(api, FEEDBACK)["items"] == [taken]
    assert get(api, FEEDBACK, active=True)["items"] == []
    assert api.delete(said["links"]["self"]).json() == taken


def test_a_whole_workload_or_namespace_is_muted(api: TestClient) -> None:
    workload = say(api, kind="mute", namespace="shop", workload="checkout")
    assert workload["subject"] == "all lines of checkout"
    assert {one["id"] for one in get(api, f"{SHOP}/templates")["items"] if one["muted"]} == {"paid", "refused"}
    say(api, kind="mute", namespace="shop")
    assert all(one["muted"] for one in get(api, f"{SHOP}/templates")["items"])
    assert get(api, FEEDBACK, namespace="bank")["items"] == []


def test_the_same_said_again_and_the_opposite_take_its_place_and_it_stays(api: TestClient) -> None:
    first = say(api, kind="expected", incident=STORY, until="2026-11-22", author="Kim", note="the import")
    again = say(api, kind="expected", incident=STORY, until="2026-11-30", author="Robin", note="all week")
    assert again == say(api, kind="expected", incident=STORY, until="2026-11-30", author="Robin", note="all week")
    kept = {one["id"]: one for one in get(api, FEEDBACK)["items"]}
    assert kept == {
        first["id"]: first | {"withdrawn": "2026-11-21T07:10:00Z", "active": False},
        again["id"]: again,
    }
    real = say(api, kind="real", incident=STORY)
    assert get(api, FEEDBACK, active=True)["items"] == [real]
    assert len(get(api, FEEDBACK)["items"]) == 3


def test_an_anomaly_that_is_kept_quiet_says_by_what(api: TestClient, store: SqliteStore) -> None:
    said = say(api, kind="mute", namespace="shop")
    quiet = anomaly(9, 80.0)
    store.commit(PassResult(minute(10), anomalies=[_suppressed(quiet, said["id"])]))
    shown = get(api, f"/api/v1/anomalies/{quiet.id}")
    assert (shown["suppressed_by"], shown["incident"]) == (said["id"], None)
    assert get(api, shown["links"]["suppressed_by"]) == said


def _suppressed(one: Anomaly, by: str) -> Anomaly:
    from dataclasses import replace

    return replace(one, suppressed_by=by)


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ({"kind": "real", "incident": "nope"}, 404, "no incident 'nope'"),
        ({"kind": "mute", "template": "nope"}, 404, "no template 'nope'"),
        ({"kind": "mute", "namespace": "nope"}, 404, "no namespace 'nope'"),
        ({"kind": "mute", "namespace": "shop", "workload": "nope"}, 404, "There are checkout, mailer."),
        ({"kind": "mute"}, 422, "Nothing to mute is named."),
        ({"kind": "mute", "incident": STORY}, 422, "Mark it expected"),
        ({"kind": "mute", "namespace": "shop", "template": "paid", "workload": "checkout"}, 422, "one after the other"),
        ({"kind": "expected", "template": "paid"}, 422, "Name its id."),
        ({"kind": "real", "incident": STORY, "for": "1d"}, 422, "never expires"),
        ({"kind": "loud", "incident": STORY}, 422, "kind: Input should be 'real', 'expected' or 'mute'."),
        ({"kind": "mute", "template": "paid", "until": "2026-11-21T07:10:00Z"}, 422, "expired already"),
        ({"kind": "mute", "template": "paid", "until": "soon"}, 422, "'soon' is not a time"),
        ({"kind": "mute", "template": "paid", "for": "long"}, 422, "no length of time"),
        ({"kind": "mute", "template": "paid", "for": "1h", "until": "2027-01-01"}, 422, "Give one of them"),
        ({"kind": "mute", "template": "paid", "note": "x" * 1001}, 422, "note: "),
        ({"kind": "mute", "template": "paid", "forever": True}, 422, "no parameter 'forever'"),
        ([1, 2], 422, "body: "),
    ],
)
def test_what_cant_be_said_is_answered_with_what_to_do(api: TestClient, body: Any, status: int, sentence: str) -> None:
    answer = api.post(FEEDBACK, json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert sentence in answer.json()["detail"]
    assert get(api, FEEDBACK)["items"] == []


def test_unknown_feedback_is_not_there(api: TestClient) -> None:
    assert "no feedback 'x'" in refused(api, f"{FEEDBACK}/x", 404)
    assert api.delete(f"{FEEDBACK}/x").status_code == 404


def test_where_nothing_can_be_written_it_says_so(store: SqliteStore, api: TestClient) -> None:
    with TestClient(create_app(store, live=None, clock=lambda: minute(10), host_names=["testserver"])) as reading:
        answer = reading.post(FEEDBACK, json={"kind": "mute", "template": "paid"})
    assert (answer.status_code, "only be read" in answer.json()["detail"]) == (403, True)


MUTE = b'{"kind": "mute", "template": "paid"}'
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (JSON, 201),
        (JSON | {"Sec-Fetch-Site": "same-origin"}, 201),
        (JSON | {"Origin": "http://testserver"}, 201),
        (JSON | {"Sec-Fetch-Site": "cross-site"}, 403),
        (JSON | {"Sec-Fetch-Site": "same-site"}, 403),
        (JSON | {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, 403),
        (JSON | {"Origin": "HTTP://TestServer:80"}, 201),
        (JSON | {"Origin": "https://testserver"}, 403),
        (JSON | {"Origin": "ftp://testserver"}, 403),
        (JSON | {"Origin": "http://testserver:8080"}, 403),
        (JSON | {"Origin": "http://testserver/x"}, 403),
        (JSON | {"Origin": "http://me@testserver"}, 403),
        (JSON | {"Origin": "http://evil.example"}, 403),
        (JSON | {"Origin": "null"}, 403),
        (JSON | {"Origin": "http://["}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({}, 415),
    ],
)
def test_another_site_can_say_nothing_through_the_readers_browser(
    api: TestClient, headers: dict[str, str], status: int
) -> None:
    answer = api.post(FEEDBACK, content=MUTE, headers=headers)
    assert answer.status_code == status, answer.text
    assert len(get(api, FEEDBACK)["items"]) == (status == 201)


def test_another_site_can_take_nothing_back_either(api: TestClient) -> None:
    path = say(api, kind="mute", template="paid")["links"]["self"]
    assert api.delete(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert get(api, path)["active"] is True


def test_no_more_is_read_than_a_word_needs(api: TestClient) -> None:
    assert api.post(FEEDBACK, content=b" " * 70_000, headers=JSON).status_code == 413
    assert api.post(FEEDBACK, content=iter([b" " * 40_000] * 3), headers=JSON).status_code == 413


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"kind": "mute", "template": "\xff"}', b'{"kind":"mute","note":"\\ud800"}']
)
def test_what_is_no_json_or_no_text_is_refused(api: TestClient, body: bytes) -> None:
    assert api.post(FEEDBACK, content=body, headers=JSON).status_code == 422


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 422), (b'{"kind": mute}', 422), (b"[" * 30_000, 400), (b'{"kind": ' + b"1" * 5_000 + b"}", 400)],
)
def test_broken_json_is_told_with_what_would_be_right(api: TestClient, body: bytes, status: int) -> None:
    answer = api.post(FEEDBACK, content=body, headers=JSON)
    assert answer.status_code == status
    assert "What was sent is no JSON that can be read" in answer.json()["detail"]
    assert "/api/v1/openapi.json shows what is taken" in answer.json()["detail"]


def test_suggestions_are_measured_by_what_was_told_and_applied_as_they_are(api: TestClient, store: SqliteStore) -> None:
    # Four incidents of one statement between 07:30 and 09:00, in two hours that were judged.
    at = [30, 60, 90, 100]
    store.commit(
        PassResult(
            minute(120),
            anomalies=[anomaly(one, incident=incident(one, one).id) for one in at],
            incidents=[incident(one, one) for one in at],
        )
    )
    for one in at[:3]:
        say(api, kind="expected", incident=incident(one, one).id)
    (first,) = get(api, f"{FEEDBACK}/suggestions", namespace="shop")["items"]
    assert (first["kind"], first["template"], first["marked"]) == ("mute", "refused", 3)
    assert first["before"]["alerts_a_day"] > first["after"]["alerts_a_day"] == 0.0
    applied = say(api, **first["apply"], note="as suggested")
    assert (applied["template"], applied["note"]) == ("refused", "as suggested")
    assert get(api, f"{FEEDBACK}/suggestions", namespace="shop")["items"] == []

    api.delete(applied["links"]["self"])
    say(api, kind="real", incident=incident(100, 100).id)
    assert get(api, f"{FEEDBACK}/suggestions")["items"] == []


def test_suggestions_of_an_unknown_namespace_are_not_there(api: TestClient) -> None:
    assert "no namespace 'nope'" in refused(api, f"{FEEDBACK}/suggestions?namespace=nope", 404)
    assert "'x' is not a time" in refused(api, f"{FEEDBACK}/suggestions?since=x", 422)
