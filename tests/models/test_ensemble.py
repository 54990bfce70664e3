"""Given a namespace whose days are all alike, what is found and what is left in peace."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray

from detector.models.ensemble import CONTEXT, NamespaceModel, Verdict
from detector.rarity import score_of_budget
from detector.vectors import Column
from tests.models.namespaces import COLUMNS, SPAN, healthy, matrix, of

TRAINED = 1440
ONCE_A_DAY = score_of_budget(1.0, SPAN)


@pytest.fixture(scope="module")
def model() -> NamespaceModel:
    return NamespaceModel.fit(matrix(healthy(TRAINED, seed=1)), trees=50, seed=1)


def judge(model: NamespaceModel, counts: NDArray[np.int64], columns: tuple[Column, ...] = COLUMNS) -> Verdict:
    return model.score(matrix(counts, columns), skip=CONTEXT)


def a_morning(seed: int) -> NDArray[np.int64]:
    """Two hours of healthy windows, after as many as scoring needs for context."""
    return healthy(CONTEXT + 120, seed)


def test_healthy_days_stay_within_the_alert_budget(model: NamespaceModel) -> None:
    days = [model.score(matrix(healthy(CONTEXT + 1440, seed)), skip=CONTEXT).score for seed in range(10, 20)]

    alarms = sum(int((scores >= ONCE_A_DAY).sum()) for scores in days)

    assert alarms <= 10


def test_a_surge_of_work_is_no_fault(model: NamespaceModel) -> None:
    counts = healthy(CONTEXT + 120, 2, surge=slice(CONTEXT + 60, CONTEXT + 70), factor=4.0)

    assert judge(model, counts).score.max() < ONCE_A_DAY


def test_a_new_error_is_found_in_its_first_window(model: NamespaceModel) -> None:
    counts = np.hstack([a_morning(3), np.zeros((CONTEXT + 120, 1), np.int64)])
    counts[CONTEXT + 60 :, -1] = 5

    scores = judge(model, counts, (*COLUMNS, Column("refused", "cart", "error"))).score

    assert scores[:60].max() < ONCE_A_DAY
    assert scores[60] >= ONCE_A_DAY


def test_a_new_line_of_information_is_less_alarming_than_a_new_error(model: NamespaceModel) -> None:
    counts = np.hstack([a_morning(3), np.zeros((CONTEXT + 120, 1), np.int64)])
    counts[CONTEXT + 60, -1] = 3

    by_level = {
        level: judge(model, counts, (*COLUMNS, Column("new", "cart", level))).score[60] for level in ("info", "error")
    }

    assert by_level["info"] < ONCE_A_DAY <= by_level["error"]


def test_a_workload_gone_silent_is_found_within_two_windows(model: NamespaceModel) -> None:
    counts = a_morning(4)
    counts[CONTEXT + 60 : CONTEXT + 75, of("cart")] = 0

    scores = judge(model, counts).score

    assert scores[60:62].max() >= ONCE_A_DAY


def test_a_namespace_gone_silent_is_found_within_five_windows(model: NamespaceModel) -> None:
    counts = a_morning(5)
    counts[CONTEXT + 60 :] = 0

    verdict = judge(model, counts)

    assert verdict.score[60:65].max() >= ONCE_A_DAY
    assert verdict.by_detector["silence"][60:65].max() >= ONCE_A_DAY


def test_a_template_far_above_what_the_load_explains_is_found(model: NamespaceModel) -> None:
    counts = a_morning(6)
    counts[CONTEXT + 60, of("mail")[0]] += 60

    verdict = judge(model, counts)

    assert verdict.score[60] >= ONCE_A_DAY
    assert verdict.by_detector["more"][60] >= ONCE_A_DAY


def test_the_same_history_and_seed_give_the_same_scores(model: NamespaceModel) -> None:
    again = NamespaceModel.fit(matrix(healthy(TRAINED, seed=1)), trees=50, seed=1)
    counts = a_morning(7)

    np.testing.assert_array_equal(judge(model, counts).score, judge(again, counts).score)


def test_learning_holds_few_numbers_for_each_count_that_it_learns_from() -> None:
    columns = tuple(Column(f"{index}", f"{index % 5}", "info") for index in range(60))
    history = matrix(np.random.default_rng(1).poisson(3.0, (1_000, len(columns))), columns)
    NamespaceModel.fit(history.rows(0, 100), trees=2, seed=1)  # what is imported stays
    tracemalloc.start()
    try:
        NamespaceModel.fit(history, trees=2, seed=1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    series_and_scales = (len(columns) + 5) * 3
    assert peak < 12 * 8 * len(history) * series_and_scales


def test_scores_do_not_depend_on_how_many_windows_are_scored_together(model: NamespaceModel) -> None:
    counts = a_morning(8)
    together = judge(model, counts).score

    one_by_one = [
        float(model.score(matrix(counts[row : row + CONTEXT + 1]), skip=CONTEXT).score[0]) for row in range(120)
    ]

    np.testing.assert_allclose(one_by_one, together, atol=1e-6)


def test_an_hour_of_history_is_enough_to_see_a_new_error_and_to_keep_calm() -> None:
    model = NamespaceModel.fit(matrix(healthy(60, seed=1)), trees=50, seed=1)
    quiet = healthy(60 + CONTEXT, seed=1)
    broken = np.hstack([quiet, np.zeros((len(quiet), 1), np.int64)])
    broken[-1, -1] = 30

    assert (model.score(matrix(quiet), skip=60).score >= ONCE_A_DAY).mean() < 0.05
    assert model.score(matrix(broken, (*COLUMNS, Column("refused", "cart", "error"))), skip=60).score[-1] >= ONCE_A_DAY
