"""Anomalies of one namespace to incidents, as its windows come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from detector.feedback import covers, muted
from detector.findings import Anomaly, Feedback, FeedbackKind, Incident, ModelCard
from detector.incidents import extend, settle
from detector.vectors import Column


@dataclass(slots=True)
class Findings:
    """What came out of some windows."""

    anomalies: list[Anomaly] = field(default_factory=list)
    incidents: dict[str, Incident] = field(default_factory=dict)
    """By id, as they are after the last window."""
    models: list[ModelCard] = field(default_factory=list)
    scores: dict[int, float] = field(default_factory=dict)
    """By start of the window, of all that were scored, anomalies or not."""

    def add(self, later: Findings) -> None:
        """Append what later windows brought."""
        self.anomalies += later.anomalies
        self.incidents |= later.incidents
        self.models += later.models
        self.scores |= later.scores


class Telling:
    """The incidents of a namespace, the open one and those of the time that models learn from.

    `threshold` is the score from which on an anomalous window makes an incident, `gap` the time without one that ends
    it; all times are microseconds UTC.
    """

    def __init__(self, threshold: float, gap: int) -> None:
        self._threshold, self._gap = threshold, gap
        self.open: Incident | None = None
        self._told: dict[str, Incident] = {}

    @property
    def told(self) -> list[Incident]:
        """As they are now, oldest first."""
        return sorted(self._told.values(), key=lambda one: (one.start, one.id))

    def resume(self, incidents: Iterable[Incident]) -> None:
        """Go on with what an earlier run told; at most one of them is open."""
        for incident in incidents:
            self._told[incident.id] = incident
            if incident.open:
                self.open = incident

    def retell(self, retold: Sequence[str], told: Sequence[Incident]) -> None:
        """Put `told` in the place of the incidents of these ids: windows were judged again."""
        for id_ in retold:
            self._told.pop(id_, None)
        for incident in told:
            self._told[incident.id] = incident
        if self.open is None or self.open.id in retold:
            self.open = next((one for one in told if one.open), None)

    def tell(self, anomaly: Anomaly, feedback: Sequence[Feedback], findings: Findings) -> None:
        """Let an anomaly that crosses the threshold open an incident or go on with one, unless feedback covers it."""
        if anomaly.score >= self._threshold:
            covering = covers(feedback, anomaly)
            anomaly = self._into_incident(anomaly, findings) if covering is None else _quiet(anomaly, covering)
        findings.anomalies.append(anomaly)

    def settle(self, until: int, findings: Findings) -> None:
        """End the open incident where no window from `until` on can belong to it."""
        if self.open is None:
            return
        settled = settle(self.open, until, self._gap)
        if settled.open != self.open.open or settled.id in findings.incidents:
            findings.incidents[settled.id] = settled
        self._told[settled.id] = settled
        self.open = settled if settled.open else None

    def forget(self, before: int) -> None:
        """Drop those that ended before a time."""
        self._told = {id_: one for id_, one in self._told.items() if one.end > before}

    def _into_incident(self, anomaly: Anomaly, findings: Findings) -> Anomaly:
        before = self.open
        self.open = extend(before, anomaly, self._gap)
        if before and before.id != self.open.id:
            self._told[before.id] = findings.incidents[before.id] = replace(before, open=False)
        self._told[self.open.id] = findings.incidents[self.open.id] = self.open
        return replace(anomaly, incident=self.open.id)


def _quiet(anomaly: Anomaly, covering: str) -> Anomaly:
    return replace(anomaly, suppressed_by=covering)


def evenly_muted(
    begin: int, end: int, span: int, feedback: Iterable[Feedback], columns: Mapping[str, Column]
) -> list[tuple[int, int, frozenset[str]]]:
    """The parts of a time in which the same templates are muted, and their ids; on the grid of windows from `begin`."""
    mutes = [one for one in feedback if one.kind is FeedbackKind.MUTE]
    times = {time for one in mutes for time in (one.since, one.created, one.until, one.withdrawn) if time}
    inside = (begin - (begin - time) // span * span for time in times if begin < time < end)
    edges = sorted({begin, end, *(time for time in inside if time < end)})
    return [(since, until, muted(mutes, since, columns)) for since, until in pairwise(edges)]
