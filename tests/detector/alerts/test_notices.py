"""What a message says is whole in itself."""

from __future__ import annotations

from dataclasses import replace

from detector.alert import Alert, AlertKind, Event
from detector.alerts.channels.wording import sureness
from detector.alerts.deciding import Message
from detector.alerts.grouping import group
from detector.alerts.notice import Notice, decode, encode
from detector.alerts.notices import notice_id, notice_of
from detector.findings import Change, ChangeKind, Incident, Severity, Source
from detector.settings.alerts import AlertSettings
from tests.detector.alerts.stories import MINUTE, at, incident, reason

PAGE = AlertSettings(page="https://drainwatch.example.org", kibana="https://kibana.example.org")


def message(*about: Incident, event: Event = Event.OPENED, note: str = "") -> Message:
    return Message("ops", event, Severity.CRITICAL, about, note=note)


def alert(*about: Incident) -> Alert:
    (made,) = group((), {one.id: one for one in about}, (), together=60 * MINUTE, now=at(9))
    return made


def noticed(*about: Incident, settings: AlertSettings = PAGE, note: str = "") -> Notice:
    return notice_of(alert(*about), message(*about, note=note), settings, lambda one: (), at(10))


def test_it_names_what_where_since_when_and_where_to_look() -> None:
    one = replace(incident(), change=Change("c", "payments", "ledger", at(-2), ChangeKind.IMAGE, "r/l:1.4", "r/l:1.5"))
    notice = noticed(one)
    assert notice.title == "payments: 41 × “no route to <IP>” in ledger, never seen before"
    assert notice.summary == one.summary
    assert (notice.severity, notice.score, notice.namespaces) == ("critical", 80, ("payments",))
    assert f"{notice.start:%H:%M}/{notice.end:%H:%M}/{notice.decided:%H:%M}" == "12:00/12:01/12:10"
    assert notice.page == f"{PAGE.page}/alerts/{notice.alert}"
    (told,) = notice.incidents
    assert told.page == f"{PAGE.page}/incidents/{one.id}"
    assert told.api == f"{PAGE.page}/api/v1/incidents/{one.id}"
    assert told.kibana.startswith(f"{PAGE.kibana}/app/discover#/")
    assert told.change == "image 1.5 of ledger was rolled out (before: 1.4)"
    assert (told.reasons[0].observed, told.reasons[0].samples) == (41, ("no route to 10.0.0.1",))


def test_what_was_decided_is_what_is_sent_however_long_it_waits() -> None:
    notice = noticed(incident(), incident("shop", 1))
    assert decode(encode(notice)) == notice


def test_reasons_and_lines_are_as_many_as_the_settings_say() -> None:
    many = incident(reasons=tuple(reason(template=f"t{n}", share=0.1) for n in range(10)))
    few = noticed(many, settings=AlertSettings(reasons=2, samples=0))
    assert len(few.incidents[0].reasons) == 2
    assert all(not one.samples for one in few.incidents[0].reasons)
    assert few.page == few.incidents[0].page == few.incidents[0].kibana == ""


def test_of_very_many_incidents_the_severest_are_told_and_the_others_counted() -> None:
    notice = noticed(*(incident(f"team-{n}", n, score=90 - n) for n in range(13)))
    assert (len(notice.incidents), notice.more) == (10, 3)
    assert len(notice.namespaces) == 13
    assert notice.title.startswith("team-0, team-1, team-2 and 10 more: in team-0, 41 ×")


def test_what_is_to_be_said_beside_it_is_said() -> None:
    notice = noticed(incident(), note="There is more.")
    assert notice.note == "There is more."
    assert notice.summary.endswith("since then There is more.")


def test_the_same_message_has_the_same_id_and_another_one_another() -> None:
    one = alert(incident())
    opened = notice_id(one, message(incident()), at(1))
    assert notice_id(one, message(incident(score=90)), at(2)) == opened
    worse = replace(message(event=Event.WORSENED), before=Severity.MINOR)
    firing = message(event=Event.FIRING)
    ids = {opened, notice_id(one, worse, at(1)), notice_id(one, firing, at(1)), notice_id(one, firing, at(2))}
    ids |= {
        notice_id(one, replace(message(), channel="team"), at(1)),
        notice_id(one, message(event=Event.RESOLVED), at(1)),
    }
    assert len(ids) == 6


def test_what_is_about_drainwatch_itself_has_no_place() -> None:
    silent = Alert(
        "a", AlertKind.NO_LINES, (), (), at(0), at(10), 75.0, "No line has come since 12:00.", at(10), at(10)
    )
    stand_in = incident("", reasons=())
    notice = notice_of(silent, message(stand_in), PAGE, lambda one: (), at(10))
    assert (notice.incidents, notice.namespaces, notice.more) == ((), (), 0)
    assert notice.title == "No lines arrive any more"
    assert notice.summary == "No line has come since 12:00."
    over = notice_of(silent, message(stand_in, event=Event.RESOLVED), PAGE, lambda one: (), at(10))
    assert over.summary == "Lines come again."


def test_what_metrics_made_critical_says_by_which_score_when_the_logs_tell_of_it_more_mildly() -> None:
    milder = incident(score=59.0)
    part = replace(milder, id="m", score=97.0, source=Source.METRICS, part_of=milder.id)
    over = message(milder, event=Event.RESOLVED)
    notice = notice_of(alert(milder), over, PAGE, lambda one: (part,), at(10))
    assert (notice.severity, notice.score) == (Severity.CRITICAL, 97.0)
    assert sureness(notice) == "97 of 100, by chance less than once a year"
    alone = notice_of(alert(milder), over, PAGE, lambda one: (), at(10))
    assert sureness(alone) == "59 of 100, by chance less than once in 30 days"
