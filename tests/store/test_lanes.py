"""What the overview is drawn from: the highest score in each column, incidents by namespace."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detector.store.port import PassResult, Store
from tests.store.shop import MINUTE, anomaly, incident, minute, morning

Columns = dict[str, dict[int, float]]
HOUR = 60 * MINUTE


def highest(store: Store, since: int, until: int, step: int, *namespaces: str) -> Columns:
    """By namespace, minutes after seven → score."""
    found = store.highest(minute(since), minute(until), step * MINUTE, namespaces or None)
    return {
        one.namespace: dict(zip(((one.window - minute(0)) // MINUTE).tolist(), one.score.tolist(), strict=True))
        for one in found
    }


def grouped(store: Store, since: int, until: int, step: int) -> Columns:
    """The same, made of every single score."""
    columns: Columns = {}
    for series in store.scores(minute(since), minute(until)):
        own = columns.setdefault(series.namespace, {})
        for window, score in zip(((series.window - minute(0)) // MINUTE).tolist(), series.score.tolist(), strict=True):
            begin = since + (window - since) // step * step
            own[begin] = max(own.get(begin, 0.0), score)
    return columns


def test_each_column_has_the_highest_score_of_its_windows(store: Store) -> None:
    assert highest(store, 0, 10, 5) == {}
    for result in morning():
        store.commit(result)
    assert highest(store, 0, 10, 5) == {"bank": {5: 30.0}, "shop": {0: 80.0, 5: 51.5}}
    assert highest(store, 0, 15, 15) == {"bank": {0: 30.0}, "shop": {0: 80.0}}
    assert highest(store, 5, 9, 3) == {"bank": {8: 30.0}, "shop": {5: 51.5, 8: 12.0}}, "the last is cut off"
    assert highest(store, 5, 8, 3) == {"shop": {5: 51.5}}
    assert highest(store, 3, 3, 1) == {}


def test_of_some_namespaces_no_others_are_looked_at(store: Store) -> None:
    for result in morning():
        store.commit(result)
    assert set(highest(store, 0, 10, 5, "shop", "nowhere")) == {"shop"}
    assert store.highest(minute(0), minute(10), MINUTE, []) == []


@pytest.mark.parametrize("step", [7, 30])
def test_columns_of_any_length_say_the_same_as_single_scores(store: Store, step: int) -> None:
    chance = np.random.default_rng(step)
    many = [
        anomaly(int(at), round(float(chance.uniform(1, 90)), 2), name)
        for name in ("shop", "bank", "mill")
        for at in chance.choice(480, 90, replace=False)
    ]
    store.commit(PassResult(minute(480), anomalies=many))
    assert highest(store, 0, 480, step) == grouped(store, 0, 480, step)
    # Judged again: some are lower now, and some are none.
    store.commit(
        PassResult(
            minute(480),
            anomalies=[replace(one, score=0.5) for one in many[::3]],
            retracted=[one.id for one in many[1::3]],
        )
    )
    assert highest(store, 0, 480, step) == grouped(store, 0, 480, step)
    assert highest(store, 60, 300, step) == grouped(store, 60, 300, step)


def test_what_is_forgotten_is_in_no_column(store: Store) -> None:
    # In Elasticsearch whole days go.
    day = 1_440
    store.commit(
        PassResult(minute(4 * day), anomalies=[anomaly(0, 90.0), anomaly(3 * day, 80.0), anomaly(3 * day + 5, 20.0)])
    )
    store.prune(0, minute(2 * day))
    assert highest(store, 0, 4 * day, day) == {"shop": {3 * day: 80.0}}


def test_incidents_are_counted_by_namespace(store: Store) -> None:
    assert store.incident_counts(minute(0), minute(10)) == []
    for result in morning():
        store.commit(result)
    store.commit(
        PassResult(
            minute(30),
            incidents=[
                incident(20, 22, ongoing=True),
                replace(incident(21, 22), id="part", part_of="whole"),
            ],
        )
    )

    def told(since: int, until: int) -> dict[str, tuple[int, int, int]]:
        found = store.incident_counts(minute(since), minute(until))
        return {one.namespace: (one.incidents, one.open, (one.newest - minute(0)) // MINUTE) for one in found}

    assert told(0, 30) == {"bank": (1, 1, 8), "shop": (2, 1, 20)}
    assert list(told(0, 30)) == ["bank", "shop"]
    assert told(5, 8) == {"shop": (1, 0, 3)}, "it began before the range"
    assert told(6, 8) == {}, "and its end is not in it"
    assert told(9, 20) == {}
    # It is over.
    store.commit(PassResult(minute(31), incidents=[incident(20, 23)]))
    assert told(0, 31)["shop"] == (2, 0, 20)


def test_a_week_of_namespaces_is_more_than_one_answer(store: Store) -> None:
    many = [anomaly(at * 15, 30.0 + at % 7, f"n{name:02}") for name in range(17) for at in range(600)]
    store.commit(PassResult(minute(9_000), anomalies=many))
    found = store.highest(minute(0), minute(9_000), 15 * MINUTE)
    assert {one.namespace: len(one.window) for one in found} == {f"n{name:02}": 600 for name in range(17)}
    assert found == sorted(found, key=lambda one: one.namespace)
