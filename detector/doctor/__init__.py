"""Looks whether everything that drainwatch needs of its servers is there, and says how to mend what isn't."""

from __future__ import annotations

from detector.doctor import (
    alerts,
    certificate_files,
    engine,
    kafka,
    logs,
    own_certificate,
    prometheus,
    provider,
    reaching,
    results,
    watches,
)
from detector.doctor.check import Check as Check
from detector.doctor.check import State as State
from detector.doctor.check import ok, skipped
from detector.doctor.facts import Facts as Facts


def diagnose(facts: Facts) -> list[Check]:
    """All checks, in the order in which things depend on each other."""
    if not facts.configured.uses_cluster:
        return [
            ok(
                "settings", f"logs from {'Kafka' if facts.configured.source == 'kafka' else 'files'}, results in a file"
            ),
            skipped(
                "cluster",
                "none is used: neither ingest.source nor store.kind is elasticsearch",
                "If one should be, set them in drainwatch.toml; docs/elasticsearch.md tells how.",
            ),
            *kafka.judge(facts.kafka),
            *prometheus.judge(facts.prometheus),
            *logs.behind(facts),
            *results.lost(facts),
            *alerts.judge(facts),
            *own_certificate.judge(facts),
            *certificate_files.judge(facts),
            *provider.judge(facts),
            engine.judge(facts),
        ]
    checks = list(reaching.judge(facts))
    if any(host.error is None for host in facts.hosts):
        checks += [
            *logs.judge(facts),
            *results.judge(facts),
            *watches.judge(facts),
            *logs.behind(facts),
            *results.lost(facts),
        ]
    beside = (*kafka.judge(facts.kafka), *prometheus.judge(facts.prometheus), *alerts.judge(facts))
    own = (*own_certificate.judge(facts), *certificate_files.judge(facts), *provider.judge(facts))
    return [*checks, *beside, *own, engine.judge(facts)]
