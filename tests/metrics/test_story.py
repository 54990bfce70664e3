"""Numbers that stand out, told in a sentence, and an incident that grows."""

from __future__ import annotations

from detector.findings import ReasonKind, Source
from detector.metrics.detector import Seen, Verdict
from detector.metrics.story import grown, reason_of
from ingest.prometheus.settings import Query

MINUTE = 60_000_000
START = 1_795_269_720_000_000
"""2026-11-21 14:02 UTC."""
LATENCY = Query("latency", "", "latency", unit="ms")
REQUESTS = Query("requests", "", "requests a minute", direction="both")


def seen(query: Query, observed: float, low: float, high: float, share: float = 1.0) -> Seen:
    return Seen(query, observed > low, observed, low, high, share)


def test_a_number_is_told_with_its_unit_and_what_was_expected() -> None:
    told = grown(None, "shop", START, START + MINUTE, Verdict(60.0, True, (seen(LATENCY, 840.4, 120, 210),)), MINUTE)
    assert told.summary == "shop: latency (ms): 840, 120 to 210 expected, since 2026-11-21 14:02 UTC"
    assert (told.source, told.open, told.anomalies) == (Source.METRICS, True, 1)


def test_nothing_of_what_there_always_was_is_gone() -> None:
    assert reason_of(seen(REQUESTS, 0.0, 40, 60)).kind is ReasonKind.GONE
    assert reason_of(seen(REQUESTS, 3.0, 40, 60)).kind is ReasonKind.FEWER


def test_a_combination_of_usual_numbers_is_told_as_one() -> None:
    both = (seen(REQUESTS, 50, 40, 60, 0.6), seen(LATENCY, 200, 120, 210, 0.4))
    told = grown(None, "shop", START, START + MINUTE, Verdict(60.0, True, both), MINUTE)
    assert told.summary == (
        "shop: an unusual combination of requests a minute and latency (ms), since 2026-11-21 14:02 UTC"
    )


def test_an_incident_keeps_its_worst_moment_of_each_number() -> None:
    first = grown(None, "shop", START, START + MINUTE, Verdict(60.0, True, (seen(LATENCY, 840, 120, 210),)), MINUTE)
    both = (seen(LATENCY, 500, 120, 210, 0.5), seen(REQUESTS, 0, 40, 60, 0.5))
    told = grown(first, "shop", START + MINUTE, START + 3 * MINUTE, Verdict(80.0, True, both), MINUTE)
    assert (told.id, told.score, told.anomalies) == (first.id, 80.0, 3)
    assert [(one.template, one.observed) for one in told.reasons] == [("latency (ms)", 840), ("requests a minute", 0)]
