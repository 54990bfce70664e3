from __future__ import annotations

import numpy as np
import pytest

from detector.rarity import DAY, Tail, Tails, combine, score_of_budget, to_score

MINUTE = 60_000_000


@pytest.mark.parametrize(("days", "score"), [(1, 25), (30, 50), (365, 75), (36_500, 100), (1e9, 100)])
def test_a_score_says_in_how_many_days_such_a_window_comes_by_chance(days: float, score: float) -> None:
    chance = MINUTE / (days * DAY)

    assert to_score(np.array([chance]), MINUTE)[0] == pytest.approx(score)


@pytest.mark.parametrize("minutes", [0.1, 1, 15, 360])
def test_a_window_like_any_other_scores_nought_however_long_windows_are(minutes: float) -> None:
    scores = to_score(np.array([1.0, 0.5, 1e-4]), round(minutes * MINUTE))

    assert scores[0] == 0
    assert 0 < scores[1] < scores[2]


def test_a_budget_beyond_all_windows_of_a_day_is_reached_by_each_of_them() -> None:
    assert score_of_budget(1e6, MINUTE) == 0


def test_where_the_tail_begins_rarity_does_not_jump_back() -> None:
    held_out = np.sort(np.random.default_rng(4).exponential(1.0, 2_000))
    tail = Tail.fit(held_out, least_scale=0.1)

    at, beyond = tail.probability(np.array([tail.threshold, tail.threshold + 1e-9]))

    assert beyond <= at


def test_the_same_chance_a_window_is_rarer_where_windows_are_longer() -> None:
    chance = np.array([1e-4])

    assert to_score(chance, 5 * MINUTE)[0] > to_score(chance, MINUTE)[0]


def test_an_alert_budget_of_one_a_day_is_where_minor_begins() -> None:
    assert score_of_budget(1.0, MINUTE) == pytest.approx(25.0)
    assert score_of_budget(10.0, MINUTE) < 25.0 < score_of_budget(0.1, MINUTE)


def test_the_tail_goes_on_beyond_what_was_seen() -> None:
    held_out = np.random.default_rng(1).exponential(1.0, 5_000)
    tail = Tail.fit(held_out, least_scale=0.1)

    estimated = tail.probability(np.array([5.0, 8.0, 12.0]))

    assert np.all(np.abs(np.log10(estimated) - np.log10(np.exp([-5.0, -8.0, -12.0]))) < 0.5)


def test_rarity_only_grows_with_the_raw_score() -> None:
    tail = Tail.fit(np.random.default_rng(2).gamma(2.0, 1.0, 500), least_scale=0.1)

    chances = tail.probability(np.linspace(0, 30, 400))

    assert np.all(np.diff(chances) <= 1e-12)
    assert chances[0] == 1.0


def test_a_fault_in_the_training_span_does_not_widen_the_tail() -> None:
    clean = np.random.default_rng(3).exponential(1.0, 1_440)
    faulty = np.concatenate([clean[:-5], np.full(5, 80.0)])

    chances = [
        Tail.fit(sample, least_scale=0.1, doubtful=1).probability(np.array([15.0]))[0] for sample in (clean, faulty)
    ]

    assert chances[1] < 20 * chances[0]


def test_what_happens_again_and_again_is_no_fault_and_widens_the_tail() -> None:
    bursts = np.random.default_rng(3).exponential(1.0, 1_440)
    bursts[::40] = 80.0

    assert Tail.fit(bursts, least_scale=0.1, doubtful=2).probability(np.array([79.0]))[0] > 0.001


def test_without_history_nothing_is_rare() -> None:
    tail = Tail.fit(np.zeros(0), least_scale=0.4)

    assert tail.probability(np.array([3.0]))[0] > 0.01


def test_several_detectors_together_are_less_sure_than_the_surest_of_them() -> None:
    chances = [np.array([1e-6]), np.array([0.5]), np.array([1.0])]

    assert combine(chances)[0] == pytest.approx(3e-6)


def test_an_hour_of_history_promises_less_than_a_day_of_it() -> None:
    sample = np.random.default_rng(4).exponential(1.0, 1_440)

    an_hour, a_day = (Tail.fit(sample[:n], least_scale=1.0).probability(np.array([12.0]))[0] for n in (60, 1_440))

    assert an_hour > 3 * a_day


def test_the_tail_is_that_of_the_tenth_beyond_its_threshold_and_two_peaks_of_the_least_scale() -> None:
    raw = np.random.default_rng(5).permutation(100).astype(np.float64)
    tail = Tail.fit(raw, least_scale=2.0)
    excess = np.arange(90, 100) - 89.1
    np.testing.assert_array_equal(tail.seen, np.arange(100.0))
    assert tail.threshold == pytest.approx(89.1)
    assert tail.weight == pytest.approx(11 / 101)
    assert tail.scale == pytest.approx((excess.sum() + 2 * 2.0) / 12)
    assert tail.doubt == pytest.approx(np.sqrt(1440 / 100))
    assert Tail.fit(raw, least_scale=9.0).scale == 9.0
    to_the_point = Tail.fit(np.arange(101.0), least_scale=1.0)
    assert to_the_point.threshold == 90.0
    assert (to_the_point.weight, to_the_point.scale) == pytest.approx((11 / 102, (55 + 2) / 12))
    assert Tail.fit(np.tile(raw, 20), least_scale=1.0).doubt == 1.0


