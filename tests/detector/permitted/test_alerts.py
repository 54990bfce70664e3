"""An alert of several namespaces, or of one whose events tell of another: as who may read some of them sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from detector.access.principal import Grant, Kind, Right, principal
from detector.alert import Alert, Event, ToldTo
from detector.alerts.grouping import summary
from detector.findings import Incident, Severity
from detector.incidents import summarise
from detector.permitted import permitted
from detector.store.port import PassResult, Reader
from detector.store.sqlite import SqliteStore, open_store
from tests.store.alerts import alert
from tests.store.shop import incident, minute, reason

SHOP, BANK = incident(1, 3, 30.0), incident(2, 9, 90.0, "bank")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = open_store(tmp_path / "s.sqlite")
    yield made
    made.close()


def seen(store: SqliteStore, one: Alert, *incidents: Incident) -> Alert | None:
    """By who may read `shop`."""
    store.commit(PassResult(None, alerts=[one], incidents=incidents))
    reader: Reader = permitted(store, principal(Kind.TOKEN, "x", [Grant(("shop",), frozenset({Right.READ}))]))
    found = reader.alert(one.id)
    assert reader.alerts().items == reader.open_alerts() == ([] if found is None else [found])
    return found


def of_both(**changed: object) -> Alert:
    told = (ToldTo("oncall", Event.SPREAD, Severity.CRITICAL, ("shop", "bank"), minute(9)),)
    one = replace(alert(3, "shop", "bank", told=told), incidents=(SHOP.id, BANK.id), summary=summary([SHOP, BANK]))
    return replace(one, **changed)  # type: ignore[arg-type]


def test_it_is_told_by_what_they_may_see_of_it(store: SqliteStore) -> None:
    found = seen(store, of_both(), SHOP, BANK)
    assert found is not None
    assert (found.namespaces, found.incidents, found.summary) == (("shop",), (SHOP.id,), SHOP.summary)
    assert (found.start, found.end, found.severity) == (SHOP.start, SHOP.end, Severity.MINOR)
    (told,) = found.told
    assert (told.namespaces, told.severity, told.event) == (("shop",), Severity.MINOR, Event.FIRING)


def test_why_nobody_was_told_may_be_anothers_reason(store: SqliteStore) -> None:
    found = seen(store, of_both(quiet="silenced until 14:00 UTC: the bank moves"), SHOP, BANK)
    assert found is not None
    assert found.quiet == "who may read all of it sees why"


def test_where_its_incidents_are_gone_it_says_so(store: SqliteStore) -> None:
    found = seen(store, of_both(), BANK)
    assert found is not None
    assert (found.summary, found.score) == ("shop: its incidents aren't kept any more", 0.0)


def test_an_event_of_elsewhere_that_it_is_told_by_is_left_out_of_its_sentence(store: SqliteStore) -> None:
    reasons = (replace(reason(), workload="bank/vault"),)
    own = replace(SHOP, reasons=reasons, summary=summarise("shop", SHOP.start, reasons))
    assert "bank/vault" in own.summary
    found = seen(store, replace(alert(1), incidents=(own.id,), summary=own.summary), own)
    assert found is not None
    assert found.summary == "shop: an unusual mixture of lines, since 2026-11-21 07:01 UTC"


def test_what_is_not_theirs_or_of_no_namespace_is_not_there(store: SqliteStore) -> None:
    assert seen(store, alert(1, "bank"), BANK) is None
    assert seen(store, replace(alert(2), namespaces=(), incidents=())) is None


def test_one_that_is_all_theirs_is_as_it_was_written(store: SqliteStore) -> None:
    assert seen(store, alert(1), SHOP) == alert(1)
