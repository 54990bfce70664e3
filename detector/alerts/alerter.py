"""Looks at what detection found, decides who is to be told of what, and writes both down in one transaction.

What is decided is an alert with what its channels were told, and the messages, which wait in the outbox of the store's
scope for alerts: so a crash, whenever it comes, neither repeats a decision nor forgets one, and of two workers only the
one that opened the scope last decides anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Protocol

import structlog

from detector.alert import Alert, AlertKind, Event
from detector.alerts.channels.port import Channel
from detector.alerts.deadman import Condition, DeadMan, Detection, Limits, Trouble, as_alert, kept
from detector.alerts.deciding import Message, Surroundings, Timing, decide, is_recent, lately
from detector.alerts.delivery import output_name, told
from detector.alerts.grouping import group, members
from detector.alerts.leftovers import give_up
from detector.alerts.looking import alerts_since, as_bad_as_their_parts, incidents_since, reach_back
from detector.alerts.notices import notice_of
from detector.alerts.quiet import hush_of
from detector.alerts.routing import routing_of
from detector.findings import Incident, Source
from detector.settings.alerts import AlertSettings
from detector.settings.kinds import micros
from detector.store.port import ALERTS, PassResult, Reader, Store

log = structlog.get_logger("drainwatch.alerts")

_HOUR = 3_600_000_000
_REMEMBERED = 48 * _HOUR
"""For so long alerts are remembered that are over, so that none of their incidents is taken for a new one."""
_SURELY = 30_000_000
"""An incident that isn't there for so long is gone: while a pass is being written it may be missing for a moment."""
_ANYWAY = 30_000_000
"""After so long it is looked for new incidents, also where no window was closed meanwhile."""
_COUNTED = 20_000_000
"""How often it is looked whether lines come, at least."""
_ASLEEP = 300_000_000
"""Where so long has gone by from one turn to the next the machine slept, or the clock was set."""
_MOST = 5_000
"""Incidents of a look: of more the newest."""


class Delivery(Protocol):
    """Sends what waits in the outbox (`detector.alerts.delivery.Delivery`)."""

    @property
    def channels(self) -> Sequence[Channel]:
        """Where it sends it."""

    @property
    def problems(self) -> Sequence[str]:
        """Why something waits, or was let go, a sentence or two each."""

    def look(self, store: Store) -> None:
        """Something was committed here, or may have been by an earlier run."""

    def forget(self, store: Store) -> None:
        """It is about to be closed."""


@dataclass(slots=True)
class _Held:
    """The scope, and what is known as long as nobody else has it."""

    scope: Store
    since: int
    """When drainwatch began to tell of alerts."""
    alerts: dict[str, Alert]
    """Those that go on and those that were over lately, by id, the oldest first."""
    dead_man: DeadMan
    lines: tuple[int, int] = (0, 0)
    """How many there were, and the newest window with one."""
    counted: int = 0
    """When they were."""
    turned: int = 0
    """When the last turn was."""
    seen: dict[str, Incident] = field(default_factory=dict)
    """Incidents of the last look, by id."""
    missing: dict[str, int] = field(default_factory=dict)
    """Since when members weren't there."""
    ends: Mapping[str, int | None] = field(default_factory=dict)
    looked: int = 0
    """When it was last looked for new incidents."""
    reach: int | None = None
    """Up to where windows were closed then, by the writer that was furthest; None where that isn't known."""


