"""What the overview is drawn from: the highest score in each column, incidents by namespace."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detector.store.port import PassResult, Store
from tests.store.alerts import alert
from tests.store.shop import MINUTE, anomaly, incident, minute, morning, status

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


def test_all_namespaces_are_known_by_name_also_those_of_incidents_and_alerts_alone(store: Store) -> None:
    assert store.namespaces() == []
    store.commit(PassResult(minute(3), statuses=[status("shop"), status("bank")]))
    store.commit(PassResult(None, incidents=[incident(1, 2, namespace="mill")], alerts=[alert(1, "pump", "shop")]))
    assert store.namespaces() == ["bank", "mill", "pump", "shop"]


def test_of_some_namespaces_are_shown_only_what_is_theirs(store: Store) -> None:
    for result in morning():
        store.commit(result)
    both = alert(4, "shop", "bank")
    store.commit(PassResult(None, alerts=[alert(2), alert(3, "bank"), both]))

    def found(*names: str, namespace: str | None = None) -> list[object]:
        pages = (
            store.anomalies(namespace, namespaces=names),
            store.incidents(namespace, namespaces=names),
            store.alerts(namespace, namespaces=names),
        )
        return [[one.id for one in page.items] for page in pages]

    assert found("bank", "nowhere") == [
        [anomaly(8, namespace="bank").id],
        [incident(8, 8, namespace="bank").id],
        [both.id, alert(3, "bank").id],
    ]
    assert found("shop", "bank") == found("shop", "bank", "it's [odd]*?")
    assert len(found("shop", "bank")[0]) == 5  # type: ignore[arg-type]
    assert found() == [[], [], []], "none named is none, not all"
    assert found("bank", namespace="shop") == [[], [], []], "both have to hold"
    assert found("bank", "shop", namespace="bank") == found("bank")
    assert [one.id for one in store.templates(namespaces=["bank"])] == ["login"]
    assert store.templates(namespaces=[]) == store.templates("shop", ["bank"]) == []
    assert [one.namespace for one in store.scores(minute(0), minute(10), namespaces=["bank"])] == ["bank"]
    assert [one.namespace for one in store.incident_counts(minute(0), minute(10), ["bank"])] == ["bank"]
    assert store.incident_counts(minute(0), minute(10), []) == []


def test_pages_of_some_namespaces_are_full_and_follow_each_other(store: Store) -> None:
    names = ("shop", "bank", "mill")
    store.commit(
        PassResult(
            minute(90),
            anomalies=[anomaly(at, 30.0, names[at % 3]) for at in range(60)],
            incidents=[incident(at, at, 30.0, names[at % 3]) for at in range(60)],
            alerts=[alert(at, names[at % 3], names[(at + 1) % 3]) for at in range(60)],
        )
    )
    for ask in (store.anomalies, store.incidents, store.alerts):
        found: list[object] = []
        cursor: str | None = None
        while True:
            page = ask(cursor=cursor, limit=7, namespaces=["shop", "mill"])
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
            assert len(page.items) == 7
        assert found == [one for one in ask(limit=1_000).items if {"shop", "mill"} & set(_names(one))]
        assert ask(cursor=None, limit=1_000, namespaces=names) == ask(limit=1_000)


def _names(one: object) -> tuple[str, ...]:
    return getattr(one, "namespaces", ()) or (one.namespace,)  # type: ignore[attr-defined]
