"""Silences have patterns that may reach further than what somebody may read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.access.principal import Grant, Kind, Principal, Right, principal
from detector.alert import Silence
from detector.permitted import permitted
from detector.store.port import PassResult
from detector.store.sqlite import SqliteStore, open_store
from tests.store.shop import minute, status, template


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Two namespaces, each with a template."""
    made = open_store(tmp_path / "s.sqlite")
    templates = [template("paid"), template("booked", "payments", "ledger")]
    made.commit(PassResult(minute(1), statuses=[status("shop"), status("payments")], templates=templates))
    yield made
    made.close()


def reader_of(*patterns: str) -> Principal:
    return principal(Kind.TOKEN, "somebody", [Grant(patterns, frozenset({Right.READ}))])


@pytest.mark.parametrize(
    ("namespace", "workload", "seen"),
    [
        ("shop", "", True),
        ("s*", "", True),
        ("*", "", True),
        ("payments", "", False),
        ("pay*", "", False),
        ("sh*", "checkout", True),
        ("*", "ledger", False),
        ("*", "payments/ledger", False),
        ("shop", "payments/ledger", False),
        ("shop-*", "", False),
    ],
)
def test_it_is_seen_where_it_holds_for_something_that_is_seen(
    store: SqliteStore, namespace: str, workload: str, seen: bool
) -> None:
    store.say(Silence("s", namespace, minute(0), minute(9), workload=workload))
    assert bool(permitted(store, reader_of("shop")).silences()) is seen


@pytest.mark.parametrize(("template_id", "seen"), [("paid", True), ("booked", False), ("gone", False)])
def test_of_a_template_it_is_seen_where_the_template_is(store: SqliteStore, template_id: str, seen: bool) -> None:
    store.say(Silence("s", "*", minute(0), minute(9), template=template_id))
    assert bool(permitted(store, reader_of("shop")).silences()) is seen


def test_a_pattern_that_is_all_theirs_is_seen_before_there_is_such_a_namespace(store: SqliteStore) -> None:
    store.say(Silence("s", "shop-*", minute(0), minute(9), workload="anything"))
    assert permitted(store, reader_of("shop*")).silences()