def test_a_chance_is_counted_where_enough_was_seen_and_estimated_beyond() -> None:
    """Of what is asked a tenth of the scale is let go."""
    tail = Tail(np.arange(100.0), threshold=89.5, weight=0.11, scale=5.0, doubt=3.0)
    chance = tail.probability(np.array([0.0, 0.5, 10.5, 11.0, 90.0, 120.5]))
    beyond = 3.0 * 0.11 * np.exp(-(120.0 - 89.5) / 5.0)
    assert chance == pytest.approx([1.0, 1.0, 91 / 101, 90 / 101, 11 / 101, beyond])


def test_at_the_threshold_a_chance_is_counted_and_right_behind_it_is_no_more_than_the_tail_says() -> None:
    tail = Tail(np.arange(100.0), threshold=90.0, weight=0.05, scale=5.0)
    expected = pytest.approx([11 / 101, 0.05 * np.exp(-0.25 / 5.0), 0.05 * np.exp(-3.0 / 5.0)])
    raw = np.array([90.5, 90.75, 93.5])
    assert tail.probability(raw) == expected
    assert Tails.of({"more": tail}).probability({"more": raw})["more"] == expected


def test_without_history_the_scale_is_at_least_one() -> None:
    for least, scale in ((0.4, 1.0), (3.0, 3.0)):
        tail = Tail.fit(np.zeros(0), least)
        assert (len(tail.seen), tail.threshold, tail.weight, tail.scale, tail.doubt) == (0, 0.0, 1.0, scale, 1.0)


LOW = np.random.default_rng(6).permutation(np.linspace(0.0, 1.0, 200))


def left_out(episodes: dict[int, list[float]], doubtful: int) -> list[int]:
    """Which of two hundred windows a tail doesn't take in where they are as high as this from each of these on."""
    raw = LOW.copy()
    for begin, values in episodes.items():
        raw[begin : begin + len(values)] = values
    seen = Tail.fit(raw, 0.1, doubtful).seen.tolist()
    return [at for at, one in enumerate(raw.tolist()) if one not in seen]


def test_an_episode_goes_on_while_it_is_above_a_quarter_of_its_height() -> None:
    episode = [0.5, 3.1, 9.0, 10.0, 3.4, 2.9]
    assert left_out({50: episode}, 1) == [52, 53, 54]
    assert left_out({0: episode[2:]}, 1) == [0, 1, 2]
    assert left_out({196: episode[:4]}, 1) == [198, 199]
    assert left_out({50: episode}, 0) == []
    # To the very quarter: here the threshold is nought.
    assert Tail.fit(np.array([*np.zeros(100), 1.0, 4.0, 1.0, 0.99]), 0.1, 1).seen.tolist() == [*np.zeros(100), 0.99]


def test_the_worst_episodes_are_left_out_and_no_more_of_them_than_may_be_faults() -> None:
    episodes = {20: [5.0, 4.5], 90: [8.0], 92: [7.5], 150: [6.0]}
    worst = [90, 92, 150, 20, 21]
    for doubtful, windows in ((1, 1), (2, 2), (3, 3), (4, 5)):
        assert left_out(episodes, doubtful) == sorted(worst[:windows])


def test_what_lasts_for_more_than_a_twentieth_of_all_windows_is_how_things_are() -> None:
    long = [10.0 + 0.1 * number for number in range(11)]
    assert left_out({50: long[:10]}, 1) == list(range(50, 60))
    assert left_out({50: long}, 1) == []
    assert left_out({50: long, 150: [6.0]}, 2) == []


def test_where_nothing_stands_out_nothing_is_left_out() -> None:
    assert len(Tail.fit(np.full(50, 7.0), 0.1, doubtful=1).seen) == 50
    again_and_again = LOW.copy()
    again_and_again[::8] = 7.0
    assert len(Tail.fit(again_and_again, 0.1, doubtful=1).seen) == 200


def test_detectors_that_are_asked_at_once_answer_as_each_by_itself() -> None:
    rng = np.random.default_rng(1)
    tails = {name: Tail.fit(rng.gamma(2.0, scale, 500), 0.1) for name, scale in (("a", 1.0), ("b", 7.0))}
    tails["new"] = Tail.fit(np.zeros(0), 0.1)
    raw = {name: np.append(rng.gamma(2.0, 10.0, 50), [0.0, tails[name].threshold]) for name in ("new", "b", "a")}

    together = Tails.of(tails).probability(raw)

    assert list(together) == list(raw)
    for name, values in raw.items():
        np.testing.assert_array_equal(together[name], tails[name].probability(values), strict=True)
