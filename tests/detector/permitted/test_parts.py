"""Parts of incidents, models that were kept and hours that were rolled up, as who may read `shop` sees them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from detector.access.principal import Grant, Kind, Right, principal
from detector.findings import Deployed, Drift, Source, Workload
from detector.permitted import permitted
from detector.store.port import Fitted, PassResult
from detector.store.sqlite import SqliteStore, open_store
from tests.store.shop import counts, incident, minute, model, reason, template

WHO = principal(Kind.TOKEN, "x", [Grant(("shop",), frozenset({Right.READ}))])
LOGS = incident(1, 3)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(open_store(tmp_path / "s.sqlite")) as made:
        yield made


def test_its_parts_are_those_of_their_namespaces_without_what_is_of_elsewhere(store: SqliteStore) -> None:
    reasons = (reason(), replace(reason("t2"), workload="bank/vault"))
    own, other = (
        replace(incident(1, 2, namespace=name), id=name, source=Source.METRICS, part_of=LOGS.id, reasons=reasons)
        for name in ("shop", "bank")
    )
    store.commit(PassResult(None, incidents=[LOGS, own, other]))
    assert {one.id for one in store.parts_of(LOGS.id)} == {"shop", "bank"}
    (found,) = permitted(store, WHO).parts_of(LOGS.id)
    assert (found.id, found.reasons) == ("shop", reasons[:1])
    assert permitted(store, WHO).parts_of("bank") == []


def test_of_the_store_its_kind_and_schema_are_told(store: SqliteStore) -> None:
    whole, seen = store.facts(), permitted(store, WHO).facts()
    assert (seen.kind, seen.schema, seen.where) == (whole.kind, whole.schema, "")


def test_a_model_that_was_kept_and_how_far_hours_were_rolled_up_are_of_their_namespaces_alone(
    store: SqliteStore,
) -> None:
    whole = [counts(at, name, paid=1) for name in ("shop", "bank") for at in (0, 61)]
    store.commit(PassResult(minute(180), counts=whole, templates=[template("paid"), template("paid", "bank")]))
    store.prune(minute(90), 0)
    for name in ("shop", "bank"):
        store.keep_fitted(Fitted(name, "1", name.encode()))
    seen = permitted(store, WHO)
    assert store.rolled_until("bank") is not None
    assert (seen.rolled_until("shop"), seen.rolled_until("bank")) == (store.rolled_until("shop"), None)
    assert (seen.fitted("shop"), seen.fitted("bank")) == (Fitted("shop", "1", b"shop"), None)


def test_of_what_runs_and_of_models_that_of_elsewhere_is_left_out(store: SqliteStore) -> None:
    runs = tuple(Workload(name, minute(0)) for name in ("bank/vault", "checkout"))
    drift = tuple(Drift("paid", workload, 0.5, 0.01) for workload in ("bank/vault", "checkout"))
    names = ("bank", "shop")
    store.commit(
        PassResult(
            minute(180),
            models=[replace(model(namespace=name), drift=drift) for name in names],
            deployed=[Deployed(name, minute(0), runs) for name in names],
        )
    )
    seen = permitted(store, WHO)
    assert seen.deployed() == [Deployed("shop", minute(0), runs[1:])]
    assert seen.models() == [replace(model(), drift=drift[1:])]


def test_templates_are_those_of_the_namespaces_that_are_asked_for_and_theirs_and_of_no_workload_elsewhere(
    store: SqliteStore,
) -> None:
    elsewhere = template("opened", workload="bank/vault")
    store.commit(PassResult(minute(180), templates=[template("paid"), elsewhere, template("booked", "bank")]))
    seen = permitted(store, WHO)
    for namespace, namespaces, there in (
        (None, None, True), ("shop", None, True), ("bank", None, False), (None, ["shop", "bank"], True),
        (None, ["bank"], False), ("shop", ["shop", "bank"], True), ("shop", ["bank"], False), ("bank", ["bank"], False),
    ):  # fmt: skip
        assert [one.id for one in seen.templates(namespace, namespaces)] == ["paid"] * there
