"""What of each thing somebody may see who doesn't see everything. Pure.

Events of Falco and Kubernetes are logged in one namespace and tell of others: their workload is `payments/ledger`. Such
a part of an incident, template or model is seen by who may read that namespace as well. A workload of another kind
whose name has a slash is hidden like one, for who doesn't see all: nobody can tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from detector.access.principal import Principal
from detector.alert import Alert, Event, ToldTo
from detector.alerts.grouping import members, named, summary
from detector.alerts.routing import rank
from detector.findings import (
    Anomaly,
    Change,
    Deployed,
    Feedback,
    Incident,
    ModelCard,
    NamespaceStatus,
    Reason,
    Severity,
)
from detector.incidents import summarise
from parsers.engine import Template

_NOT_SEEN = "who may read all of it sees why"
_FOR_OTHERS = (Event.WORSENED, Event.SPREAD)
"""What may be so for a namespace that isn't seen."""


def is_elsewhere(who: Principal, workload: str) -> bool:
    """Whether a workload is one of another namespace, which they may not read."""
    namespace, slash, _ = workload.partition("/")
    return bool(slash and namespace) and not who.sees(namespace)


def is_template_seen(who: Principal, template: Template) -> bool:
    """Whether it is theirs to see."""
    return who.sees(template.namespace) and not is_elsewhere(who, template.workload)


def is_change_seen(who: Principal, change: Change) -> bool:
    """Likewise."""
    return who.sees(change.namespace) and not is_elsewhere(who, change.workload)


def reasons_seen(who: Principal, reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """Without those that happened elsewhere."""
    return tuple(one for one in reasons if not is_elsewhere(who, one.workload))


def anomaly_seen(who: Principal, anomaly: Anomaly) -> Anomaly:
    """An anomaly of a namespace that is theirs."""
    return replace(anomaly, reasons=reasons_seen(who, anomaly.reasons), change=_change(who, anomaly.change))


def incident_seen(who: Principal, incident: Incident) -> Incident:
    """An incident of a namespace that is theirs; its sentence is made anew where it told of something else."""
    reasons, change = reasons_seen(who, incident.reasons), _change(who, incident.change)
    if (reasons, change) == (incident.reasons, incident.change):
        return incident
    told = summarise(incident.namespace, incident.start, reasons, change)
    return replace(incident, reasons=reasons, change=change, summary=told)


def status_seen(who: Principal, status: NamespaceStatus) -> NamespaceStatus:
    """The status of a namespace that is theirs."""
    # Advice begins with the workload that it is about.
    unwell = tuple(one for one in status.unwell if not is_elsewhere(who, one.partition(": ")[0]))
    return replace(status, unwell=unwell, model=None if status.model is None else card_seen(who, status.model))


def card_seen(who: Principal, card: ModelCard) -> ModelCard:
    """The card of a model of a namespace that is theirs."""
    drift = (one for one in card.drift if not is_elsewhere(who, one.workload) and not is_elsewhere(who, one.what))
    return replace(card, drift=tuple(drift))


def deployed_seen(who: Principal, deployed: Deployed) -> Deployed:
    """What runs in a namespace that is theirs."""
    return replace(deployed, workloads=tuple(one for one in deployed.workloads if not is_elsewhere(who, one.name)))


def feedback_seen(who: Principal, words: Iterable[Feedback]) -> list[Feedback]:
    """What was said of namespaces that are theirs."""
    return [
        replace(one, like=reasons_seen(who, one.like))
        for one in words
        if who.sees(one.namespace) and not is_elsewhere(who, one.workload)
    ]


def is_alert_seen(who: Principal, alert: Alert) -> bool:
    """Whether something in it is theirs to see; what is about drainwatch itself is for who sees everything."""
    return any(map(who.sees, alert.namespaces))


def is_alert_whole(who: Principal, alert: Alert) -> bool:
    """Whether nothing in it can be of others: neither its namespaces, nor a workload elsewhere in its sentence."""
    named_in_it = {*alert.namespaces, *(name for told in alert.told for name in told.namespaces)}
    return all(map(who.sees, named_in_it)) and "/" not in alert.summary


def alert_seen(who: Principal, alert: Alert, incidents: Mapping[str, Incident]) -> Alert:
    """Of an alert what is theirs to see, as if nothing else was in it.

    `incidents` are those of its incidents, by id, that are theirs and still there, as they may see them. Its id and
    when it was opened, changed and resolved stay: they are the same alert's for all.
    """
    own = members(alert, incidents)
    names = tuple(filter(who.sees, alert.namespaces))
    score = max((one.score for one in own), default=0.0)
    return replace(
        alert,
        namespaces=names,
        incidents=tuple(one for one in alert.incidents if one in incidents),
        start=min((one.start for one in own), default=alert.opened),
        end=max((one.end for one in own), default=alert.opened),
        score=score,
        summary=summary(own) or f"{named(names)}: its incidents aren't kept any more",
        told=tuple(_told(who, one, Severity.of(score)) for one in alert.told if any(map(who.sees, one.namespaces))),
        quiet=_NOT_SEEN if alert.quiet else "",
    )


def _told(who: Principal, told: ToldTo, most: Severity) -> ToldTo:
    return replace(
        told,
        event=Event.FIRING if told.event in _FOR_OTHERS else told.event,
        severity=min(told.severity, most, key=rank),
        namespaces=tuple(filter(who.sees, told.namespaces)),
    )


def _change(who: Principal, change: Change | None) -> Change | None:
    return change if change is not None and is_change_seen(who, change) else None
