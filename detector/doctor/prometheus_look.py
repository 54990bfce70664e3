"""Looks at Prometheus: whether it answers, and what each query gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from detector.connecting import prometheus_connection_of
from detector.errors import DrainwatchError
from detector.settings import PrometheusSettings, Settings, micros

_PATIENT = 5.0
"""Seconds that one query of the doctor's may take."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something can't be looked at."""

    problem: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What one query gives just now."""

    query: str
    namespaces: Sequence[str] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PrometheusFacts:
    """All that was seen."""

    url: str
    asks: str
    """Who asks."""
    unusable: Problem | None = None
    """Why the settings can't be used."""
    away: Problem | None = None
    """Why it doesn't answer."""
    answers: Sequence[Answered] = ()


def look(settings: Settings, clock: Callable[[], int]) -> PrometheusFacts | None:
    """Ask each query once; None where no Prometheus is named. `clock` gives microseconds UTC."""
    section = settings.prometheus
    if not section.url:
        return None
    asks = _who(section)
    try:
        connection = prometheus_connection_of(settings)
    except DrainwatchError as error:
        return PrometheusFacts(section.url, asks, unusable=Problem(error.problem, error.advice))
    from ingest.prometheus.client import Prometheus
    from ingest.prometheus.series import SECOND, read

    hasty = replace(connection, timeout=min(connection.timeout, _PATIENT), patience=0.0)
    at = (clock() - micros(section.delay)) // SECOND * SECOND
    try:
        with Prometheus(hasty) as client:
            client.instant("vector(1)", at // SECOND)
            seen = [(query.name, read(client, [query], at, at, SECOND)) for query in section.asked]
    except DrainwatchError as error:
        return PrometheusFacts(section.url, asks, away=Problem(error.problem, error.advice))
    answers = [Answered(name, one.namespaces, " ".join(one.problems)) for name, one in seen]
    return PrometheusFacts(section.url, asks, answers=answers)


def _who(section: PrometheusSettings) -> str:
    if section.username:
        return f"the user {section.username}"
    token = section.bearer_token_file is not None or bool(section.bearer_token.get_secret_value())
    return "whoever holds the bearer token" if token else "without asking who we are"
