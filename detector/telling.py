"""Anomalies of one namespace to incidents, as its windows come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from detector.feedback import covers
from detector.findings import Anomaly, Feedback, Incident, ModelCard
from detector.incidents import extend, settle


@dataclass(slots=True)
class Findings:
    """What came out of some windows."""

    anomalies: list[Anomaly] = field(default_factory=list)
    incidents: dict[str, Incident] = field(default_factory=dict)
    """By id, as they are after the last window."""
    models: list[ModelCard] = field(default_factory=list)
    scores: dict[int, float] = field(default_factory=dict)
    """By start of the window, of all that were scored, anomalies or not."""
    beneath: dict[str, Anomaly | None] = field(default_factory=dict)
    """By id of an anomaly that mutes keep quiet, what is left of it without what they mute."""

    def add(self, later: Findings) -> None:
        """Append what later windows brought."""
        self.anomalies += later.anomalies
        self.incidents |= later.incidents
        self.models += later.models
        self.scores |= later.scores
        self.beneath |= later.beneath


class Telling:
    """The incidents of a namespace, the open one and those of the time that models learn from.

    `threshold` is the score from which on an anomalous window makes an incident, `gap` the time without one that ends
    it; all times are microseconds UTC.
    """

    def __init__(self, threshold: float, gap: int) -> None:
        self._threshold, self._gap = threshold, gap
        self.open: Incident | None = None
        self._told: dict[str, Incident] = {}
        self._quiet: dict[int, Anomaly] = {}

    @property
    def told(self) -> list[Incident]:
        """As they are now, oldest first."""
        return sorted(self._told.values(), key=lambda one: (one.start, one.id))

    @property
    def quiet(self) -> list[Anomaly]:
        """What would have been told if people hadn't spoken, oldest first, each with its weightiest reason only."""
        return [self._quiet[window] for window in sorted(self._quiet)]

    def resume(self, incidents: Iterable[Incident], quiet: Iterable[Anomaly] = ()) -> None:
        """Go on with what an earlier run told, and what it kept quiet; at most one incident is open."""
        for anomaly in quiet:
            self._remember(anomaly)
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

    def judged_again(self, begin: int, end: int, anomalies: Iterable[Anomaly]) -> None:
        """Put these in the place of what was kept quiet from `begin` to `end`."""
        self._quiet = {window: one for window, one in self._quiet.items() if not begin <= window < end}
        for anomaly in anomalies:
            self._remember(anomaly)

    def heard(self, anomaly: Anomaly, feedback: Sequence[Feedback]) -> Anomaly:
        """The anomaly, with what keeps it quiet where it crosses the threshold and feedback covers it."""
        if anomaly.score < self._threshold or anomaly.suppressed_by is not None:
            return anomaly
        return replace(anomaly, suppressed_by=covers(feedback, anomaly))

    def tell(self, anomaly: Anomaly, feedback: Sequence[Feedback], findings: Findings) -> None:
        """Let an anomaly that crosses the threshold open an incident or go on with one, unless feedback covers it."""
        anomaly = self.heard(anomaly, feedback)
        if anomaly.suppressed_by is not None:
            self._remember(anomaly)
        elif anomaly.score >= self._threshold:
            anomaly = self._into_incident(anomaly, findings)
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
        """Drop what ended before a time."""
        self._told = {id_: one for id_, one in self._told.items() if one.end > before}
        self._quiet = {window: one for window, one in self._quiet.items() if window + one.span > before}

    def _remember(self, anomaly: Anomaly) -> None:
        if anomaly.suppressed_by is not None:
            first = tuple(replace(reason, samples=()) for reason in anomaly.reasons[:1])
            self._quiet[anomaly.window] = replace(anomaly, scores={}, reasons=first)

    def _into_incident(self, anomaly: Anomaly, findings: Findings) -> Anomaly:
        before = self.open
        self.open = extend(before, anomaly, self._gap)
        if before and before.id != self.open.id:
            self._told[before.id] = findings.incidents[before.id] = replace(before, open=False)
        self._told[self.open.id] = findings.incidents[self.open.id] = self.open
        return replace(anomaly, incident=self.open.id)
