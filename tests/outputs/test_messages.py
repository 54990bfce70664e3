"""Findings as other programs read them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from detector.findings import Anomaly, Change, ChangeKind, Incident
from detector.outputs import messages
from detector.outputs.messages import LARGEST, messages_of, schema
from detector.store.port import PassResult
from tests.store.shop import anomaly, incident, minute, reason


def told(result: PassResult) -> list[dict[str, Any]]:
    return [json.loads(value) for _, value in messages_of(result)]


def test_an_anomaly_is_told_whole() -> None:
    (message,) = told(PassResult(minute(5), anomalies=[anomaly(3, incident="i1")]))
    (told_reason,) = message.pop("reasons")
    assert len(message.pop("message_id")) == 32
    assert message == {
        "kind": "anomaly",
        "version": 1,
        "revision": minute(5) // 1_000,
        "id": anomaly(3).id,
        "namespace": "shop",
        "start": "2026-11-21T07:03:00Z",
        "end": "2026-11-21T07:04:00Z",
        "score": 80.0,
        "severity": "critical",
        "scores": {"forest": 12.5, "surprise": 80.0},
        "model": "m1",
        "incident": "i1",
        "suppressed_by": None,
        "change": None,
    }
    assert (told_reason["kind"], told_reason["observed"], told_reason["share"]) == ("new", 214, 1.0)
    assert told_reason["samples"] == ["could not connect to db"]


def test_an_incident_is_told_with_what_was_changed_before() -> None:
    change = Change("c1", "shop", "checkout", minute(2), ChangeKind.IMAGE, "checkout:1", "checkout:2")
    (message,) = told(PassResult(minute(6), incidents=[replace(incident(3, 4, ongoing=True), change=change)]))
    assert (message["kind"], message["open"], message["anomalies"]) == ("incident", True, 2)
    assert (message["source"], message["part_of"]) == ("logs", None)
    assert message["summary"].startswith("checkout wrote 214 lines")
    assert message["change"] == {
        "id": "c1",
        "workload": "checkout",
        "kind": "image",
        "time": "2026-11-21T07:02:00Z",
        "before": "checkout:1",
        "after": "checkout:2",
    }


def test_what_is_none_any_more_is_retracted() -> None:
    gone: list[Anomaly | Incident] = [anomaly(3), incident(3, 4)]
    said = told(PassResult(minute(6), withdrawn=gone, retracted=[one.id for one in gone]))
    assert [(one["kind"], one["was"], one["id"], one["namespace"]) for one in said] == [
        ("retracted", "anomaly", gone[0].id, "shop"),
        ("retracted", "incident", gone[1].id, "shop"),
    ]


def test_the_same_message_has_the_same_id_and_a_later_one_another() -> None:
    first, again, later = (told(PassResult(minute(at), incidents=[incident(3, 4)]))[0] for at in (6, 6, 9))
    assert first == again
    assert first["message_id"] != later["message_id"]
    assert first["revision"] < later["revision"]


def test_a_finding_that_changed_has_another() -> None:
    before, after = (told(PassResult(minute(9), incidents=[incident(3, last)]))[0] for last in (4, 5))
    assert before["id"] == after["id"]
    assert before["message_id"] != after["message_id"]


def test_what_is_too_long_goes_without_its_samples() -> None:
    long = replace(reason(), samples=("x" * LARGEST,))
    (message,) = told(PassResult(minute(5), anomalies=[replace(anomaly(3), reasons=(long,))]))
    assert message["reasons"][0]["samples"] == []


def test_broken_characters_are_no_hindrance() -> None:
    broken = replace(reason(), template="a \ud800 b")
    (message,) = told(PassResult(minute(5), anomalies=[replace(anomaly(3), reasons=(broken,))]))
    assert message["reasons"][0]["template"] == "a ? b"


def test_the_schema_in_the_file_is_the_one_in_force() -> None:
    file = Path(messages.__file__).with_name("anomalies-output.schema.json")
    assert file.read_bytes() == schema(), "write it anew: it has to be what detector.outputs.messages.schema gives"
