"""A namespace that falls silent, and one that is only quiet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.models.silence import BASELINE, SCALES, Silence

CLEAR = 4.0
PAST = BASELINE + max(SCALES)


def lines(windows: int, seed: int, mean: float = 50.0) -> NDArray[np.int64]:
    chance = np.random.default_rng(seed)
    return chance.poisson(mean * chance.gamma(10.0, 0.1, windows)).astype(np.int64)


def minutes(windows: int) -> NDArray[np.int64]:
    return np.arange(windows) * 60_000_000


def fit(total: NDArray[np.int64]) -> Silence:
    return Silence.fit(total, minutes(len(total)))


def test_a_stop_shows_within_the_shorter_scale() -> None:
    model, total = fit(lines(1440, 1)), lines(PAST + 60, 2)
    total[PAST + 30 :] = 0

    fewer = model.score(total, minutes(len(total))).fewer.max(axis=1)

    assert fewer[PAST : PAST + 30].max() < CLEAR <= fewer[PAST + 32]


def test_half_of_all_lines_missing_shows_over_the_longer_scale() -> None:
    model, total = fit(lines(1440, 1)), lines(PAST + 60, 3)
    total[PAST + 30 :] //= 3

    assert model.score(total, minutes(len(total))).fewer[PAST + 30 + 15, SCALES.index(15)] > CLEAR


def test_a_night_that_comes_slowly_is_no_silence() -> None:
    dusk = np.exp(-np.arange(600) / 200.0)
    falling = np.random.default_rng(4).poisson(200 * dusk).astype(np.int64)
    curve = 60 * (1 + 0.9 * np.sin(2 * np.pi * np.arange(1440) / 1440))
    model = fit(np.random.default_rng(5).poisson(curve).astype(np.int64))

    assert model.score(falling, minutes(len(falling))).fewer[PAST:].max() < CLEAR


def test_the_hour_after_a_surge_is_no_silence() -> None:
    model, total = fit(lines(1440, 1)), lines(PAST + 60, 6)
    total[PAST : PAST + 10] *= 20

    assert model.score(total, minutes(len(total))).fewer[PAST + 10 :].max() < CLEAR


def test_the_level_is_that_of_the_hour_before_the_windows_looked_at() -> None:
    total = np.concatenate([np.full(BASELINE, 10), np.full(3, 1)])

    short = fit(lines(1440, 1)).score(total, minutes(len(total)))

    at = SCALES.index(3)
    assert (short.observed[-1, at], short.expected[-1, at]) == (3, 30)


def test_without_an_hour_before_a_window_is_as_expected() -> None:
    shortfall = fit(lines(1440, 1)).score(np.zeros(BASELINE, np.int64), minutes(BASELINE))

    assert shortfall.fewer.max() < 0.5
    np.testing.assert_allclose(shortfall.observed, 0)


def test_while_there_is_too_little_history_hardly_anything_surprises() -> None:
    total = lines(PAST + 60, 7)
    total[PAST + 30 :] = 0
    early, grown = fit(lines(70, 1)), fit(lines(1440, 1))

    assert (
        early.score(total, minutes(len(total))).fewer.max() < 0.5 * grown.score(total, minutes(len(total))).fewer.max()
    )
    assert early.past(70) == 70


def test_a_namespace_of_few_lines_is_not_thought_silent_between_them() -> None:
    sparse = (np.random.default_rng(8).random(3_000) < 0.02).astype(np.int64)

    assert fit(sparse[:1500]).score(sparse[1500:], minutes(1500)).fewer.max() < CLEAR


def test_the_night_after_a_load_test_is_no_silence() -> None:
    day = 60 * (1 - 0.6 * np.sin(2 * np.pi * np.arange(1440) / 1440))
    total = np.random.default_rng(9).poisson(np.tile(day, 4)).astype(np.int64)
    night = total[4_320 + 300 : 4_320 + 600].copy()
    night[100:160] *= 5

    model, at = fit(total[:4_320]), minutes(600)[300:]

    assert model.score(night, at).fewer.max() < CLEAR
    assert model.score(night, at + 11 * 3_600_000_000).fewer.max() > CLEAR, "at an hour that is busy"
    night[200:] = 0
    assert model.score(night, at).fewer.max() > CLEAR


def test_a_load_test_in_what_was_learned_does_not_hide_a_stop() -> None:
    total = lines(4_320, 10)
    total[2_000:2_040] *= 6
    model, coming = fit(total), lines(PAST + 60, 11)
    coming[PAST + 30 :] = 0

    assert model.score(coming, minutes(len(coming))).fewer[PAST + 32].max() > 2 * CLEAR
