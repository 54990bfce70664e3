"""A pass as the writes that it comes to: absolute, so that they may be repeated, and one a document."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import Struct

from detector.findings import Incident
from detector.sparse import HOUR
from detector.store.codec import check_told
from detector.store.elasticsearch.alerts import alert_document
from detector.store.elasticsearch.changes import change_document
from detector.store.elasticsearch.documents import CountsDocument, added, counts_document, encode, template_document
from detector.store.elasticsearch.findings import IncidentDocument, anomaly_document, incident_document
from detector.store.elasticsearch.names import Names, counts_id, document_id, hours_id
from detector.store.elasticsearch.operations import Operation
from detector.store.elasticsearch.outbox import outbox_operations
from detector.store.elasticsearch.state import state_operations
from detector.store.hours import minute_of
from detector.store.port import PassResult, WindowCounts
from parsers.engine import Template

Place = tuple[str, str]
"""Index and id of a document."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a plan needs to know of what the cluster holds."""

    counts: Mapping[Place, CountsDocument]
    """Of the windows that late lines are added to; those not there have none yet."""
    retracted: Sequence[Place] = ()
    """Where the retracted findings lie."""
    hours: Mapping[Place, CountsDocument] = field(default_factory=dict)
    """Of those windows that aren't there: their hours, where they were rolled up."""
    incidents: Mapping[Place, IncidentDocument] = field(default_factory=dict)
    """Those that are written again, as they are."""


class Plan(Struct):
    """The writes of a pass. Results first: whoever sees the new state then sees the results that belong to it."""

    results: list[Operation]
    state: list[Operation]

    @property
    def indices(self) -> list[str]:
        """The indices that results are written to, but for those that only lose something."""
        return sorted({one.index for one in self.results if one.action != "delete"})


def incident_place(incident: Incident, names: Names) -> Place:
    """Where an incident lies."""
    return names.incidents_of(incident.start), document_id(incident.id)


def late_places(result: PassResult, names: Names) -> list[Place]:
    """Where the counts lie that late lines are added to."""
    places = {(names.counts_of(one.window), counts_id(one.namespace, one.window)) for one in result.additions}
    return sorted(places)


def hour_places(result: PassResult, names: Names, there: Container[Place]) -> list[Place]:
    """Where the hours lie of windows that late lines are added to and that aren't there (any more)."""
    places = set()
    for one in result.additions:
        if (names.counts_of(one.window), counts_id(one.namespace, one.window)) not in there:
            places.add(_hour_place(one, names))
    return sorted(places)


def _hour_place(window: WindowCounts, names: Names) -> Place:
    hour = window.window // HOUR * HOUR
    return names.hours_of(hour), hours_id(window.namespace, hour)


def plan(result: PassResult, names: Names, stored: Stored, now: int, scope: str = "", order: int = 0) -> Plan:
    """The writes of a pass of this scope that is written now (microseconds UTC); `order` goes up from one to the next.

    Raises `ValueError` for counts below 1, numbers that are none and anomalies without a reason: faults of the caller.
    """
    writes = {(index, name): Operation("delete", index, name) for index, name in stored.retracted}
    known = {one.id: one for one in result.templates}
    for template in result.templates:
        place = (names.templates, document_id(template.id))
        writes[place] = Operation("index", *place, encode(template_document(template)))
    for anomaly in result.anomalies:
        check_told(anomaly)
        place = (names.anomalies_of(anomaly.window), document_id(anomaly.id))
        writes[place] = Operation("index", *place, encode(anomaly_document(anomaly, now)))
    for incident in result.incidents:
        place = incident_place(incident, names)
        story = incident_document(incident, now, stored.incidents.get(place))
        writes[place] = Operation("index", *place, encode(story))
    for alert in result.alerts:
        place = (names.alerts, document_id(alert.id))
        writes[place] = Operation("index", *place, encode(alert_document(alert, now)))
    for change in result.changes:
        place = (names.changes, document_id(change.id))
        writes[place] = Operation("index", *place, encode(change_document(change)))
    for place, document in _windows(result, names, stored, known).items():
        lines = document.template.id
        writes[place] = Operation("index", *place, encode(document)) if lines else Operation("delete", *place)
    state = {one.id: one for one in state_operations(names.state, result, scope)}
    state |= {one.id: one for one in outbox_operations(names.state, scope, order, result.told)}
    return Plan(list(writes.values()), list(state.values()))


def _windows(
    result: PassResult, names: Names, stored: Stored, known: Mapping[str, Template]
) -> dict[Place, CountsDocument]:
    windows: dict[Place, CountsDocument] = {}
    for one in result.counts:
        place = (names.counts_of(one.window), counts_id(one.namespace, one.window))
        windows[place] = counts_document(one, known)
    for one in result.additions:
        if not len(one.templates):
            continue
        place = (names.counts_of(one.window), counts_id(one.namespace, one.window))
        before = windows.get(place) or stored.counts.get(place)
        hour = _hour_place(one, names)
        rolled = windows.get(hour) or stored.hours.get(hour)
        if before is None and rolled is not None and (rolled.drainwatch.minutes or 0) & minute_of(one.window):
            place, before = hour, rolled
        windows[place] = counts_document(one, known) if before is None else added(before, one, known)
    return windows
