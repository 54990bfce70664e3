"""What is due of an alert, to whom, when; and why some are not told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from detector.alert import Alert, Event, Silence
from detector.alerts.deciding import NO_CHANNEL, NO_ROUTE, Message, Surroundings, Timing, decide, lately
from detector.alerts.grouping import WITHDRAWN, group, members
from detector.alerts.quiet import hush_of
from detector.alerts.routing import routing_of
from detector.findings import Incident, Severity
from detector.settings.routing import RouteSettings
from tests.detector.alerts.stories import MINUTE, at, incident

SECOND = MINUTE // 60


@dataclass
class World:
    """One alert, its incidents, and all that deciding goes by; `look` decides at a time."""

    incidents: list[Incident] = field(default_factory=list)
    channels: tuple[str, ...] = ("ops",)
    routes: tuple[RouteSettings, ...] = ()
    silences: list[Silence] = field(default_factory=list)
    repeats: frozenset[str] = frozenset()
    waiting: bool = False
    since: int = 0
    timing: Timing = field(default=Timing(5 * SECOND, 5 * MINUTE, 60 * MINUTE, 3))
    alert: Alert | None = None
    lately: dict[str, int] = field(default_factory=dict)

    def look(self, minutes: float, *incidents: Incident) -> list[Message]:
        """What is due then; incidents that are named are known from then on."""
        known = {one.id: one for one in (*self.incidents, *incidents)}
        self.incidents = list(known.values())
        alerts = [] if self.alert is None else [self.alert]
        for one in group(alerts, known, (), together=5 * MINUTE, now=at(minutes)):
            self.alert = one
        assert self.alert is not None
        around = Surroundings(
            self.channels,
            routing_of(self.routes, self.channels),
            hush_of(self.silences, ()),
            self.timing,
            self.repeats,
            lambda channel: self.waiting,
            self.since,
        )
        decided = decide(self.alert, members(self.alert, known), around, at(minutes), self.lately)
        self.alert = decided.alert
        return list(decided.messages)

    @property
    def quiet(self) -> str:
        assert self.alert is not None
        return self.alert.quiet


def said(messages: Sequence[Message]) -> list[tuple[str, str, list[str]]]:
    return [(one.channel, one.event.value, [about.namespace for about in one.incidents]) for one in messages]


def begun(*incidents: Incident, **more: object) -> World:
    """Incidents that begin at noon, of which channels were told a minute later."""
    world = World(**more)  # type: ignore[arg-type]
    world.look(0.5, *(incidents or (incident(),)))
    world.look(1)
    return world


def test_it_is_told_once_that_there_is_an_alert_after_a_wait_for_others() -> None:
    world = World()
    assert world.look(1, incident()) == []
    assert world.look(1 + 4 / 60) == []
    assert said(world.look(1 + 5 / 60, incident("shop", 0.5, score=90))) == [("ops", "opened", ["shop", "payments"])]
    assert world.look(2) == []
    assert world.quiet == ""


def test_it_is_told_once_that_it_is_over() -> None:
    world = begun(incident())
    assert said(world.look(9, incident(over=True))) == [("ops", "resolved", ["payments"])]
    assert world.alert is not None
    assert (world.alert.resolved, world.alert.open) == (at(9), False)


def test_it_is_over_when_all_of_it_is() -> None:
    world = begun(incident(), incident("shop", 1))
    assert world.look(9, incident(over=True)) == []
    assert said(world.look(10, incident("shop", 1, over=True))) == [("ops", "resolved", ["payments", "shop"])]


def test_it_is_told_once_of_each_higher_band() -> None:
    world = begun(incident(score=20))
    (worse,) = world.look(2, incident(score=55))
    assert (worse.event, worse.severity, worse.before) == (Event.WORSENED, Severity.MAJOR, Severity.WARNING)
    assert world.look(3, incident(score=60)) == []
    assert world.look(4, incident(score=30)) == []
    assert world.look(5, incident(score=60)) == []
    assert said(world.look(6, incident(score=76))) == [("ops", "worsened", ["payments"])]


def test_that_it_has_spread_is_told_now_and_then() -> None:
    world = begun(incident())
    assert world.look(2, incident("a", 1)) == []
    assert world.look(4, incident("b", 3)) == []
    assert said(world.look(6.1)) == [("ops", "spread", ["payments", "a", "b"])]
    assert world.look(7, incident("a", 2)) == []


def test_a_worsening_tells_of_the_spread_too() -> None:
    world = begun(incident(score=30))
    assert said(world.look(2, incident("a", 1, score=80))) == [("ops", "worsened", ["a", "payments"])]
    assert world.look(20) == []


def test_who_forgets_is_told_every_minute_that_it_goes_on_while_nothing_waits() -> None:
    world = begun(incident(), repeats=frozenset({"ops"}))
    assert world.look(1.9) == []
    assert said(world.look(2.1, incident("shop", 1))) == [("ops", "firing", ["payments", "shop"])]
    world.waiting = True
    assert world.look(4) == []
    world.waiting = False
    assert said(world.look(4.5)) == [("ops", "firing", ["payments", "shop"])]
    over = (incident(over=True), incident("shop", 1, over=True))
    assert said(world.look(9, *over)) == [("ops", "resolved", ["payments", "shop"])]


def test_each_channel_is_told_what_is_for_it() -> None:
    routes = (
        RouteSettings(channels="ops", min_severity="critical"),
        RouteSettings(channels="team", namespaces="shop"),
    )
    world = begun(incident("payments"), incident("shop", score=30), channels=("ops", "team"), routes=routes)
    assert world.alert is not None
    assert [(one.channel, one.severity, one.namespaces) for one in world.alert.told] == [
        ("ops", Severity.CRITICAL, ("payments",)),
        ("team", Severity.MINOR, ("shop",)),
    ]
    over = (incident("payments", over=True), incident("shop", score=30, over=True))
    assert said(world.look(9, *over)) == [("ops", "resolved", ["payments"]), ("team", "resolved", ["shop"])]


def test_a_channel_whose_route_begins_to_fit_is_told_then() -> None:
    world = begun(incident(score=30), routes=(RouteSettings(channels="ops", min_severity="major"),))
    assert world.quiet == NO_ROUTE
    assert said(world.look(2, incident(score=60))) == [("ops", "opened", ["payments"])]
    assert world.quiet == ""


def test_a_route_of_which_the_hours_begin_fits_from_then_on_and_recovery_is_told_at_any_hour() -> None:
    world = begun(incident(), routes=(RouteSettings(channels="ops", hours="13:00-14:00"),))
    assert world.look(59) == []
    assert said(world.look(60, incident(end=59))) == [("ops", "opened", ["payments"])]
    assert said(world.look(180, incident(end=130, over=True))) == [("ops", "resolved", ["payments"])]


def test_what_is_silenced_is_told_when_the_silence_ends_while_it_goes_on() -> None:
    world = begun(incident(), silences=[Silence("s", "payments", at(0), at(60), author="ana", note="migration")])
    assert world.quiet == "silenced until 13:00 UTC by ana: migration"
    assert said(world.look(60, incident(end=59))) == [("ops", "opened", ["payments"])]
    assert world.quiet == ""


def test_what_was_silenced_until_it_was_over_is_never_told() -> None:
    world = begun(incident(), silences=[Silence("s", "payments", at(0), at(60))])
    assert world.look(59, incident(over=True)) == []
    assert world.alert is not None
    assert (world.alert.open, world.quiet) == (False, "silenced until 13:00 UTC")


def test_what_ends_just_after_its_silence_is_not_told_any_more() -> None:
    world = begun(incident(), silences=[Silence("s", "payments", at(0), at(60))])
    assert world.look(60, incident(end=59, over=True)) == []


def test_of_what_is_silenced_in_part_the_rest_is_told_and_what_is_not() -> None:
    world = begun(incident(), incident("shop"), silences=[Silence("s", "payments", at(0), at(60))])
    assert world.alert is not None
    assert world.alert.told[0].namespaces == ("shop",)
    assert world.quiet == "not told of payments: silenced until 13:00 UTC"
    assert said(world.look(60.1, incident(end=59))) == [("ops", "spread", ["payments", "shop"])]


def test_a_silence_keeps_worsening_from_being_told_but_not_recovery() -> None:
    world = begun(incident(score=30))
    world.silences.append(Silence("s", "*", at(1.5), at(60)))
    assert world.look(2, incident(score=80)) == []
    assert said(world.look(9, incident(score=80, over=True))) == [("ops", "resolved", ["payments"])]


def test_what_ended_long_ago_is_told_to_nobody() -> None:
    days = 3 * 24 * 60
    world = World()
    world.look(days, incident(over=True))
    assert world.look(days + 1) == []
    assert world.quiet == "ended 3 days before it was read"
    assert world.alert is not None
    assert not world.alert.open


def test_an_old_file_that_ends_in_the_middle_of_an_incident_is_told_to_nobody() -> None:
    world = World()
    world.look(180, incident())
    assert world.look(181) == []
    assert world.quiet == "goes on, but its last anomaly was 3 hours before it was read"


def test_an_incident_in_history_that_turns_out_to_go_on_is_told() -> None:
    world = World()
    world.look(180, incident())
    world.look(181)
    assert said(world.look(182, incident(end=181))) == [("ops", "opened", ["payments"])]


def test_what_was_over_before_drainwatch_told_anybody_is_no_news() -> None:
    world = World(since=at(30))
    world.look(30, incident(end=20, over=True))
    assert world.look(31) == []
    assert world.quiet == "was over when drainwatch began to tell of alerts"


def test_what_came_and_went_while_drainwatch_was_away_is_told_with_its_end() -> None:
    world = World()
    world.look(30, incident(end=20, over=True))
    assert said(world.look(30.1)) == [("ops", "opened", ["payments"]), ("ops", "resolved", ["payments"])]


def test_of_too_many_new_alerts_the_last_says_so_and_the_rest_is_told_later() -> None:
    world = World(lately={"ops": 2})
    world.look(0.5, incident())
    (last,) = world.look(1)
    assert last.note == "This is new alert number 3 within an hour: of further ones this channel isn't told."
    world = World(lately={"ops": 3})
    world.look(0.5, incident())
    assert world.look(1) == []
    assert world.quiet == "ops was told of 3 new alerts within an hour"
    world.lately = {}
    assert said(world.look(40, incident(end=39))) == [("ops", "opened", ["payments"])]


def test_how_many_were_told_lately_goes_by_the_hour() -> None:
    world = begun(incident(), channels=("ops", "team"))
    assert world.alert is not None
    assert lately([world.alert], at(60)) == {"ops": 1, "team": 1}
    assert lately([world.alert], at(61)) == {}


def test_without_channels_that_is_said() -> None:
    world = begun(incident(), channels=())
    assert world.quiet == NO_CHANNEL


def test_what_late_lines_took_back_is_over_and_said_to_be_none() -> None:
    world = begun(incident())
    assert world.alert is not None
    around = Surroundings(("ops",), routing_of((), ("ops",)), hush_of((), ()))
    decided = decide(replace(world.alert, incidents=()), [], around, at(5))
    (message,) = decided.messages
    assert (message.event, message.note) == (Event.RESOLVED, "Withdrawn: late lines showed that it was none.")
    assert decided.alert.summary.endswith(f"({WITHDRAWN})")


def test_a_channel_that_is_no_more_is_told_nothing() -> None:
    world = begun(incident(), channels=("ops", "team"))
    world.channels = ("team",)
    assert said(world.look(9, incident(over=True))) == [("team", "resolved", ["payments"])]
