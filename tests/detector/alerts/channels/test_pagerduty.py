"""An alert is an incident of PagerDuty: triggered, told more of, resolved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from detector.alert import Event
from detector.alerts.channels.pagerduty import PagerDuty
from detector.alerts.channels.port import LaterError, NeverError
from detector.alerts.notice import Notice
from detector.errors import ServerError
from detector.findings import Severity
from tests.detector.alerts.channels.notices import API, HOSTILE, KIBANA, NOW, PAGE, hostile, notice
from tests.servers.inbox import Reply
from tests.servers.pagerduty import ROUTING_KEY, PagerDutyInbox


@pytest.fixture
def inbox() -> Iterator[PagerDutyInbox]:
    with PagerDutyInbox() as opened:
        yield opened


def sent(inbox: PagerDutyInbox, *notices: Notice, key: str = ROUTING_KEY, minutes: int = 0) -> str:
    with closing(PagerDuty("pager", key, inbox.url)) as channel:
        return [channel.send(one, NOW + timedelta(minutes=minutes)) for one in notices][-1]


def test_an_alert_is_one_incident_until_it_is_resolved(inbox: PagerDutyInbox) -> None:
    sent(inbox, notice(severity=Severity.MINOR), notice(Event.WORSENED, before=Severity.MINOR), notice(alert="a-2"))
    assert {key: len(events) for key, events in inbox.incidents.items()} == {"a-1": 2, "a-2": 1}
    answer = sent(inbox, notice(Event.RESOLVED))
    assert answer.startswith("202 ")
    assert list(inbox.incidents) == ["a-2"]


def test_it_says_what_where_since_when_and_where_to_click(inbox: PagerDutyInbox) -> None:
    sent(inbox, notice(), minutes=47)
    ((event,),) = inbox.incidents.values()
    payload = event["payload"]
    assert payload["summary"].startswith("CRITICAL: payments. 41 × “connection to <IP>:<NUM> refused")
    assert (payload["source"], payload["component"], payload["severity"]) == ("payments", "ledger", "critical")
    assert payload["timestamp"] == "2026-11-21T02:37:00+00:00"
    assert payload["custom_details"]["score"] == "87 of 100, by chance less than once a year"
    assert payload["custom_details"]["late"].startswith("Told 47 min late")
    assert (
        "  ledger error: 41 lines, never seen before"
        in payload["custom_details"]["payments, critical 87, since 02:37 UTC"]
    )
    assert [link["href"] for link in event["links"]] == [PAGE, KIBANA, API]
    assert event["client_url"] == PAGE


@pytest.mark.parametrize(
    ("severity", "theirs"),
    [
        (Severity.CRITICAL, "critical"),
        (Severity.MAJOR, "error"),
        (Severity.MINOR, "warning"),
        (Severity.WARNING, "info"),
    ],
)
def test_severities(inbox: PagerDutyInbox, severity: Severity, theirs: str) -> None:
    sent(inbox, notice(severity=severity))
    assert inbox.incidents["a-1"][0]["payload"]["severity"] == theirs


@pytest.mark.parametrize("name", HOSTILE)
def test_what_strangers_wrote_is_taken(inbox: PagerDutyInbox, name: str) -> None:
    sent(inbox, hostile(HOSTILE[name]))
    assert len(inbox.taken) == 1
    assert len(inbox.taken[0].body) < 200_000


def test_a_key_that_is_wrong_keeps_alerts_waiting_and_is_not_shown(inbox: PagerDutyInbox) -> None:
    with pytest.raises(ServerError, match="See whether its routing key is still right") as failed:
        sent(inbox, notice(), key="ffffffffffffffffffffffffffffffff")
    assert "ffff" not in str(failed.value)


def test_its_other_answers(inbox: PagerDutyInbox) -> None:
    for reply, kind in [
        (Reply(429, b""), LaterError),
        (Reply(500, b""), ServerError),
        (Reply(400, b'{"errors": ["bad event"]}'), NeverError),
        (Reply(cut=True), ServerError),
    ]:
        inbox.then(reply)
        with pytest.raises(kind):
            sent(inbox, notice())
