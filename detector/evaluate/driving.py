"""Drives a namespace through planted days as the pipeline would, and keeps what it says."""

from __future__ import annotations

from collections.abc import Callable

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
    on_share: Callable[[float], None] = lambda _: None,
) -> Trial:
    """Learn from the first days, then score the test days window by window; models are trained whenever due."""
    state = NamespaceState(world.background.namespace, settings)
    catalogue, findings = Catalogue(world, days), Findings()
    span, start, total = days.span, days.plan.start, len(days.counts)
    split = (days.plan.split - start) // span
    catalogue.see(0, split)
    state.learn(days.windows(world, 0, split), catalogue.templates, days.plan.split)
    state.train(start, days.plan.split)
    for begin in range(split, total, _AT_ONCE):
        end = min(total, begin + _AT_ONCE)
        catalogue.see(begin, end)
        since, until = start + begin * span, start + end * span
        changes = [change for change in days.changes if since <= change.time < until]
        windows = days.windows(world, begin, end)
        findings.add(state.advance(windows, catalogue.templates, until, lambda *_: (), changes=changes))
        on_share((end - split) / (total - split))
    return _trial(findings, days, settings, state.threshold, seed)


def _trial(findings: Findings, days: Days, settings: DetectionSettings, alert: float, seed: int) -> Trial:
    split, span = days.plan.split, days.span
    score = np.zeros((days.plan.end - split) // span)
    for window, value in findings.scores.items():
        score[(window - split) // span] = value
    by_incident: dict[str, list[Anomaly]] = {}
    for anomaly in findings.anomalies:
        if anomaly.incident is not None:
            by_incident.setdefault(anomaly.incident, []).append(anomaly)
    told = tuple(_told(findings.incidents[name], anomalies) for name, anomalies in by_incident.items())
    events = tuple(days.plan.tested())
    return Trial(OURS, seed, split, span, score, settings.keep_score, alert, told, events)


def _told(incident: Incident, anomalies: list[Anomaly]) -> Told:
    first = incident.reasons[0].workload if incident.reasons else ""
    return Told(tuple(sorted(one.window for one in anomalies)), incident.score, first, incident.summary)
