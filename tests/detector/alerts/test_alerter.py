"""The life of alerts over real stores: what is decided stays decided, whoever goes on with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from detector.alert import Event, Silence
from detector.alerts.deadman import Detection
from detector.errors import ScopeError
from detector.findings import Reason, ReasonKind, Severity, Source
from detector.settings.alerts import AlertSettings
from detector.store.port import ALERTS, PassResult, Store
from detector.store.sqlite import open_store
from tests.detector.alerts.living import Box, Life, Postman
from tests.detector.alerts.stories import HOUR, at, incident


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path / "s.sqlite")) as store:
        yield store


@pytest.fixture
def life(store: Store) -> Life:
    life = Life(store)
    life.turn()
    return life


def test_an_incident_is_told_when_it_opens_and_when_it_is_over(life: Life) -> None:
    life.passed(incident())
    life.turn(1)
    assert life.heard() == [("opened", ("payments",))]
    life.passed(incident(end=5, over=True))
    life.turn(9)
    assert life.heard() == [("opened", ("payments",)), ("resolved", ("payments",))]
    (alert,) = life.store.alerts().items
    assert (alert.open, alert.quiet, alert.end) == (False, "", at(5))


def test_what_is_about_drainwatch_is_stored_with_what_was_told(life: Life) -> None:
    life.passed(incident())
    life.turn(1)
    (alert,) = life.store.open_alerts()
    assert [(one.channel, one.event.value) for one in alert.told] == [("ops", "opened")]


def test_a_restart_neither_repeats_nor_forgets(life: Life) -> None:
    life.passed(incident())
    life.alerter.turn(life.store)  # it is known, and others are waited for
    life.restart()
    life.turn(0.2)
    life.restart()
    life.turn(1)
    assert life.heard() == [("opened", ("payments",))]
    life.passed(incident(end=5, over=True))
    life.restart()
    life.turn(9)
    life.restart()
    life.turn(1)
    assert life.heard() == [("opened", ("payments",)), ("resolved", ("payments",))]


def test_what_was_decided_and_not_sent_is_sent_after_a_restart(life: Life) -> None:
    life.postman.ill = True
    life.passed(incident())
    life.turn(1)
    assert life.heard() == []
    life.restart()
    life.alerter.turn(life.store)
    assert life.heard() == [("opened", ("payments",))]


def test_what_waits_for_a_channel_that_is_gone_is_given_up_and_said(store: Store) -> None:
    life = Life(store, Box("old"), Box("kept"))
    life.turn()
    life.postman.ill = True
    life.passed(incident())
    life.turn(1)
    life.boxes = (Box("new"), life.boxes[1])
    life.now += 40 * 24 * HOUR
    life.restart()
    life.alerter.turn(store)
    (said,) = life.alerter.notices
    assert said.startswith("1 message waited for the channel old, which the settings don't have any more")
    with closing(store.scope(ALERTS)) as scope:
        assert [scope.waiting(f"alert:{name}") for name in ("old", "new", "kept")] == [0, 0, 0]
    assert life.heard(0) == []
    assert life.heard(1)[0] == ("opened", ("payments",))
    life.restart()
    life.alerter.turn(store)
    assert life.alerter.notices == (), "it is said by the one that did it"


def test_where_it_is_over_in_one_of_several_namespaces_is_told(store: Store) -> None:
    life = Life(store, Box(repeats=True))
    life.turn()
    life.passed(incident(), incident("shop"))
    life.turn(1)
    life.passed(incident("shop", over=True))
    life.turn(2)
    assert [(one.event.value, one.over) for one in life.boxes[0].notices] == [("opened", ()), ("firing", ("shop",))]
    assert [(one.namespace, one.open) for one in life.boxes[0].notices[1].incidents] == [
        ("payments", True),
        ("shop", False),
    ]


def test_of_two_only_the_one_that_came_last_decides(life: Life) -> None:
    life.passed(incident())
    other = life.another(Postman(life.boxes))
    other.turn(life.store)
    life.now += 60_000_000
    life.passed(incident(end=2), incident("shop", 1))
    with pytest.raises(ScopeError):
        life.alerter.turn(life.store)
    other.turn(life.store)
    life.now += 6_000_000
    other.turn(life.store)
    assert life.heard() == [("opened", ("payments", "shop"))]


def test_a_store_of_an_earlier_drainwatch_is_no_reason_to_tell_anybody(store: Store) -> None:
    life = Life(store, minutes=30)
    many = [incident(f"team-{number}", number, over=True) for number in range(20)]
    life.passed(*many, incident("shop", 29, end=30))
    life.turn()
    life.turn(1)
    assert life.heard() == [("opened", ("shop",))] or life.heard()[0][0] == "opened"
    assert all("team" not in name for _, names in life.heard() for name in names)


def test_history_that_is_read_late_is_told_to_nobody(life: Life) -> None:
    life.now += 3 * 24 * HOUR
    life.passed(incident(over=True))
    life.turn()
    life.turn()
    assert life.heard() == []
    (alert,) = life.store.alerts().items
    assert alert.quiet == "ended 3 days before it was read"


def test_a_silence_that_somebody_makes_holds_at_once(life: Life) -> None:
    life.passed(incident())
    life.alerter.turn(life.store)
    life.store.say(Silence("s", "pay*", at(0), at(60), author="ana"))
    life.turn(1)
    assert life.heard() == []
    life.now = at(61)
    life.passed(incident(end=60))
    life.turn()
    assert life.heard() == [("opened", ("payments",))]


def test_an_incident_that_late_lines_took_back_is_over_once_that_is_sure(life: Life) -> None:
    life.passed(incident())
    life.turn(1)
    life.passed(retracted=[incident().id])
    life.turn(0.1)
    assert len(life.heard()) == 1
    life.turn(1)
    life.turn(1)
    assert [event for event, _ in life.heard()] == ["opened", "resolved"]
    assert life.boxes[0].notices[1].note == "Withdrawn: late lines showed that it was none."


@pytest.mark.parametrize(("before", "after"), [(31, 2), (2, 31)])
def test_an_incident_that_late_lines_give_another_begin_is_the_one_that_was_told(
    life: Life, before: int, after: int
) -> None:
    """However far: it has another id, and is the same trouble."""
    life.now = at(60)
    life.passed(incident(start=before, end=59))
    life.turn(1)
    life.passed(incident(start=after, end=59), retracted=[incident(start=before).id])
    life.turn(0.1)
    life.turn(1)
    life.turn(1)
    assert life.heard() == [("opened", ("payments",))]
    life.passed(incident(start=after, end=60, over=True))
    life.turn(1)
    assert life.heard() == [("opened", ("payments",)), ("resolved", ("payments",))]
    (alert,) = life.store.alerts().items
    assert alert.incidents == (incident(start=after).id,)


def test_a_clock_that_was_ahead_keeps_nobody_from_being_told(store: Store) -> None:
    life = Life(store, Box(), Box("am", repeats=True), settings=AlertSettings(most=1))
    life.turn()
    life.now += 24 * HOUR  # wrong by a day, until somebody notices; the logs are right
    store.commit(PassResult(closed_until=at(4), incidents=[incident(start=3)]))
    life.turn()
    assert life.heard() == [], "it seems to be a day old"
    life.now = at(4.2)
    life.turn()
    assert life.heard() == [("opened", ("payments",))]
    life.turn(2)
    assert life.heard(1) == [("opened", ("payments",)), ("firing", ("payments",))]
    life.now -= 2 * 60_000_000
    life.turn()
    life.turn(1.1)
    assert life.heard(1)[2:] == 2 * [("firing", ("payments",))], "Alertmanager would take it for over"


def test_what_is_wrong_with_drainwatch_for_hours_is_told_once(life: Life) -> None:
    """It is in no namespace, so nothing can join it."""
    life.detection = Detection(error="The disk is full.")
    for _ in range(30):
        life.turn(4)
    life.detection = Detection()
    life.passed()
    life.turn()
    assert life.heard() == [("opened", ()), ("resolved", ())]


def test_a_laptop_that_slept_is_no_trouble_of_drainwatch(store: Store) -> None:
    life = Life(store)
    life.turn()
    life.passed()
    life.turn()
    life.turn(8 * 60)
    life.passed()
    life.turn(0.5)
    assert life.heard() == []


def test_more_than_so_many_alerts_an_hour_are_not_told(store: Store) -> None:
    life = Life(store, settings=AlertSettings(most=3, together=timedelta(0)))
    life.turn()
    life.passed(*(incident(f"team-{number}", number / 10) for number in range(6)))
    life.turn(1)
    assert [event for event, _ in life.heard()] == ["opened"] * 3
    assert life.boxes[0].notices[2].note.startswith("This is new alert number 3 within an hour")
    assert sum(bool(alert.quiet) for alert in store.open_alerts()) == 3
    life.detection = Detection(error="The disk is full.")
    life.turn(1)
    life.passed(minutes=4)
    life.turn()
    assert life.heard()[3:] == [("opened", ())], "what is wrong with drainwatch itself is told all the same"


def test_where_passes_fail_for_minutes_that_is_told_and_when_they_succeed_again(life: Life) -> None:
    life.detection = Detection(error="The disk is full. Make room.")
    life.turn(1)
    life.turn(2)
    assert life.alerter.well_at is None
    life.turn(1)
    assert life.heard() == [("opened", ())]
    (notice,) = life.boxes[0].notices
    assert (notice.kind, notice.title) == ("failing", "Detection fails again and again")
    assert "The disk is full." in notice.summary
    life.restart()
    life.turn(1)
    life.detection = Detection()
    life.turn(1)
    assert [event for event, _ in life.heard()] == ["opened", "resolved"]
    assert life.alerter.well_at == life.now


def test_who_forgets_is_reminded(store: Store) -> None:
    life = Life(store, Box("ops"), Box("alertmanager", repeats=True))
    life.turn()
    life.passed(incident())
    for minute in range(1, 4):
        life.turn(1)
        life.passed(incident(end=minute + 1))
    assert [event for event, _ in life.heard(0)] == ["opened"]
    assert [event for event, _ in life.heard(1)] == ["opened", "firing", "firing"]


def test_its_scope_is_nobody_elses_business(life: Life) -> None:
    life.passed(incident())
    life.turn(1)
    assert ALERTS not in life.store.scopes()
    assert life.store.closed_until() == at(0) + 6_000_000
    with closing(life.store.scope(ALERTS)) as scope:
        scope.commit(PassResult(closed_until=None))


def test_metrics_of_the_same_time_are_told_with_the_logs(life: Life) -> None:
    slow = Reason("", "latency, 95 % (ms)", "", "", ReasonKind.MORE, 900, 20, 80, 3, 1.0)
    logs = incident()
    life.passed(logs, replace(incident(source=Source.METRICS, part_of=logs.id), reasons=(slow,)))
    life.turn(1)
    (notice,) = life.boxes[0].notices
    (told,) = notice.incidents
    assert [reason.text for reason in told.reasons] == ["no route to <IP>", "latency, 95 % (ms)"]


def test_metrics_that_are_worse_than_the_logs_make_it_worse(life: Life) -> None:
    logs = incident(score=55.0)
    life.passed(logs)
    life.turn(1)
    life.passed(logs, incident(source=Source.METRICS, part_of=logs.id, score=90.0))
    life.turn(1)
    assert [(one.event, one.severity) for one in life.boxes[0].notices] == [
        (Event.OPENED, Severity.MAJOR),
        (Event.WORSENED, Severity.CRITICAL),
    ]


def test_what_is_over_is_remembered_through_a_restart_also_when_its_first_incident_is_gone(life: Life) -> None:
    life.passed(incident(), incident("shop", 0.5))
    life.turn(1)
    life.passed(retracted=[incident().id])
    life.turn(1)
    life.turn(1)
    life.passed(incident("shop", 0.5, 3, over=True))
    life.turn(1)
    told = life.heard()
    assert [event for event, _ in told] == ["opened", "resolved"]
    life.restart()
    life.turn(1)
    assert life.heard() == told
    assert len(life.store.alerts().items) == 1
