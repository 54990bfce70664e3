"""A backtest on one's own history: what would have been told of it, held against the incidents that are known.

Everything in the result follows from the counts, the settings and what is known: made twice, it is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from detector.api.times import rfc3339
from detector.errors import UsageError
from detector.feedback import in_hindsight
from detector.findings import Change, Feedback, Incident
from detector.rarity import score_of_budget
from detector.replay import BUDGETS, Hit, Known, Outcome, Replayed, outcome, replay, tells
from detector.settings import DetectionSettings, micros
from detector.store.port import Reader
from detector.vectors import WindowCounts
from parsers.engine import Template

_SECOND = 1_000_000
_DIGITS = 6


class Heard(StrEnum):
    """Which feedback a replay goes by."""

    HINDSIGHT = "hindsight"
    """What is believed now, as if it had been known from the start."""
    THEN = "then"
    """What had been said by then, as it really was."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a namespace's past; times are microseconds UTC."""

    namespace: str
    windows: Sequence[WindowCounts]
    """Oldest first."""
    templates: Mapping[str, Template]
    changes: Sequence[Change] = ()
    feedback: Sequence[Feedback] = ()


@dataclass(frozen=True, slots=True)
class Backtest:
    """What came of it."""

    since: int
    until: int
    settings: DetectionSettings
    heard: Heard
    known: tuple[Known, ...]
    replays: tuple[Replayed, ...]
    """By namespace."""
    total: Outcome
    """At the budget of the settings, all namespaces together."""
    by_namespace: Mapping[str, Outcome]
    """Likewise, each alone; known incidents that name no namespace count in each."""
    curve: tuple[Outcome, ...]
    """At other budgets, the lowest first."""
    at_most: float | None
    """Alerts a day, all namespaces together, that are wanted at most."""

    @property
    def suggested(self) -> Outcome | None:
        """Of the curve the highest budget that keeps to `at_most`; None where none does or nothing was asked."""
        if self.at_most is None:
            return None
        return next((one for one in reversed(self.curve) if one.a_day <= self.at_most), None)

    def false_alarms(self) -> list[Incident]:
        """Incidents that nothing that is known explains, the highest score first."""
        told = [incident for one in self.replays for incident in one.told(self.settings.alert_budget)[1]]
        false = [one for one in told if _is_false(one, self)]
        return sorted(false, key=lambda one: (-one.score, one.start, one.id))


def past_of(reader: Reader, namespace: str, since: int, until: int, settings: DetectionSettings) -> Past:
    """What the store knows: the counts of the time, and of as much before it as a model learns from."""
    begin = since - micros(settings.train_span)
    return Past(
        namespace,
        whole(reader.counts(namespace, begin, until)),
        {one.id: one for one in reader.templates(namespace)},
        reader.changes(namespace, begin, until),
        reader.feedback(namespace),
    )


def whole(windows: Iterable[WindowCounts]) -> list[WindowCounts]:
    """Windows by time; parts of one, as late lines make them, stay parts."""
    return sorted(windows, key=lambda one: one.window)


def backtest(
    pasts: Sequence[Past],
    known: Sequence[Known],
    settings: DetectionSettings,
    since: int,
    until: int,
    *,
    heard: Heard = Heard.HINDSIGHT,
    at_most: float | None = None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Backtest:
    """Judge each past anew from `since` to `until` and compare. `on_progress` is told the microseconds done.

    Raises `UsageError` where there is nothing to judge.
    """
    inside = tuple(one for one in known if one.start < until and one.end > since)
    replays = tuple(_replayed(one, settings, since, until, heard, on_progress) for one in _by_name(pasts))
    if not any(one.judged for one in replays):
        raise UsageError(
            "There is nothing to judge: the counts of that time are too few to learn from.",
            "Ask for a longer time, or read more history (drainwatch backfill, or --logs).",
        )
    budgets = sorted({*BUDGETS, settings.alert_budget})
    return Backtest(
        since,
        until,
        settings,
        heard,
        inside,
        replays,
        outcome(replays, inside, settings.alert_budget),
        {one.namespace: _alone(one, inside, settings.alert_budget) for one in replays},
        tuple(outcome(replays, inside, budget) for budget in budgets),
        at_most,
    )


def as_json(test: Backtest) -> dict[str, Any]:
    """The whole result for programs: times RFC 3339 in UTC, lengths of time in seconds, figures of six decimals."""
    suggested = test.suggested
    return {
        "since": rfc3339(test.since),
        "until": rfc3339(test.until),
        "window_seconds": test.settings.window.total_seconds(),
        "alert_budget": test.settings.alert_budget,
        "feedback": test.heard.value,
        "total": _figures(test.total),
        "namespaces": [{"namespace": name, **_figures(one)} for name, one in sorted(test.by_namespace.items())],
        "incidents": [_incident(hit) for hit in test.total.hits],
        "false_alarms": [
            {
                "namespace": one.namespace,
                "start": rfc3339(one.start),
                "end": rfc3339(one.end),
                "score": round(one.score, 2),
                "summary": one.summary,
            }
            for one in test.false_alarms()
        ],
        "curve": [{"alert_budget": one.budget, "score": _score(one, test), **_figures(one)} for one in test.curve],
        "at_most": test.at_most,
        "suggested_alert_budget": None if suggested is None else suggested.budget,
    }


def _figures(one: Outcome) -> dict[str, Any]:
    return {
        "judged_days": round(one.days, _DIGITS),
        "known": one.known,
        "not_judged": len(one.hits) - one.known,
        "found": one.found,
        "told": one.told,
        "false_alarms": one.false,
        "precision": _rounded(one.precision),
        "recall": _rounded(one.recall),
        "f1": _rounded(one.f1),
        "alerts_a_day": round(one.a_day, _DIGITS),
        "median_delay_seconds": None if one.delay is None else round(one.delay / _SECOND, _DIGITS),
    }


def _incident(hit: Hit) -> dict[str, Any]:
    return {
        "name": hit.known.name,
        "start": rfc3339(hit.known.start),
        "end": rfc3339(hit.known.end),
        "namespace": hit.namespace or hit.known.namespace,
        "workload": hit.known.workload,
        "judged": hit.judged,
        "found": hit.incident is not None,
        "delay_seconds": None if hit.delay is None else round(hit.delay / _SECOND, _DIGITS),
    }


def _score(one: Outcome, test: Backtest) -> float:
    return round(score_of_budget(one.budget, micros(test.settings.window)), 2)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)


def _by_name(pasts: Sequence[Past]) -> list[Past]:
    return sorted(pasts, key=lambda one: one.namespace)


def _replayed(
    past: Past,
    settings: DetectionSettings,
    since: int,
    until: int,
    heard: Heard,
    on_progress: Callable[[int], None],
) -> Replayed:
    feedback: Sequence[Feedback] = past.feedback if heard is Heard.THEN else ()
    if heard is Heard.HINDSIGHT:
        feedback = in_hindsight(past.feedback)
    return replay(
        past.namespace,
        past.windows,
        past.templates,
        settings,
        since,
        until,
        changes=past.changes,
        feedback=feedback,
        on_progress=on_progress,
    )


def _alone(one: Replayed, known: Sequence[Known], budget: float) -> Outcome:
    own = [incident for incident in known if incident.namespace in ("", one.namespace)]
    return outcome([one], own, budget)


def _is_false(incident: Incident, test: Backtest) -> bool:
    gap = next(one.gap for one in test.replays if one.namespace == incident.namespace)
    return not any(tells(incident, one, gap) for one in test.known)