class Alerter:
    """A job beside detection (`detector.beside.Job`).

    `clock` gives microseconds UTC, `detection` how detection is, as far as this process knows.
    """

    name = "alerts"
    every = timedelta(seconds=2)

    def __init__(
        self,
        settings: AlertSettings,
        delivery: Delivery,
        *,
        clock: Callable[[], int],
        detection: Callable[[], Detection],
        limits: Limits,
    ) -> None:
        self._settings, self._delivery, self._clock, self._detection = settings, delivery, clock, detection
        self._limits = limits
        self._channels = tuple(channel.name for channel in delivery.channels)
        self._repeats = frozenset(channel.name for channel in delivery.channels if channel.repeats)
        self._routing = routing_of(settings.routes, self._channels)
        self._timing = Timing(
            micros(settings.group_wait), micros(settings.throttle), micros(settings.stale), settings.most
        )
        self._held: _Held | None = None
        self._well_at: int | None = None
        self._given_up: tuple[str, ...] = ()

    @property
    def notices(self) -> Sequence[str]:
        """What keeps messages from being sent, and which were given up at the start."""
        return (*self._delivery.problems, *self._given_up)

    @property
    def well_at(self) -> int | None:
        """When all was last seen to be well (microseconds UTC), for whoever says so to others; None where it isn't."""
        return self._well_at

    def turn(self, store: Store) -> None:
        """Look, decide, and write down what was decided."""
        now = self._clock()
        held = self._held = self._held or self._open(store, now)
        if held.turned and not is_recent(held.turned, now, _ASLEEP):
            held.dead_man.slept(held.turned, now)
        held.turned, ends = now, store.ends()
        troubles = held.dead_man.look(self._condition(held, store, ends, now), now)
        grouped = self._look(held, store, ends, now)
        changed, messages = self._decide(held, store, grouped, troubles, now)
        if changed:
            self._commit(held, changed, messages, store, now)
        self._well_at = None if troubles or self._detection().error else now

    def let_go(self) -> None:
        """Close the scope, and stop to send what waits in it."""
        held, self._held = self._held, None
        if held is not None:
            self._delivery.forget(held.scope)
            held.scope.close()

    def _open(self, store: Store, now: int) -> _Held:
        scope = store.scope(ALERTS)
        try:
            since = scope.progress().closed_until
            if since is None:
                since = now
                scope.commit(PassResult(closed_until=now))
            self._given_up += tuple(give_up(scope, alerts_since(store, 0), self._channels))
            known = {one.id: one for one in (*alerts_since(store, now - _REMEMBERED), *store.open_alerts())}
        except BaseException:
            scope.close()
            raise
        alerts = dict(sorted(known.items(), key=lambda item: (item[1].opened, item[0])))
        dead_man = DeadMan(self._limits)
        for one in alerts.values():
            if one.open:
                dead_man.resume(one)
        going_on = sum(one.open for one in alerts.values())
        if self._channels:
            log.info("telling of alerts", channels=list(self._channels), open=going_on)
        else:
            log.info("nobody is told of alerts", advice="Name channels in alerts.channels: docs/alerting.md.")
        self._delivery.look(scope)
        return _Held(scope, since, alerts, dead_man)

    def _condition(self, held: _Held, store: Reader, ends: Mapping[str, int | None], now: int) -> Condition:
        if not is_recent(held.counted, now, min(_COUNTED, self._limits.no_lines // 4)):
            newest = max((status.last_line for status in store.statuses()), default=0)
            held.counted, held.lines = now, (store.tally().read, newest)
        return Condition(*held.lines, ends, self._detection())

    def _look(self, held: _Held, store: Reader, ends: Mapping[str, int | None], now: int) -> dict[str, Alert]:
        """Alerts that are different now, new ones among them, by id: nothing where nothing can have come."""
        if ends == held.ends and is_recent(held.looked, now, _ANYWAY):
            return {}
        since = reach_back(ends, held.reach)
        held.seen = {one.id: one for one in islice(incidents_since(store, since), _MOST)}
        measured = list(islice(incidents_since(store, since, Source.METRICS), _MOST))
        held.reach = max((end for end in ends.values() if end is not None), default=0)
        held.ends, held.looked = ends, now
        self._look_for_members(held, store, now)
        held.seen = as_bad_as_their_parts(held.seen, measured)
        gone = {id_ for id_, since in held.missing.items() if now - since >= _SURELY}
        held.missing = {id_: since for id_, since in held.missing.items() if id_ not in gone}
        together = micros(self._settings.together)
        changed = {one.id: one for one in group(held.alerts.values(), held.seen, gone, together=together, now=now)}
        for id_ in changed.keys() - held.alerts.keys():
            if (old := store.alert(id_)) is not None:  # of incidents that were told longer ago than is remembered
                held.alerts[id_] = old
                del changed[id_]
        return changed

    def _look_for_members(self, held: _Held, store: Reader, now: int) -> None:
        """Those that began too long ago to be found anyway, or are a part of another incident by now, or gone."""
        wanted = {id_ for one in held.alerts.values() if one.open for id_ in one.incidents}
        for id_ in wanted - held.seen.keys():
            found = store.incident(id_)
            if found is not None:
                held.seen[id_] = found
                held.missing.pop(id_, None)
            else:
                held.missing.setdefault(id_, now)
        held.missing = {id_: since for id_, since in held.missing.items() if id_ in wanted and id_ not in held.seen}

    def _decide(
        self, held: _Held, store: Reader, grouped: dict[str, Alert], troubles: Sequence[Trouble], now: int
    ) -> tuple[list[Alert], list[tuple[Alert, Message]]]:
        """What is different about alerts by now, and what is to be said of them."""
        cases = [*_cases(held, {**held.alerts, **grouped}), *_own(held, troubles, now)]
        changed = dict(grouped)
        messages: list[tuple[Alert, Message]] = []
        if cases:
            around, counts = self._around(held, store), lately(held.alerts.values(), now)
            for alert, about in cases:
                decided = decide(alert, about, around, now, counts)
                if decided.alert != held.alerts.get(alert.id):
                    changed[alert.id] = decided.alert
                messages += [(decided.alert, message) for message in decided.messages]
                if alert.kind is AlertKind.INCIDENT:
                    counts.update(one.channel for one in decided.messages if one.event is Event.OPENED)
        return list(changed.values()), messages

    def _around(self, held: _Held, store: Reader) -> Surroundings:
        return Surroundings(
            channels=self._channels,
            routing=self._routing,
            hush=hush_of(store.silences(), self._settings.maintenance),
            timing=self._timing,
            repeats=self._repeats,
            waits=lambda channel: held.scope.waiting(output_name(channel)) > 0,
            since=held.since,
        )

    def _commit(
        self, held: _Held, changed: list[Alert], messages: list[tuple[Alert, Message]], store: Reader, now: int
    ) -> None:
        outgoing = [
            told(message.channel, notice_of(alert, message, self._settings, lambda one: store.parts_of(one.id), now))
            for alert, message in messages
        ]
        held.scope.commit(PassResult(closed_until=None, alerts=changed, told=outgoing))
        for alert in changed:
            self._log(held.alerts.get(alert.id), alert)
            held.alerts[alert.id] = alert
        for alert in [one for one in held.alerts.values() if not one.open and now - one.opened > _REMEMBERED]:
            del held.alerts[alert.id]
        if outgoing:
            self._delivery.look(held.scope)

    def _log(self, before: Alert | None, alert: Alert) -> None:
        """What an operator reads in the log: that there is an alert, who was told, and that it is over.

        Where there is no channel, the log is nobody's way to hear of it.
        """
        if not self._channels:
            return
        said = {one.channel: one.event.value for one in alert.told if before is None or one not in before.told}
        if before is None or said or before.open != alert.open or before.quiet != alert.quiet:
            state = "opened" if before is None else "resolved" if not alert.open else "changed"
            log.info(f"alert {state}", id=alert.id, severity=alert.severity.value, told=said, quiet=alert.quiet or None)


def _cases(held: _Held, alerts: Mapping[str, Alert]) -> Iterator[tuple[Alert, list[Incident]]]:
    """Alerts of incidents that go on, the severest first; not those of which a member may be missing."""
    going_on = [one for one in alerts.values() if one.open and one.kind is AlertKind.INCIDENT]
    for alert in sorted(going_on, key=lambda one: (-one.score, one.opened, one.id)):
        if not held.missing.keys() & set(alert.incidents):
            yield alert, members(alert, held.seen)


def _own(held: _Held, troubles: Sequence[Trouble], now: int) -> list[tuple[Alert, list[Incident]]]:
    """Alerts about drainwatch itself, each with what stands for it."""
    wrong = {trouble.kind: trouble for trouble in troubles}
    going_on = [one for one in held.alerts.values() if one.open and one.kind is not AlertKind.INCIDENT]
    known = {one.kind for one in going_on}
    new = [as_alert(trouble, now) for kind, trouble in wrong.items() if kind not in known]
    cases = []
    for alert in (*going_on, *new):
        as_is, stand_in = kept(alert, wrong.get(alert.kind), now)
        cases.append((as_is, [stand_in]))
    return cases
