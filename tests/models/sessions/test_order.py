"""The order of two templates is evidence; that one of many pairs changed places isn't."""

from __future__ import annotations

import numpy as np
import pytest

from detector.models.sessions.order import SessionOrder
from detector.models.sessions.shape import Sessions
from detector.models.sessions.table import SessionTable, table
from tests.evaluate.sessions.made import Steps, sessions

PAIRS = 8


TEMPLATES = tuple(f"{pair} {word}" for pair in range(PAIRS) for word in ("begins", "ends"))


def seen(made: Sessions) -> SessionTable:
    """Over the same columns each time, with nothing to wait for."""
    return table(made.over(TEMPLATES), np.zeros(len(TEMPLATES), np.int64))


def pairs(swapped: int | None) -> Steps:
    """Eight pairs of templates in order; one of them may have changed places."""
    found: Steps = []
    for pair in range(PAIRS):
        a, b = f"{pair} begins", f"{pair} ends"
        found += [b, a] if pair == swapped else [a, b]
    return found


def test_one_pair_that_never_changes_places_is_as_rare_as_it_was_seen() -> None:
    model = SessionOrder.fit(seen(sessions([pairs(None)] * 990 + [pairs(3)] * 10)), seed=0)
    chance = model.score(seen(sessions([pairs(None), pairs(3)])))
    assert chance.tolist() == [1.0, pytest.approx(0.0105, abs=0.0005)]


def test_where_every_pair_does_now_and_then_one_that_does_is_no_rarer_than_any() -> None:
    made = [pairs(None)] * 992 + [pairs(pair) for pair in range(PAIRS)]
    model = SessionOrder.fit(seen(sessions(made)), seed=0)
    chances = model.score(seen(sessions([pairs(pair) for pair in range(PAIRS)])))
    assert chances.max() == pytest.approx(PAIRS / 1_000, rel=0.1)
    reasons = model.explain(seen(sessions([pairs(3)])))
    assert [(one.template, one.other) for one in reasons] == [("3 ends", "3 begins")]


def test_pairs_that_hardly_ever_come_together_say_nothing() -> None:
    model = SessionOrder.fit(seen(sessions([["a"], ["b"]] * 500 + [["a", "b"]] * 5)), seed=0)
    assert model.score(seen(sessions([["b", "a"]]))).tolist() == [1.0]
