"""What stands in the indices: the fields that Kibana and other people's queries go by, and nothing lost on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from detector.findings import Anomaly, Incident, Reason, ReasonKind, finding_id
from detector.store.elasticsearch.documents import (
    TemplateDocument,
    added,
    counts_document,
    counts_of,
    encode,
    template_document,
    template_of,
)
from detector.store.elasticsearch.findings import (
    AnomalyDocument,
    IncidentDocument,
    anomaly_document,
    anomaly_of,
    incident_document,
    incident_of,
)
from detector.store.elasticsearch.names import Names, counts_id, day_of, document_id
from detector.store.elasticsearch.state import state_operations
from detector.store.port import PassResult, WindowCounts
from parsers.engine import Template
from tests.store.shop import MINUTE, SEVEN, anomaly, counts, incident, minute, template

Document = TypeVar("Document", bound=Struct)

TIMES = st.integers(0, 4_000_000_000_000_000)
"""Microseconds UTC, to the year 2096."""
TEXTS = st.text(max_size=20)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
REASONS = st.builds(
    Reason,
    template_id=TEXTS,
    template=TEXTS,
    workload=TEXTS,
    level=TEXTS,
    kind=st.sampled_from(ReasonKind),
    observed=st.integers(0, 2**62),
    expected_low=NUMBERS,
    expected_high=NUMBERS,
    windows=st.integers(1, 99),
    share=NUMBERS,
    first_seen=st.none() | TIMES,
    samples=st.lists(TEXTS, max_size=3).map(tuple),
)


def stored(document: Document) -> Document:
    """The document after it was JSON."""
    return msgspec.json.decode(encode(document), type=type(document))


@given(
    st.builds(
        Anomaly,
        id=TEXTS,
        namespace=TEXTS,
        window=TIMES,
        span=st.integers(1, 10**10),
        score=NUMBERS,
        scores=st.dictionaries(TEXTS, NUMBERS, max_size=3),
        reasons=st.lists(REASONS, max_size=3).map(tuple),
        model=TEXTS,
        incident=st.none() | TEXTS,
        change=st.none(),
        suppressed_by=st.none() | TEXTS,
    )
)
def test_an_anomaly_is_the_same_after_it_was_a_document(one: Anomaly) -> None:
    document: AnomalyDocument = stored(anomaly_document(one, 0))
    assert anomaly_of(document) == one


@given(
    st.builds(
        Incident,
        id=TEXTS,
        namespace=TEXTS,
        start=TIMES,
        end=TIMES,
        score=NUMBERS,
        reasons=st.lists(REASONS, max_size=3).map(tuple),
        anomalies=st.integers(1, 9_999),
        open=st.booleans(),
        summary=TEXTS,
    )
)
def test_an_incident_is_the_same_after_it_was_a_document(one: Incident) -> None:
    document: IncidentDocument = stored(incident_document(one, 0))
    assert incident_of(document) == one


@given(
    st.builds(
        Template,
        id=TEXTS,
        namespace=TEXTS,
        workload=TEXTS,
        text=TEXTS,
        level=TEXTS,
        first_seen=TIMES,
        last_seen=TIMES,
        count=st.integers(0, 2**62),
        example=TEXTS,
    )
)
def test_a_template_is_the_same_after_it_was_a_document(one: Template) -> None:
    document: TemplateDocument = stored(template_document(one))
    assert template_of(document) == one


def test_an_anomaly_as_others_read_it() -> None:
    assert msgspec.json.decode(encode(anomaly_document(anomaly(3, 80.0, incident="i1"), minute(5) + 250))) == {
        "@timestamp": "2026-11-21T07:03:00Z",
        "message": "shop: 214 × “could not connect to <HOST>” in checkout, never seen before,"
        " since 2026-11-21 07:03 UTC",
        "event": {
            "id": anomaly(3).id,
            "kind": "alert",
            "dataset": "drainwatch.anomaly",
            "start": "2026-11-21T07:03:00Z",
            "end": "2026-11-21T07:04:00Z",
            "duration": 60_000_000_000,
            "reason": "shop: 214 × “could not connect to <HOST>” in checkout, never seen before,"
            " since 2026-11-21 07:03 UTC",
            "risk_score": 80.0,
            "severity": 75,
            "created": "2026-11-21T07:05:00.000250Z",
        },
        "kubernetes": {"namespace": "shop"},
        "drainwatch": {
            "score": 80.0,
            "severity": "critical",
            "scores": {"forest": 12.5, "surprise": 80.0},
            "span": MINUTE,
            "model": "m1",
            "incident": "i1",
            "reasons": [
                {
                    "template": {"id": "refused", "text": "could not connect to <HOST>"},
                    "workload": "checkout",
                    "level": "error",
                    "kind": "new",
                    "observed": 214,
                    "expected": {"low": 0.0, "high": 0.0},
                    "windows": 1,
                    "share": 1.0,
                    "first_seen": "2026-11-21T07:00:00Z",
                    "samples": ["could not connect to db"],
                    "raw": False,
                }
            ],
            "raw": False,
        },
    }


def test_an_incident_as_others_read_it() -> None:
    document = msgspec.json.decode(encode(incident_document(incident(3, 5, ongoing=True), minute(6))))
    assert document["event"]["start"] == document["@timestamp"] == "2026-11-21T07:03:00Z"
    assert document["event"]["end"] == "2026-11-21T07:06:00Z"
    assert document["event"]["duration"] == 180_000_000_000
    assert document["event"]["reason"] == document["message"] == incident(3, 5).summary
    assert document["drainwatch"]["open"] is True
    assert document["drainwatch"]["anomalies"] == 3


def test_counts_as_others_read_them() -> None:
    known = {
        "paid": template("paid"),
        "slow": replace(template("slow"), level="warning", first_seen=minute(3) + 1),
        "dead": replace(template("dead"), level="critical"),
        "bad": replace(template("bad"), level="error"),
    }
    window = counts(3, paid=5, slow=2, dead=1, bad=3)
    assert msgspec.json.decode(encode(counts_document(window, known))) == {
        "@timestamp": "2026-11-21T07:03:00Z",
        "event": {"kind": "metric", "dataset": "drainwatch.counts"},
        "kubernetes": {"namespace": "shop"},
        "drainwatch": {"lines": 11, "templates": 4, "errors": 4, "warnings": 2, "new": 1},
        "template": {"id": ["bad", "dead", "paid", "slow"], "count": [3, 1, 5, 2]},
    }


@pytest.mark.parametrize(
    ("until", "time"),
    [(minute(3), "2026-11-21T07:03:00Z"), (253_402_300_800_000_000, "9999-12-31T23:59:59.999999Z")],
)
def test_others_see_up_to_when_windows_are_closed(until: int, time: str) -> None:
    (fact,) = state_operations("watch-state", PassResult(closed_until=until))
    document = msgspec.json.decode(fact.body)
    assert document["@timestamp"] == time, "what a watch goes by to see whether drainwatch is silent"
    assert document["drainwatch"] == {"kind": "fact", "key": "closed-until", "body": {"value": until}}


def test_levels_that_are_not_known_are_not_guessed() -> None:
    totals = msgspec.json.decode(encode(counts_document(counts(3, paid=5, sent=1), {"paid": template("paid")})))
    assert totals["drainwatch"] == {"lines": 6, "templates": 2}


def test_late_counts_are_added_template_by_template() -> None:
    known = {name: replace(template(name), level="error", first_seen=minute(3)) for name in ("paid", "sent")}
    both = added(counts_document(counts(3, paid=5), known), counts(3, paid=1, sent=2), known)
    whole = counts_document(counts(3, paid=6, sent=2), known)
    assert (both.template, both.drainwatch) == (whole.template, whole.drainwatch)
    unknown = added(counts_document(counts(3, paid=5), known), counts(3, sent=1), {})
    assert (unknown.drainwatch.lines, unknown.drainwatch.errors, unknown.drainwatch.new) == (6, None, None)


def test_counts_of_the_same_template_are_one() -> None:
    twice = WindowCounts("shop", SEVEN, ("b", "a", "b"), np.array([1, 2, 3]))
    found = counts_of(stored(counts_document(twice, {})))
    assert (found.templates, found.counts.tolist()) == (("a", "b"), [2, 4])


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_json_lacks_are_refused(number: float) -> None:
    for wrong in (
        replace(anomaly(0), score=number),
        replace(anomaly(0), scores={"forest": number}),
        replace(anomaly(0), reasons=(replace(anomaly(0).reasons[0], share=number),)),
    ):
        with pytest.raises(ValueError, match="infinite"):
            anomaly_document(wrong, 0)


def test_documents_lie_in_the_index_of_their_day() -> None:
    names = Names("dw")
    assert names.counts_of(SEVEN) == "dw-counts-2026.11.21"
    assert names.anomalies_of(minute(17 * 60) - 1) == "dw-anomalies-2026.11.21"
    assert names.incidents_of(minute(17 * 60)) == "dw-incidents-2026.11.22"
    assert day_of("dw-counts-2026.11.22") == (minute(17 * 60), minute(41 * 60))
    assert day_of("dw-counts-reindexed") is None


def test_ids_are_kept_where_they_can_be_ids_and_digested_where_not() -> None:
    assert document_id(anomaly(3).id) == anomaly(3).id
    for odd in ("", "a/b", "_x", "é", "x" * 600, "\ud800"):
        assert len(document_id(odd)) == 16
    assert counts_id("a", 1) != counts_id("b", 1) != counts_id("b", 2)
    assert counts_id("\ud800", 1) == counts_id("?", 1)
    assert counts_id("a", 1) == finding_id("counts", "a", 1)
