"""The few forms that figures have, and the bound on how many series there are of each."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

MAX_SERIES = 500
"""Namespaces (or partitions) that get series of their own: a cluster with countless ones doesn't flood Prometheus."""
OTHERS = "(others)"
"""Stands for the rest, by the highest of their figures; no namespace can be called so."""


def bounded(values: Mapping[str, float]) -> dict[str, float]:
    """The first so many by name, and one entry for all others."""
    names = sorted(values)
    kept: dict[str, float] = {name: values[name] for name in names[:MAX_SERIES]}
    if len(names) > MAX_SERIES:
        kept[OTHERS] = max(values[name] for name in names[MAX_SERIES:])
    return kept


def gauge(name: str, text: str, value: float) -> Metric:
    """One figure that goes up and down."""
    return GaugeMetricFamily(f"drainwatch_{name}", text, value)


def gauges(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    """One by value of the label."""
    family = GaugeMetricFamily(f"drainwatch_{name}", text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def counter(name: str, text: str, value: float) -> Metric:
    """One figure that only grows; `_total` is put behind its name."""
    return CounterMetricFamily(f"drainwatch_{name}", text, value)


def counters(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    """One by value of the label."""
    family = CounterMetricFamily(f"drainwatch_{name}", text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
