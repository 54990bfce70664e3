"""Harmless events: what they add, and that nothing is lost by them."""

from __future__ import annotations

import numpy as np
import pytest

from detector.evaluate.days import make_days, plant
from detector.evaluate.events import Event
from detector.evaluate.harmless import HARMLESS, HELD_OUT_HARMLESS, NIGHTLY
from detector.evaluate.mixing import draw, expected_load, play
from detector.evaluate.plan import Options, Plan, plan
from detector.findings import ChangeKind
from detector.rarity import DAY
from tests.evaluate.shop import shop

MINUTE = 60_000_000
DAY_BEGIN = 4 * DAY
AT = DAY_BEGIN + 600 * MINUTE
LINES = play(
    shop().background,
    draw(shop().background, DAY_BEGIN, expected_load(DAY_BEGIN, 30.0), np.random.default_rng(1)),
    0,
)


def event(kind: str, minutes: int) -> Event:
    workload = "" if HARMLESS[kind].everywhere else "cart"
    return Event(kind, "", workload, AT, AT + minutes * MINUTE, 1, harmless=True)


def texts(kind: str, minutes: int) -> str:
    """All that is logged of what the background doesn't have."""
    lines = plant(LINES, event(kind, minutes), shop(), np.random.default_rng(1))
    fresh = np.setdiff1d(lines.template, LINES.template).tolist()
    return "\n".join(f"{shop().templates[number].workload}: {shop().templates[number].text}" for number in fresh)


def of_one(kind: str, minutes: int) -> tuple[Plan, np.ndarray]:
    """Lines a minute of a day with one event."""
    made = Plan(DAY_BEGIN, DAY_BEGIN, DAY_BEGIN + DAY, 30.0, (event(kind, minutes),))
    return made, make_days(shop(), made, 1, MINUTE).counts.sum(axis=1)


def test_a_surge_is_three_times_the_traffic_while_it_lasts() -> None:
    _, calm = of_one("rotation", 2)
    _, busy = of_one("surge", 20)
    assert busy[600:620].mean() / calm[600:620].mean() == pytest.approx(3.0, rel=0.2)
    assert busy[700:].mean() == pytest.approx(calm[700:].mean(), rel=0.05)


def test_one_kind_of_traffic_comes_more_often_and_the_other_as_before() -> None:
    made = Plan(DAY_BEGIN, DAY_BEGIN, DAY_BEGIN + DAY, 30.0, (event("one-traffic", 30),))
    counts = make_days(shop(), made, 1, MINUTE).counts[600:630].sum(axis=0)
    calm = make_days(shop(), Plan(DAY_BEGIN, DAY_BEGIN, DAY_BEGIN + DAY, 30.0, ()), 1, MINUTE).counts[600:630]
    raised = counts[: len(shop().background.templates)] - calm.sum(axis=0)[: len(shop().background.templates)]
    assert raised.max() > 0
    assert raised.min() == 0


def test_a_deployment_says_what_was_never_said_and_is_told_as_change() -> None:
    assert "cart: c.e.db.Migrations" in texts("deployment", 3)
    kinds = [change.kind for change in HARMLESS["deployment"].changes(event("deployment", 3), shop())]
    assert kinds == [ChangeKind.IMAGE, ChangeKind.ROLLOUT]


def test_a_rollout_has_another_hash_and_the_same_image() -> None:
    assert "Migrations" not in texts("rollout", 3)
    assert "cart: c.e.boot.Launcher Starting service" in texts("rollout", 3)
    (change,) = HARMLESS["rollout"].changes(event("rollout", 3), shop())
    assert (change.kind, change.workload, change.time) == (ChangeKind.ROLLOUT, "cart", AT)


def test_more_pods_are_told_as_change() -> None:
    (change,) = HARMLESS["scale-out"].changes(event("scale-out", 2), shop())
    assert (change.kind, change.before, change.after) == (ChangeKind.PODS, "1", "3")


def test_a_rotated_log_loses_nothing_and_is_late() -> None:
    lines = plant(LINES, event("rotation", 2), shop(), np.random.default_rng(1))
    width = len(shop().templates)
    before, after = (one.where(one.between(AT, AT + 2 * MINUTE)).counts(AT, 2, MINUTE, width) for one in (LINES, lines))
    assert np.array_equal(before.sum(axis=0), after.sum(axis=0))
    cart = shop().of_workload("cart")
    assert after[0, cart].sum() < before[0, cart].sum()
    assert np.array_equal(before[:, ~cart], after[:, ~cart])


def test_debug_says_much_more() -> None:
    assert texts("level-switch", 10).count("cart: ") == 4
    lines = plant(LINES, event("level-switch", 10), shop(), np.random.default_rng(1))
    own = shop().of_workload("cart")
    before, after = (
        own[one.template[one.between(AT, AT + 10 * MINUTE)]].sum() for one in (LINES, lines)
    )  # fmt: skip
    assert after > 2.5 * before


def test_the_nightly_job_is_a_workload_of_its_own() -> None:
    assert {line.split(":")[0] for line in texts(NIGHTLY, 8).split("\n")} == {"nightly-report"}


def test_a_load_test_is_at_night() -> None:
    for seed in range(6):
        for one in plan(shop(), Options(), seed).tested():
            if one.kind == "load-test":
                assert one.begin % DAY < 5 * 60 * MINUTE


def test_kinds_that_are_held_out_are_kinds() -> None:
    assert set(HELD_OUT_HARMLESS) <= set(HARMLESS)


@pytest.mark.parametrize("kind", [kind for kind in HARMLESS if HARMLESS[kind].factor == 1.0])
def test_other_minutes_stay_as_they_are(kind: str) -> None:
    lines = plant(LINES, event(kind, 10), shop(), np.random.default_rng(1))
    outside, before = (one.where(~one.between(AT, AT + 10 * MINUTE)) for one in (lines, LINES))
    assert np.array_equal(outside.time, before.time)
