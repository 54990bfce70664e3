"""What Prometheus is told of each namespace."""

from __future__ import annotations

from dataclasses import replace

from starlette.testclient import TestClient

from detector.findings import Cause, Drift
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore
from tests.api.metrics.test_measured import values
from tests.store.shop import minute, status


def test_the_furthest_drift_that_a_model_was_made_for(empty: TestClient, store: SqliteStore) -> None:
    usual, learning = status("shop"), status("bank", learning_until=60)
    assert usual.model is not None
    drift = (Drift("paid", "checkout", 0.81, 1e-9), Drift("sent", "mailer", 0.94, 1e-9))
    card = replace(usual.model, version="2", namespace="media", cause=Cause.DRIFT, drift=drift)
    drifted = replace(status("media"), model=card)
    store.commit(PassResult(minute(10), statuses=[usual, learning, drifted]))
    found = values(empty.get("/metrics").text, "drainwatch_drift_statistic")
    assert found == {("shop",): 0.0, ("media",): 0.94}, "what is still learned has none"


def test_a_namespace_that_was_given_up_has_no_score_any_more(empty: TestClient, store: SqliteStore) -> None:
    alive, given_up = status("shop", last=9, score=12.0), status("gone", last=7, score=100.0)
    store.commit(PassResult(minute(10), statuses=[alive, given_up]))
    assert values(empty.get("/metrics").text, "drainwatch_anomaly_score") == {("shop",): 12.0}


def test_when_each_last_logged(empty: TestClient, store: SqliteStore) -> None:
    known, unknown = replace(status("shop"), last_line=minute(7)), status("bank")
    store.commit(PassResult(minute(10), statuses=[known, unknown]))
    found = values(empty.get("/metrics").text, "drainwatch_last_line_timestamp_seconds")
    assert found == {("shop",): minute(7) / 1e6}
