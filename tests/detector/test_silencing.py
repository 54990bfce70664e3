"""Silences: made for a time, prolonged, ended; what can't be is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from detector.alert import Silence
from detector.errors import UsageError
from detector.saying import UnknownError
from detector.silencing import (
    LONGEST,
    MOST,
    SilenceWish,
    covers,
    end,
    find,
    in_force,
    in_force_or_to_come,
    silence,
    subjects,
)
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore, open_store
from tests.store.shop import incident, minute, morning

NOW, LATER = minute(10), minute(130)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = open_store(tmp_path / "s.sqlite")
    for result in morning():
        made.commit(result)
    yield made
    made.close()


def quieten(store: SqliteStore, now: int = NOW, **wish: Any) -> Silence:
    return silence(store, store.say, SilenceWish(**{"namespace": "shop", "until": LATER, **wish}), now)


def test_a_silence_holds_from_now_until_its_end(store: SqliteStore) -> None:
    made = quieten(store, author="Kim", note="migration")
    assert store.silences() == [made]
    assert (made.namespace, made.since, made.until, made.created) == ("shop", NOW, LATER, NOW)
    assert (made.author, made.note) == ("Kim", "migration")
    assert [made.holds(at) for at in (NOW - 1, NOW, LATER - 1, LATER)] == [False, True, True, False]
    assert in_force(store.silences(), LATER) == []


def test_said_again_it_is_prolonged_and_what_was_said_before_stays(store: SqliteStore) -> None:
    first = quieten(store, author="Kim")
    again = quieten(store, NOW + 1, author="Robin", until=LATER + 1)
    assert in_force(store.silences(), NOW + 1) == [again]
    assert store.silences() == [replace(first, withdrawn=NOW + 1), again]
    assert quieten(store, NOW + 2, author="Robin", until=LATER + 1) == again, "the very same changes nothing"
    assert len(store.silences()) == 2


def test_one_that_is_to_come_stands_beside_what_is_in_force(store: SqliteStore) -> None:
    held = quieten(store)
    soon = quieten(store, NOW + 1, since=LATER + 10, until=LATER + 20)
    assert (soon.since, soon.until, soon.created) == (LATER + 10, LATER + 20, NOW + 1)
    assert in_force(store.silences(), NOW + 1) == [held]
    assert in_force_or_to_come(store.silences(), NOW + 1) == [held, soon]
    assert in_force(store.silences(), LATER + 10) == [soon]


def test_said_again_one_that_is_to_come_is_moved_and_another_time_stands_beside_it(store: SqliteStore) -> None:
    first = quieten(store, since=NOW + 10, until=NOW + 20)
    assert quieten(store, NOW + 1, since=NOW + 10, until=NOW + 20) == first, "the very same changes nothing"
    moved = quieten(store, NOW + 2, since=NOW + 15, until=NOW + 30)
    other = quieten(store, NOW + 3, since=NOW + 30, until=NOW + 40)
    assert in_force_or_to_come(store.silences(), NOW + 3) == [moved, other]
    now_too = quieten(store, NOW + 4, until=NOW + 18)
    assert in_force_or_to_come(store.silences(), NOW + 4) == [moved, other, now_too]


def test_a_beginning_that_is_over_is_now(store: SqliteStore) -> None:
    assert quieten(store, since=NOW - 5).since == NOW


def test_one_that_is_to_come_is_taken_back(store: SqliteStore) -> None:
    made = quieten(store, since=NOW + 10)
    end(store, store.say, made.id, NOW + 1)
    assert in_force_or_to_come(store.silences(), NOW + 2) == in_force(store.silences(), NOW + 10) == []


def test_one_of_something_else_stands_beside_it(store: SqliteStore) -> None:
    made = [
        quieten(store),
        quieten(store, workload="checkout"),
        quieten(store, template="paid"),
        quieten(store, namespace="*"),
    ]
    assert in_force(store.silences(), NOW) == sorted(made, key=lambda one: one.id)


def test_it_is_ended_early_once(store: SqliteStore) -> None:
    made = quieten(store)
    ended = end(store, store.say, made.id, NOW + 5)
    assert ended == replace(made, withdrawn=NOW + 5) == find(store, made.id)
    assert end(store, store.say, made.id, NOW + 9) == ended
    assert in_force(store.silences(), NOW + 6) == []


def test_one_that_is_over_is_not_taken_back_afterwards(store: SqliteStore) -> None:
    made = quieten(store)
    assert end(store, store.say, made.id, LATER) == made


def test_a_template_tells_its_namespace(store: SqliteStore) -> None:
    assert quieten(store, namespace="", template="refused").namespace == "shop"


def test_a_pattern_holds_for_namespaces_to_come(store: SqliteStore) -> None:
    assert quieten(store, namespace="not-there-yet-*").namespace == "not-there-yet-*"


def test_a_namespace_that_only_has_incidents_is_known(store: SqliteStore) -> None:
    store.commit(PassResult(None, incidents=[incident(3, 3, namespace="falco")]))
    assert quieten(store, namespace="falco", workload="checkout").workload == "checkout"


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"namespace": "shpo"}, "no namespace 'shpo'"),
        ({"workload": "chekcout"}, "shop has no workload 'chekcout'. There are checkout"),
        ({"template": "gone"}, "no template 'gone'"),
        ({"namespace": "bank", "template": "paid"}, "no template 'paid'"),
    ],
)
def test_what_is_not_there_is_named(store: SqliteStore, wish: dict[str, Any], told: str) -> None:
    with pytest.raises(UnknownError, match=told):
        quieten(store, **wish)
    assert store.silences() == []


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"until": None}, "no end was named"),
        ({"until": NOW}, "over already"),
        ({"until": NOW + LONGEST + 1}, "a year at most"),
        ({"since": LATER, "until": LATER - 1}, "end before it begins"),
        ({"namespace": ""}, "Nothing to silence"),
        ({"workload": "checkout", "template": "paid"}, "two things"),
        ({"author": "x" * 101}, "author is 101 characters"),
        ({"note": "x" * 1_001}, "note is 1,001 characters"),
        ({"namespace": "*" * 501}, "501 characters"),
    ],
)
def test_what_can_not_be_is_said(store: SqliteStore, wish: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        quieten(store, **wish)
    assert store.silences() == []


def test_a_template_is_named_by_its_text(store: SqliteStore) -> None:
    subject = subjects(store)
    assert subject(quieten(store, template="refused")) == "“could not connect to <HOST>” in shop"
    assert subject(Silence("s", "sh*", 0, 1, template="refused")) == "“could not connect to <HOST>” in sh*"
    assert subject(Silence("s", "shop", 0, 1, template="forgotten")) == "template forgotten in shop"


def test_an_unknown_id_is_said(store: SqliteStore) -> None:
    with pytest.raises(UnknownError, match=r"no silence 'nope'.*silence list"):
        end(store, store.say, "nope", NOW)


def test_there_are_only_so_many_at_once(store: SqliteStore) -> None:
    known = [Silence(f"s{at}", f"n{at}*", NOW, LATER, created=NOW) for at in range(MOST)]
    for one in known:
        store.say(one)
    with pytest.raises(UsageError, match="1,000 silences are in force"):
        quieten(store)
    assert quieten(store, namespace="n7*", until=LATER + 1).until == LATER + 1, "one may be prolonged"


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (Silence("s", "shop", 0, 1), "shop"),
        (Silence("s", "*", 0, 1), "all namespaces"),
        (Silence("s", "pay*", 0, 1, workload="ledger"), "ledger in pay*"),
        (Silence("s", "shop", 0, 1, template="t1"), "template t1 in shop"),
    ],
)
def test_what_it_is_about_is_said_in_words(one: Silence, words: str) -> None:
    assert covers(one) == words
