"""From what is due to the notice that says it: titles, reasons with what was expected, lines, links."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from detector.alert import Alert, AlertKind, Event
from detector.alerts.deciding import Message
from detector.alerts.grouping import summary, title
from detector.alerts.links import alert_page, discover, incident_api, incident_page
from detector.alerts.notice import IncidentNotice, Notice, ReasonNotice
from detector.findings import Incident, Reason, finding_id
from detector.incidents import describe
from detector.moments import moment
from detector.settings.alerts import AlertSettings

_INCIDENTS = 10
"""Of a message; the others are counted."""
_TITLES = {
    AlertKind.NO_LINES: "No lines arrive any more",
    AlertKind.BEHIND: "Detection is behind",
    AlertKind.FAILING: "Detection fails again and again",
}
_MENDED = {
    AlertKind.NO_LINES: "Lines come again.",
    AlertKind.BEHIND: "Windows are judged in time again.",
    AlertKind.FAILING: "Passes succeed again.",
}

Parts = Callable[[Incident], Sequence[Incident]]
"""The incidents that are a part of one: what is seen in metrics at the same time."""


def notice_of(alert: Alert, message: Message, settings: AlertSettings, parts: Parts, now: int) -> Notice:
    """The notice, whole in itself; `now` is when it was decided (microseconds UTC)."""
    about = [one for one in message.incidents if one.namespace]
    shown = about[:_INCIDENTS]
    going_on = {one.namespace for one in about if one.open}
    plain = alert.kind is not AlertKind.INCIDENT
    said = summary(about) or alert.summary
    if plain and message.event is Event.RESOLVED:
        said = _MENDED[alert.kind]
    return Notice(
        id=notice_id(alert, message, now),
        event=message.event,
        alert=alert.id,
        kind=alert.kind,
        severity=message.severity,
        score=_score(message, about, [part for one in shown for part in parts(one)], alert.score),
        title=_TITLES[alert.kind] if plain else title(about) if about else alert.summary,
        summary=" ".join(filter(None, (said, message.note))),
        start=moment(min((one.start for one in about), default=alert.start)),
        end=moment(max((one.end for one in about), default=alert.end)),
        decided=moment(now),
        namespaces=tuple(dict.fromkeys(one.namespace for one in about)),
        over=tuple(dict.fromkeys(one.namespace for one in about if one.namespace not in going_on)),
        incidents=tuple(_incident(one, settings, parts) for one in shown),
        more=len(about) - len(shown),
        before=message.before,
        page=alert_page(settings.page, alert.id),
        note=message.note,
    )


def _score(message: Message, about: Sequence[Incident], parts: Sequence[Incident], otherwise: float) -> float:
    """The highest, as bad as is told: an alert of metrics is no less so once the logs tell of it, more mildly."""
    fitting = [one.score for one in (*about, *parts) if one.severity is message.severity]
    return max(fitting or [one.score for one in about], default=otherwise)


def notice_id(alert: Alert, message: Message, now: int) -> str:
    """The same for the same message, however often it is decided.

    Only that something goes on, or has spread, is said more than once of an alert and band.
    """
    when = now if message.event in (Event.FIRING, Event.SPREAD) else 0
    return finding_id("notice", alert.id, message.channel, message.event, message.severity, when)


def _incident(one: Incident, settings: AlertSettings, parts: Parts) -> IncidentNotice:
    return IncidentNotice(
        id=one.id,
        namespace=one.namespace,
        severity=one.severity,
        score=one.score,
        start=moment(one.start),
        end=moment(one.end),
        summary=one.summary,
        reasons=tuple(
            reason_notice(reason, settings.samples) for reason in _reasons(one, parts(one), settings.reasons)
        ),
        source=one.source,
        change=describe(one.change) if one.change else "",
        page=incident_page(settings.page, one.id),
        api=incident_api(settings.page, one.id),
        kibana=discover(settings.kibana, settings.kibana_data_view, one),
        open=one.open,
    )


def _reasons(one: Incident, parts: Sequence[Incident], most: int) -> list[Reason]:
    """The weightiest of the incident; the last of them gives way to the weightiest in metrics at the same time."""
    measured = [reason for part in parts for reason in part.reasons]
    return [*one.reasons[: most - 1], measured[0]] if measured and most > 1 else list(one.reasons[:most])


def reason_notice(reason: Reason, samples: int) -> ReasonNotice:
    """A reason as messages say it, with so many of its lines at most."""
    return ReasonNotice(
        text=reason.template,
        workload=reason.workload,
        level=reason.level,
        kind=reason.kind,
        observed=reason.observed,
        expected_low=reason.expected_low,
        expected_high=reason.expected_high,
        windows=reason.windows,
        template_id=reason.template_id,
        samples=reason.samples[:samples],
    )
