"""Lines that are kept as they were written are masked once their time is over, in every store and in each finding."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from detector.findings import Anomaly, Incident
from detector.samples import Finding, marked
from detector.store.port import PassResult, Store
from parsers.redaction import redact
from tests.store.shop import anomaly, incident, minute

RAW, MASKED = "login of ann@example.org", "login of <EMAIL>"


def masking(texts: Iterable[str]) -> list[str]:
    return [redact(text) for text in texts]


def shown(finding: Anomaly | Incident | None) -> list[str]:
    assert finding is not None
    return [line for reason in finding.reasons for line in reason.samples]


def with_lines(finding: Finding, *lines: str) -> Finding:
    first, *rest = finding.reasons
    return marked(replace(finding, reasons=(replace(first, samples=lines), *rest)), masking)


def test_only_what_is_old_enough_is_masked_and_nothing_else_of_it_changes(store: Store) -> None:
    old, new = with_lines(anomaly(1), RAW, "nobody"), with_lines(anomaly(9), RAW)
    story, later = with_lines(incident(1, 3), RAW), with_lines(incident(9, 12), RAW)
    plain = with_lines(anomaly(2), "nobody")
    store.commit(PassResult(minute(20), anomalies=[old, new, plain], incidents=[story, later]))

    assert store.mask_samples(minute(5), masking) == 2
    assert store.mask_samples(minute(5), masking) == 0

    assert shown(store.anomaly(old.id))[:2] == [MASKED, "nobody"]
    assert shown(store.incident(story.id))[:1] == [MASKED]
    assert shown(store.anomaly(new.id))[:1] == [RAW]
    assert shown(store.incident(later.id))[:1] == [RAW]
    assert store.anomaly(old.id) == marked(with_lines(anomaly(1), MASKED, "nobody"), masking)
    assert store.anomaly(plain.id) == plain

    assert store.mask_samples(minute(20), masking) == 2
    assert shown(store.anomaly(new.id))[:1] == [MASKED]


def test_what_is_written_again_with_raw_lines_is_masked_again(store: Store) -> None:
    story = with_lines(incident(1, 3), RAW)
    for until in (5, 6):
        store.commit(PassResult(minute(until), incidents=[story]))
        assert store.mask_samples(minute(5), masking) == 1
        assert shown(store.incident(story.id))[:1] == [MASKED]
