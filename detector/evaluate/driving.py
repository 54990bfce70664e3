"""Drives a namespace through planted days as the pipeline would, and keeps what it says."""

from __future__ import annotations

import numpy as np

from detector.evaluate.days import Catalogue, Days
from detector.evaluate.trial import OURS, Told, Trial
from detector.evaluate.world import World
from detector.findings import Anomaly, Incident
from detector.namespace import Findings, NamespaceState
from detector.settings import DetectionSettings

_AT_ONCE = 30
"""Windows that are handed over together: what follows doesn't depend on it."""


def drive(
    world: World,
    days: Days,
    settings: DetectionSettings,
    seed: int,
    part: tuple[int, int] | None = None,
) -> Trial:
    """Learn from the first days, then score the test days window by window; models are trained whenever due.

    `part` is what to score of them, by its first microsecond and its end: then all before it is learned from.
    """
    state = NamespaceState(world.background.namespace, settings)
    catalogue, findings = Catalogue(world, days), Findings()
    span, start = days.span, days.plan.start
    since, until = part or (days.plan.split, days.plan.end)
    first, last = (since - start) // span, (until - start) // span
    catalogue.see(0, first)
    state.learn(days.windows(world, 0, first), catalogue.templates, since)
    state.train(max(start, since - state.schedule.train_span), since)
    for begin in range(first, last, _AT_ONCE):
        end = min(last, begin + _AT_ONCE)
        catalogue.see(begin, end)
        closed = start + end * span
        changes = [change for change in days.changes if start + begin * span <= change.time < closed]
        windows = days.windows(world, begin, end)
        findings.add(state.advance(windows, catalogue.templates, closed, lambda *_: (), changes=changes))
    return _trial(findings, days, (since, until), settings, state.threshold, seed)


def _trial(
    findings: Findings, days: Days, part: tuple[int, int], settings: DetectionSettings, alert: float, seed: int
) -> Trial:
    (since, until), span = part, days.span
    score = np.zeros((until - since) // span)
    for window, value in findings.scores.items():
        score[(window - since) // span] = value
    by_incident: dict[str, list[Anomaly]] = {}
    for anomaly in findings.anomalies:
        if anomaly.incident is not None:
            by_incident.setdefault(anomaly.incident, []).append(anomaly)
    told = tuple(_told(findings.incidents[name], anomalies) for name, anomalies in by_incident.items())
    events = tuple(event for event in days.plan.events if since <= event.begin < until)
    return Trial(OURS, seed, since, span, score, settings.keep_score, alert, told, events)


def _told(incident: Incident, anomalies: list[Anomaly]) -> Told:
    first = incident.reasons[0].workload if incident.reasons else ""
    return Told(tuple(sorted(one.window for one in anomalies)), incident.score, first, incident.summary)
