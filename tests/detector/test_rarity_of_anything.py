"""What holds for chances and scores whatever was seen before and comes now."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detector.rarity import DAY, Floats, Tail, Tails, combine, score_of_budget, to_probability, to_score

NUMBERS = st.floats(-1e12, 1e12) | st.floats(0, 50)
HISTORIES = st.lists(NUMBERS, max_size=200).map(np.array)
LEAST = st.floats(1e-6, 1e3)
SPANS = st.integers(1_000_000, 6 * 3_600_000_000)
CHANCES = st.lists(st.floats(1e-300, 1.0), min_size=1, max_size=20).map(np.array)


@given(HISTORIES, LEAST, st.integers(0, 4), st.lists(NUMBERS, min_size=1, max_size=30), SPANS)
def test_what_is_higher_is_rarer_and_scores_no_less_and_all_are_numbers(
    history: Floats, least: float, doubtful: int, coming: list[float], span: int
) -> None:
    tail, raw = Tail.fit(history, least, doubtful), np.sort(np.array(coming))
    chance = tail.probability(raw)
    assert ((chance >= 0) & (chance <= 1)).all()
    assert (np.diff(chance) <= 0).all()
    score = to_score(chance, span)
    assert ((score >= 0) & (score <= 100)).all()
    assert (np.diff(score) >= 0).all()
    assert (to_score(tail.probability(raw), span) == score).all()


@given(HISTORIES, LEAST, st.integers(0, 4))
def test_what_was_seen_most_often_is_nothing_rare(history: Floats, least: float, doubtful: int) -> None:
    tail = Tail.fit(history, least, doubtful)
    if len(history):
        assert tail.probability(np.array([history.min()]))[0] == 1.0
        assert tail.scale >= least
        assert 0 < tail.weight <= 1


@given(
    st.dictionaries(st.sampled_from(["more", "fewer", "new"]), HISTORIES, min_size=1),
    LEAST,
    st.lists(NUMBERS, min_size=1, max_size=9),
)
def test_tails_asked_at_once_say_what_each_says(
    histories: dict[str, Floats], least: float, coming: list[float]
) -> None:
    tails = {name: Tail.fit(history, least) for name, history in histories.items()}
    raw = {name: np.array(coming) * (1 + place) for place, name in enumerate(tails)}
    together = Tails.of(tails).probability(raw)
    for name, tail in tails.items():
        assert together[name].tolist() == tail.probability(raw[name]).tolist()


@given(st.floats(0.1, 100), SPANS)
def test_a_score_stands_for_a_chance_and_that_for_the_score(score: float, span: int) -> None:
    chance = to_probability(np.array([score]), span)
    assert 0 < chance[0] <= 1
    assert np.allclose(to_score(chance, span), score, atol=1e-6)


@given(st.floats(1e-6, 1e9), st.floats(1e-6, 1e9), SPANS)
def test_a_larger_budget_asks_for_no_higher_a_score(one: float, other: float, span: int) -> None:
    low, high = sorted((one, other))
    assert 0 <= score_of_budget(high, span) <= score_of_budget(low, span) <= 100


@given(st.lists(CHANCES, min_size=1, max_size=5))
def test_joining_chances_lies_between_the_least_and_their_sum_in_any_order(several: list[Floats]) -> None:
    length = min(map(len, several))
    parts = [one[:length] for one in several]
    joined = combine(parts)
    least = np.minimum.reduce(parts)
    assert (joined >= least).all()
    assert (joined <= np.minimum(1.0, len(parts) * least)).all()
    assert (combine(parts[::-1]) == joined).all()


def test_a_day_without_history_makes_no_wonder_of_anything() -> None:
    tail = Tail.fit(np.zeros(0), 1.0)
    assert to_score(tail.probability(np.array([0.0])), DAY // 1440)[0] == 0.0
