"""Counts out of their own range for the load of the minute."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from detector.models.held_out import hold_out
from detector.models.series import Series, series_of
from detector.models.surprise import SCALES, CountSurprise, Surprise, Tails
from detector.vectors import Column
from tests.models.namespaces import COLUMNS, MEAN, healthy, of

TRAINED = 1440
SERIES = series_of(COLUMNS)
CLEAR = 4.0
"""-log10 of a chance that a healthy series hardly ever shows."""


@pytest.fixture(scope="module")
def model() -> CountSurprise:
    counts = healthy(TRAINED, seed=1)
    return CountSurprise.fit(COLUMNS, counts).rescaled(hold_out(COLUMNS, counts).surprise)


def judge(model: CountSurprise, counts: NDArray[np.int64]) -> Surprise:
    return model.score(counts, np.zeros((len(counts), 0), np.int64), ())


def test_templates_and_workloads_are_watched(model: CountSurprise) -> None:
    assert judge(model, healthy(60, 2)).more.shape == (60, len(COLUMNS) + 4, len(SCALES))
    assert SERIES[len(COLUMNS) :] == tuple(Series("", name) for name in ("cart", "db", "mail", "web"))


def test_observed_and_expected_are_sums_over_the_scale(model: CountSurprise) -> None:
    counts = healthy(60, 2)
    surprise = judge(model, counts)

    for at, scale in enumerate(SCALES):
        assert surprise.observed[-1, 0, at] == counts[-scale:, 0].sum()
        assert surprise.expected[-1, 0, at] == pytest.approx(surprise.expected[-scale:, 0, 0].sum())


def test_healthy_windows_hardly_ever_surprise(model: CountSurprise) -> None:
    surprise = judge(model, healthy(TRAINED, seed=5))

    assert np.maximum(surprise.more, surprise.fewer).max(axis=(1, 2)).mean() < CLEAR / 2


def test_a_surge_explains_itself(model: CountSurprise) -> None:
    plain, surge = healthy(60, 3), healthy(60, 3, surge=slice(30, 40), factor=5.0)

    assert surge[30:40].sum() > 4 * plain[30:40].sum()
    assert judge(model, surge).more[30:40].max() < CLEAR


def test_a_storm_of_one_template_stands_out_at_once_and_alone(model: CountSurprise) -> None:
    counts = healthy(60, 4)
    counts[40, 1] += 300

    more = judge(model, counts).more[40, : len(COLUMNS), 0]

    assert more.argmax() == 1
    assert more[1] > CLEAR


def test_a_rare_template_gone_silent_shows_after_a_while_only(model: CountSurprise) -> None:
    counts = healthy(60, 4)
    gone = of("mail")[0]
    counts[30:, gone] = 0

    fewer = judge(model, counts).fewer[:, gone]

    assert fewer[30].max() < CLEAR
    assert fewer[44, SCALES.index(15)] > CLEAR


def test_all_of_a_workload_counts_also_what_the_model_never_saw(model: CountSurprise) -> None:
    counts = healthy(60, 6)
    foreign = np.full((60, 2), 7, np.int64)
    cart = SERIES.index(Series("", "cart"))

    surprise = model.score(counts, foreign, ("cart", "unheard-of"))

    assert surprise.observed[0, cart, 0] == counts[0, of("cart")].sum() + 7


def test_a_template_that_does_not_follow_the_load_is_held_against_its_plain_history() -> None:
    chance = np.random.default_rng(7)
    heartbeat = Column("heartbeat", "db", "info")
    counts = np.hstack([healthy(TRAINED, 7), chance.poisson(12, (TRAINED, 1))])
    model = CountSurprise.fit((*COLUMNS, heartbeat), counts)
    quiet = np.hstack([healthy(60, 8, surge=slice(0, 60), factor=0.2), np.full((60, 1), 12)])

    expected = judge(model, quiet).expected[-1, len(COLUMNS), 0]

    assert expected == pytest.approx(12, rel=0.2)


def test_far_beyond_the_highest_load_that_was_learned_the_same_excess_surprises_less(model: CountSurprise) -> None:
    usual, enormous = (np.round(load * MEAN).astype(np.int64)[None] for load in (1.0, 200.0))
    for counts in (usual, enormous):
        counts[0, 1] *= 4

    assert judge(model, enormous).more[0, 1, 0] < judge(model, usual).more[0, 1, 0]


def test_a_series_whose_tail_is_heavier_than_modelled_is_made_less_of() -> None:
    held_out = Tails(np.full((1000, 1, 3), 12.0), np.zeros((1000, 1, 3)))
    plain = CountSurprise.fit((Column("a", "w", "info"),), np.full((100, 1), 5))

    rescaled = plain.rescaled(held_out)

    assert np.all(rescaled.more_scale > 4)
    assert np.all(rescaled.fewer_scale == 1)


def test_the_range_is_where_99_of_100_healthy_windows_are(model: CountSurprise) -> None:
    surprise = judge(model, healthy(TRAINED, seed=9))
    inside = []
    for row in range(0, TRAINED, 7):
        low, high = model.expected_range(0, 0, float(surprise.expected[row, 0, 0]))
        inside.append(low <= surprise.observed[row, 0, 0] <= high)

    assert 0.97 <= np.mean(inside) <= 1.0


def test_the_range_is_finite_however_heavy_the_tail(model: CountSurprise) -> None:
    wild = Tails(*(np.full((30, len(SERIES), 3), 300.0) for _ in range(2)))

    low, high = model.rescaled(wild).expected_range(0, 0, 60.0)

    assert 0 <= low <= high < np.inf


def test_a_fault_in_the_history_does_not_hide_the_next_one() -> None:
    counts = healthy(TRAINED, seed=10)
    counts[700:702, 0] += 2_000
    model = CountSurprise.fit(COLUMNS, counts).rescaled(hold_out(COLUMNS, counts).surprise)
    again = healthy(60, 11)
    again[30, 0] += 2_000

    assert judge(model, again).more[30, 0, 0] > CLEAR
