"""A real Alertmanager: an alert fires, is worse, spreads and is over; nothing of it stays behind."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from detector.alert import AlertKind, Event
from detector.alerts.channels.alertmanager import Alertmanager, alerts
from detector.alerts.channels.port import NeverError
from detector.alerts.notice import Notice
from detector.alerts.rehearsal import rehearsal
from detector.errors import ServerError
from detector.findings import Severity
from tests.detector.alerts.channels.notices import HOSTILE, KIBANA, NOW, PAGE, hostile, incident, notice
from tests.servers.alertmanager import Alertmanager as Real
from tests.servers.inbox import Inbox, Reply


def current(event: Event, **changes: Any) -> Notice:
    """A notice of what began six minutes ago by the real clock, which Alertmanager goes by."""
    shift = datetime.now(UTC) - NOW
    made = notice(event, **changes)
    moved = tuple(msgspec.structs.replace(one, start=one.start + shift, end=one.end + shift) for one in made.incidents)
    return msgspec.structs.replace(
        made, start=made.start + shift, end=made.end + shift, decided=made.decided + shift, incidents=moved
    )


def send(real: Real, what: Notice) -> str:
    with closing(Alertmanager("am", [f"http://{real.address}"], labels={"cluster": "prod"})) as channel:
        return channel.send(what, datetime.now(UTC))


def firing(real: Real) -> set[tuple[str, str]]:
    return {(one["labels"]["namespace"], one["labels"]["severity"]) for one in real.alerts()}


def test_an_alert_fires_worsens_spreads_and_is_over(alertmanager: Real) -> None:
    minor = incident(severity=Severity.MINOR, score=31.0)
    shop = incident(id="d", namespace="shop", severity=Severity.MAJOR, score=61.0)
    assert send(alertmanager, current(Event.OPENED, severity=Severity.MINOR, incidents=(minor,))) == "200"
    assert firing(alertmanager) == {("payments", "minor")}
    send(alertmanager, current(Event.WORSENED, before=Severity.MINOR))
    assert firing(alertmanager) == {("payments", "critical")}, "the old one isn't left behind"
    both = {"namespaces": ("payments", "shop"), "incidents": (incident(), shop)}
    send(alertmanager, current(Event.SPREAD, **both))
    send(alertmanager, current(Event.FIRING, **both))
    assert firing(alertmanager) == {("payments", "critical"), ("shop", "major")}
    send(alertmanager, current(Event.RESOLVED, **both))
    assert firing(alertmanager) == set()


def test_a_namespace_in_which_it_is_over_fires_no_longer_than_that(alertmanager: Real) -> None:
    """Also one that is not among the incidents that a message has room for."""
    both = {"namespaces": ("payments", "shop", "cart")}
    send(alertmanager, current(Event.OPENED, over=("cart",), **both))
    assert firing(alertmanager) == {(name, "critical") for name in ("payments", "shop", "cart")}
    send(alertmanager, current(Event.FIRING, over=("shop", "cart"), **both))
    assert firing(alertmanager) == {("payments", "critical")}


def test_it_says_what_where_since_when_and_where_to_click(alertmanager: Real) -> None:
    send(alertmanager, current(Event.OPENED))
    (told,) = alertmanager.alerts()
    assert told["labels"] == {
        "alertname": "DrainwatchAnomaly",
        "namespace": "payments",
        "severity": "critical",
        "drainwatch_alert": "a-1",
        "cluster": "prod",
    }
    assert told["annotations"]["summary"].startswith("41 × “connection to <IP>:<NUM> refused")
    assert "ledger error: 41 lines, never seen before" in told["annotations"]["description"]
    assert told["annotations"]["kibana"] == KIBANA
    assert told["generatorURL"] == PAGE
    ends, now = datetime.fromisoformat(told["endsAt"]), datetime.now(UTC)
    assert timedelta(minutes=4) < ends - now <= timedelta(minutes=5), "gone by itself, should drainwatch be"
    assert now - datetime.fromisoformat(told["startsAt"]) > timedelta(minutes=6)


def test_its_receivers_are_told_once_that_it_fires_and_once_that_it_is_over(alertmanager: Real) -> None:
    with Inbox(lambda _: Reply()) as inbox:
        alertmanager.send_to(inbox.address)
        send(alertmanager, current(Event.OPENED))
        inbox.wait(1)
        send(alertmanager, current(Event.FIRING))
        send(alertmanager, current(Event.RESOLVED))
        told = [one for posted in inbox.wait(2) for one in posted.json["alerts"]]
    assert [(one["status"], one["labels"]["severity"]) for one in told] == [
        ("firing", "critical"),
        ("resolved", "critical"),
    ]


def test_drainwatch_itself_has_names_of_its_own(alertmanager: Real) -> None:
    for number, kind in enumerate((AlertKind.NO_LINES, AlertKind.BEHIND, AlertKind.FAILING)):
        send(alertmanager, current(Event.OPENED, alert=f"k-{number}", kind=kind, namespaces=(), incidents=()))
    send(alertmanager, rehearsal(Event.TEST, datetime.now(UTC)))
    assert {one["labels"]["alertname"] for one in alertmanager.alerts()} == {
        "DrainwatchNoLines",
        "DrainwatchBehind",
        "DrainwatchFailing",
        "DrainwatchTest",
    }


@pytest.mark.parametrize("name", HOSTILE)
def test_what_strangers_wrote_is_taken(alertmanager: Real, name: str) -> None:
    send(alertmanager, hostile(HOSTILE[name]))


def test_one_of_several_is_enough(alertmanager: Real) -> None:
    with Inbox(lambda _: Reply(500, b"no")) as broken:
        urls = [broken.address, f"http://{alertmanager.address}/"]
        with closing(Alertmanager("am", urls)) as channel:
            assert channel.send(current(Event.OPENED), datetime.now(UTC)) == "200, by 1 of 2"
        assert len(broken.asked) == 1
        assert firing(alertmanager) == {("payments", "critical")}
        with (
            closing(Alertmanager("am", [broken.address])) as channel,
            pytest.raises(ServerError, match="answers 500: no"),
        ):
            channel.send(current(Event.OPENED), datetime.now(UTC))


def test_what_it_refuses_is_refused_for_good(alertmanager: Real) -> None:
    bad = current(Event.OPENED)
    with closing(Alertmanager("am", [f"http://{alertmanager.address}"], labels={"team": ""})) as channel:
        channel.send(bad, datetime.now(UTC))
    with Inbox(lambda _: Reply(400, b"bad")) as inbox:
        channel = Alertmanager("am", [inbox.address])
        with closing(channel), pytest.raises(NeverError, match="answers 400: bad"):
            channel.send(bad, datetime.now(UTC))


def test_a_password_is_sent_and_not_shown() -> None:
    with Inbox(lambda _: Reply(401, b"for dXNlcjpzM2NyZXQ=, s3cret")) as inbox:
        channel = Alertmanager("am", [inbox.address], auth=("user", "s3cret"))
        with closing(channel), pytest.raises(ServerError) as failed:
            channel.send(notice(), NOW)
        assert inbox.asked[0].headers["authorization"] == "Basic dXNlcjpzM2NyZXQ="
        assert "s3cret" not in str(failed.value)


def test_labels_hold_neither_scores_nor_times_nor_texts() -> None:
    labels = json.dumps([one["labels"] for one in alerts(notice(), NOW, {})])
    assert "87" not in labels
    assert "2026" not in labels
    assert "connection" not in labels
