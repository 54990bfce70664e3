"""Judges Prometheus: whether it answers, and what each query gives."""

from __future__ import annotations

from collections.abc import Iterator

from detector.doctor.check import Check, failed, listed, ok, skipped, warning
from detector.doctor.prometheus_look import PrometheusFacts


def judge(facts: PrometheusFacts | None) -> Iterator[Check]:
    """All of them, where a Prometheus is named."""
    if facts is None:
        return
    if facts.unusable is not None:
        yield failed("Prometheus settings", facts.unusable.problem, facts.unusable.advice)
        return
    if facts.away is not None:
        yield failed("reach Prometheus", facts.away.problem, facts.away.advice)
        return
    yield ok("reach Prometheus", f"{facts.url} answers {facts.asks}")
    for one in facts.answers:
        name = f"query {one.query}"
        if one.problem:
            yield failed(name, one.problem, f"Set prometheus.queries.{one.query}; docs/prometheus.md tells how.")
        elif one.namespaces:
            yield ok(name, f"{len(one.namespaces)} namespaces: {listed(list(one.namespaces))}")
        else:
            yield skipped(name, "gives nothing: what it asks for is not measured here")
    if not any(one.namespaces for one in facts.answers):
        yield warning(
            "metrics",
            "no query gives anything, so no metrics are looked at",
            "Name others in prometheus.presets or prometheus.queries; docs/prometheus.md tells how.",
        )
