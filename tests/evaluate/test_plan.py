"""What is planted when."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from detector.evaluate.events import SIZES
from detector.evaluate.faults import FAULTS, HELD_OUT_KINDS
from detector.evaluate.harmless import HARMLESS, HELD_OUT_HARMLESS, NIGHTLY
from detector.evaluate.plan import APART, Options, plan
from detector.rarity import DAY
from tests.evaluate.shop import shop

MINUTE = 60_000_000
OPTIONS = Options(mean=60.0)
"""Busy enough for every kind and size to be visible somewhere."""


@pytest.mark.parametrize("seed", range(4))
def test_events_are_apart_and_within_their_day(seed: int) -> None:
    made = plan(shop(), OPTIONS, seed)
    for event, following in pairwise(made.events):
        assert following.begin - event.end >= APART * MINUTE
    for event in made.events:
        assert event.begin < event.end
        assert event.begin // DAY == (event.end - 1) // DAY
        assert event.begin % MINUTE == 0


def test_the_same_seed_gives_the_same_plan_and_another_another() -> None:
    assert plan(shop(), OPTIONS, 5) == plan(shop(), OPTIONS, 5)
    assert plan(shop(), OPTIONS, 5).events != plan(shop(), OPTIONS, 6).events


def test_over_seeds_every_kind_and_size_comes_about_as_often() -> None:
    planted = Counter(
        (event.kind, event.size)
        for seed in range(1_000, 1_012)
        for event in plan(shop(), OPTIONS, seed).tested()
        if not event.harmless
    )
    assert set(planted) == {(kind, size) for kind in FAULTS for size in SIZES}
    assert max(planted.values()) - min(planted.values()) <= 3


def test_lengths_are_those_of_the_kind() -> None:
    for event in plan(shop(), OPTIONS, 3).tested():
        least, most = HARMLESS[event.kind].minutes if event.harmless else FAULTS[event.kind].minutes[event.size]
        assert least <= (event.end - event.begin) / MINUTE <= most


def test_kinds_that_are_not_asked_for_are_not_planted_in_training_either() -> None:
    kinds = tuple(kind for kind in FAULTS if kind not in HELD_OUT_KINDS)
    harmless = tuple(kind for kind in HARMLESS if kind not in HELD_OUT_HARMLESS)
    made = plan(shop(), Options(mean=60.0, kinds=kinds, harmless_kinds=harmless), 0)
    assert not {event.kind for event in made.events} & {*HELD_OUT_KINDS, *HELD_OUT_HARMLESS}


def test_days_that_are_learned_from_hold_short_faults_and_the_nightly_job() -> None:
    made = plan(shop(), OPTIONS, 0)
    before = [event for event in made.events if event.begin < made.split]
    faults = [event for event in before if not event.harmless]
    assert len(faults) == 3 * OPTIONS.contamination
    assert all(event.size == "small" and event.end - event.begin <= 6 * MINUTE for event in faults)
    nights = [event.begin % DAY for event in made.events if event.kind == NIGHTLY]
    assert len(nights) == 5
    assert len(set(nights)) == 1


def test_without_contamination_no_fault_is_learned_from() -> None:
    made = plan(shop(), Options(mean=60.0, contamination=0), 0)
    assert all(event.harmless for event in made.events if event.begin < made.split)


def test_a_fault_is_where_it_can_be_seen() -> None:
    # At so few traces a minute no workload's lines are missed for 30 % of them in 20 minutes.
    quiet = plan(shop(), Options(mean=1.0, kinds=("pod-loss", "loss")), 0).tested()
    assert not [event for event in quiet if not event.harmless and event.size == "small"]


def test_more_pods_come_only_where_their_start_was_seen_before() -> None:
    for seed in range(4):
        made = plan(shop(), OPTIONS, seed)
        before = [event for event in made.events if event.begin < made.split]
        restarted = {event.workload for event in before if event.kind in ("rollout", "deployment")}
        assert {event.workload for event in made.events if event.kind == "scale-out"} <= restarted
