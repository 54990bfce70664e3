"""The tails of counts, held against scipy's negative binomial."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import nbinom

from detector.models.negative_binomial import (
    LEAST_DISPERSION,
    Spread,
    lower_tail,
    rolling_sum,
    rolling_sums,
    upper_tail,
)


def one(value: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([value])


@pytest.mark.parametrize("mean", [0.01, 0.7, 5.0, 60.0, 4_000.0])
@pytest.mark.parametrize("dispersion", [0.02, 0.5, 8.0])
@pytest.mark.parametrize("deviations", [2.0, 4.0, 9.0])
def test_the_upper_tail_is_the_chance_of_so_many_or_more(mean: float, dispersion: float, deviations: float) -> None:
    n = np.ceil(mean + deviations * np.sqrt(mean + dispersion * mean**2))
    exact = -nbinom.logsf(n - 1, 1 / dispersion, 1 / (1 + dispersion * mean)) / np.log(10)

    assert upper_tail(one(n), one(mean), one(dispersion))[0] == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("mean", [0.7, 5.0, 60.0, 4_000.0])
@pytest.mark.parametrize("dispersion", [0.02, 0.5, 8.0])
@pytest.mark.parametrize("part", [0.0, 0.1, 0.7])
def test_the_lower_tail_is_the_chance_of_so_few_or_fewer(mean: float, dispersion: float, part: float) -> None:
    n = np.floor(part * mean)
    exact = -nbinom.logcdf(n, 1 / dispersion, 1 / (1 + dispersion * mean)) / np.log(10)

    assert lower_tail(one(n), one(mean), one(dispersion))[0] == pytest.approx(exact, rel=1e-6)


def test_what_is_about_as_expected_is_not_computed_and_surprises_nobody() -> None:
    assert upper_tail(one(11.0), one(10.0), one(0.02))[0] == 0
    assert lower_tail(one(9.0), one(10.0), one(0.02))[0] == 0
    assert upper_tail(one(0.0), one(0.0), one(0.02))[0] == 0


def test_a_tail_too_small_for_a_number_is_still_a_number() -> None:
    assert upper_tail(one(1e6), one(1.0), one(0.02))[0] == pytest.approx(300)
    assert lower_tail(one(0.0), one(1e9), one(1e-4))[0] == pytest.approx(300)


def test_sums_reach_back_so_many_windows_and_at_the_beginning_as_many_as_there_are() -> None:
    values = np.array([[1.0], [2.0], [3.0], [4.0]])

    assert rolling_sum(values, 1)[:, 0].tolist() == [1, 2, 3, 4]
    assert rolling_sum(values, 3)[:, 0].tolist() == [1, 3, 6, 9]
    assert rolling_sum(values, 9)[:, 0].tolist() == [1, 3, 6, 10]


def test_even_counts_are_granted_a_little_dispersion_all_the_same() -> None:
    spread = Spread.fit(np.full((100, 1), 50.0), np.full((100, 1), 50.0))

    assert (spread.clump[0], spread.dispersion[0]) == (1.0, LEAST_DISPERSION)


@pytest.mark.parametrize("dispersion", [0.1, 0.5])
def test_the_dispersion_of_the_rate_is_found(dispersion: float) -> None:
    chance = np.random.default_rng(1)
    expected = chance.uniform(5, 200, (20_000, 1))
    seen = chance.poisson(expected * chance.gamma(1 / dispersion, dispersion, expected.shape))

    assert Spread.fit(seen.astype(np.float64), expected).around(np.array([100.0]))[0] == pytest.approx(
        dispersion, rel=0.15
    )


def test_lines_that_come_in_clumps_are_told_from_a_rate_that_varies() -> None:
    chance = np.random.default_rng(2)
    expected = chance.uniform(1, 300, (20_000, 1))
    clumps = 30 * chance.poisson(expected / 30)

    spread = Spread.fit(clumps.astype(np.float64), expected)

    assert spread.clump[0] == pytest.approx(30, rel=0.2)
    assert spread.dispersion[0] < 0.1
    assert spread.around(np.array([1.0]))[0] > 20 > 0.2 > spread.around(np.array([300.0]))[0]


def test_the_range_leaves_out_as_much_as_was_asked_for() -> None:
    spread = Spread(np.array([1.0]), np.array([0.2]))
    healthy = nbinom(1 / 0.2, 1 / (1 + 0.2 * 40))

    (low,), (high,) = spread.quantiles(np.array([40.0]), np.array([0.005]), np.array([0.005]))

    assert healthy.cdf(low - 1) < 0.005 <= healthy.cdf(low)
    assert healthy.sf(high) <= 0.005 < healthy.sf(high - 1)


def test_where_nothing_is_expected_the_range_is_nought() -> None:
    tail = np.array([0.005])
    low, high = Spread(np.array([30.0]), np.array([5.0])).quantiles(np.zeros(1), tail, tail)
    assert (low.tolist(), high.tolist()) == ([0.0], [0.0])


def test_tails_are_computed_where_they_are_wanted_and_there_as_everywhere() -> None:
    counts, mean = np.array([[40.0, 0.0, 90.0], [0.0, 55.0, 5.0]]), np.full((2, 3), 20.0)
    wanted = np.array([[True, True, False], [False, True, True]])

    for tail in (upper_tail, lower_tail):
        whole = tail(counts, mean, np.full((2, 3), 0.1))
        assert np.count_nonzero(whole) == 3
        np.testing.assert_array_equal(
            tail(counts, mean, np.full((2, 3), 0.1), wanted), np.where(wanted, whole, 0.0), strict=True
        )


@pytest.mark.parametrize("lead", [0, 3, 14, 20])
def test_the_newest_window_has_the_same_sums_to_the_last_bit_as_among_many(lead: int) -> None:
    values = np.random.default_rng(1).normal(size=(40, 7)) * 10.0 ** np.arange(7)

    alone = rolling_sums(values[: lead + 1], (1, 3, 5, 15), lead)
    several = rolling_sums(values[: lead + 2], (1, 3, 5, 15), lead)
    for one, many in zip(alone, several, strict=True):
        np.testing.assert_array_equal(one[0], many[0], strict=True)
