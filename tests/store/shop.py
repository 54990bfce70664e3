"""A morning in the namespace `shop`, as passes that a store is given: what tests of store and API look for."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import numpy as np

from detector.findings import Anomaly, Incident, ModelCard, NamespaceStatus, Reason, ReasonKind, finding_id
from detector.store.port import PassResult, WindowCounts
from ingest.accounting import DropReason, Remark, Tally
from ingest.source import Checkpoint
from parsers.engine import EngineState, Template

MINUTE = 60_000_000
SEVEN = int(datetime(2026, 11, 21, 7, tzinfo=UTC).timestamp()) * 1_000_000
"""2026-11-21T07:00:00Z."""


def minute(number: int) -> int:
    """The start of a window: so many minutes after seven."""
    return SEVEN + number * MINUTE


def counts(at: int, namespace: str = "shop", **of: int) -> WindowCounts:
    """One window, `counts(3, paid=5)` for five lines of the template `paid`."""
    return WindowCounts(namespace, minute(at), tuple(of), np.array(list(of.values()), np.int64))


def as_dicts(windows: object) -> dict[int, dict[str, int]]:
    """Window counts as minutes after seven → template → count."""
    assert hasattr(windows, "__iter__")
    return {
        (one.window - SEVEN) // MINUTE: dict(zip(one.templates, one.counts.tolist(), strict=True)) for one in windows
    }


def template(
    name: str, namespace: str = "shop", workload: str = "checkout", count: int = 1, text: str = ""
) -> Template:
    """A template of which the id is its name."""
    text = text or f"order <NUM> {name}"
    return Template(name, namespace, workload, text, "info", SEVEN, minute(count), count, text.replace("<NUM>", "17"))


def reason(name: str = "refused", observed: int = 214) -> Reason:
    """A template that was never seen before."""
    text = "could not connect to <HOST>"
    return Reason(
        name, text, "checkout", "error", ReasonKind.NEW, observed, 0.0, 0.0, 1, 1.0, SEVEN, ("could not connect to db",)
    )


def anomaly(at: int, score: float = 80.0, namespace: str = "shop", incident: str | None = None) -> Anomaly:
    """One anomalous window."""
    return Anomaly(
        id=finding_id(namespace, minute(at)),
        namespace=namespace,
        window=minute(at),
        span=MINUTE,
        score=score,
        scores={"forest": 12.5, "surprise": score},
        reasons=(reason(),),
        model="m1",
        incident=incident,
    )


def incident(first: int, last: int, score: float = 80.0, namespace: str = "shop", *, ongoing: bool = False) -> Incident:
    """An incident from the start of one window to the end of another."""
    return Incident(
        id=finding_id("incident", namespace, minute(first)),
        namespace=namespace,
        start=minute(first),
        end=minute(last + 1),
        score=score,
        reasons=(reason(),),
        anomalies=last - first + 1,
        open=ongoing,
        summary="checkout wrote 214 lines of a statement never seen before.",
    )


def model(version: str = "m1", namespace: str = "shop", until: int = 0) -> ModelCard:
    """What a model learned from, up to so many minutes after seven."""
    return ModelCard(version, namespace, minute(until - 60), minute(until), 60, 3, 1)


def status(
    namespace: str = "shop", *, last: int = 9, learning_until: int | None = None, score: float = 0.0
) -> NamespaceStatus:
    """A namespace that has a model, or one that learns until so many minutes after seven."""
    learning = learning_until is not None
    return NamespaceStatus(
        namespace=namespace,
        first_window=minute(0),
        last_window=minute(last),
        windows=last + 1,
        lines=1234,
        templates=3,
        learning_until=minute(learning_until) if learning_until is not None else None,
        model=None if learning else model(namespace=namespace),
        last_score=score,
        unwell=("checkout writes a new statement every minute: add a mask.",) if learning else (),
    )


def tally(read: int = 10) -> Tally:
    """Lines of which two were dropped and one was joined."""
    return Tally(
        read, read - 3, 1, 0, Counter({DropReason.EMPTY: 1, DropReason.NO_TIME: 1}), Counter({Remark.TRUNCATED: 2})
    )


def morning() -> list[PassResult]:
    """Ten closed windows of two namespaces: `shop` with an incident from 07:03 to 07:05, and `bank`, still learning."""
    story = incident(3, 5)
    first = PassResult(
        closed_until=minute(3),
        counts=[
            counts(0, paid=5, sent=2),
            counts(1, paid=4),
            counts(2, paid=300, sent=70_000),
            counts(0, "bank", login=1),
        ],
        templates=[template("paid", count=9), template("sent", workload="mailer"), template("login", "bank", "auth")],
        models=[model()],
        statuses=[status(last=2), status("bank", last=0, learning_until=60)],
        checkpoints={"a.log": Checkpoint(100, 120, "dev1"), "b.log": Checkpoint(0, 5)},
        engine=EngineState(3, {("shop", "checkout"): b'{"n":1}', ("bank", "auth"): b"{}"}),
        tally=tally(),
    )
    second = PassResult(
        closed_until=minute(10),
        counts=[counts(at, paid=6, refused=200 + at) for at in (3, 4, 5)] + [counts(9, paid=5)],
        additions=[counts(1, paid=1, sent=3)],
        templates=[template("paid", count=30), template("refused", count=603, text="could not connect to <HOST>")],
        anomalies=[
            anomaly(3, 76.0, incident=story.id),
            anomaly(4, 80.0, incident=story.id),
            anomaly(5, 51.5, incident=story.id),
            anomaly(8, 12.0),
            anomaly(8, 30.0, "bank"),
        ],
        incidents=[story, incident(8, 8, 30.0, "bank", ongoing=True)],
        statuses=[status(score=3.25), status("bank", last=8, learning_until=60)],
        checkpoints={"a.log": Checkpoint(900, 950, "dev1", ((950, 60), (920, 120)))},
        engine=EngineState(3, {("shop", "checkout"): b'{"n":2}'}),
        tally=tally(20),
    )
    return [first, second]
