"""What holds for the model of a namespace and for each of its detectors, whatever the counts look like."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detector.explain import explain
from detector.models.ensemble import CONTEXT, NamespaceModel, Verdict
from detector.models.novelty import Novelty
from detector.models.silence import Silence
from detector.models.surprise import CountSurprise
from detector.vectors import CountMatrix
from tests.models.namespaces import COLUMNS, LINE, ODD_HISTORIES, SPAN, columns, healthy, matrix

Ints = NDArray[np.int64]
DETECTORS = {"more", "fewer", "relations", "mixture", "silence", "forest", "new"}
FEW_TREES = 10

HISTORIES: dict[str, Ints] = ODD_HISTORIES | {"a million lines now and then": np.where(LINE % 33 == 0, 10**6, 0)}


def fit(history: Ints, seed: int = 1) -> NamespaceModel:
    return NamespaceModel.fit(matrix(history, columns(history.shape[1])), trees=FEW_TREES, seed=seed)


def check(model: NamespaceModel, verdict: Verdict, windows: int) -> None:
    """Every score a number from 0 to 100, and every window with reasons that are numbers, too."""
    assert set(verdict.by_detector) == DETECTORS
    for scores in (verdict.score, *verdict.by_detector.values()):
        assert scores.shape == (windows,)
        assert np.all((scores >= 0) & (scores <= 100))
    for row in range(windows):
        reasons = explain(model, verdict, row, {}, lambda _: ())
        assert sum(reason.share for reason in reasons) == pytest.approx(1.0, abs=1e-4)
        for reason in reasons:
            assert 0 <= reason.expected_low <= reason.expected_high < np.inf
            assert reason.observed >= 0


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
@pytest.mark.parametrize("coming", ["the same", "silence", "ten times as much", "only new templates", "nothing known"])
def test_odd_histories_give_scores_and_reasons_all_the_same(history: Ints, coming: str) -> None:
    model, own = fit(history), columns(history.shape[1])
    window = history[-5:]
    match coming:
        case "the same":
            following = matrix(window, own)
        case "silence":
            following = matrix(np.zeros_like(window), own)
        case "ten times as much":
            following = matrix(10 * window, own)
        case "only new templates":
            following = matrix(np.full((5, 4), 100), columns(4, "new"))
        case _:
            following = matrix(np.zeros((5, 0), np.int64), ())

    check(model, model.score(following), 5)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.data_too_large])
@given(st.data())
def test_no_counts_at_all_give_anything_but_numbers(data: Any) -> None:
    templates = data.draw(st.integers(1, 4))
    sizes = st.sampled_from([0, 0, 0, 1, 2, 9, 1_000, 10**7])
    rows = st.lists(sizes, min_size=templates, max_size=templates)
    history = np.array(data.draw(st.lists(rows, min_size=12, max_size=40)), np.int64)
    following = np.array(data.draw(st.lists(rows, min_size=1, max_size=5)), np.int64)
    shift = data.draw(st.integers(0, templates))
    model = fit(history)

    # Shifted, some templates are new and some have vanished.
    verdict = model.score(matrix(following, columns(templates + shift)[shift:]))

    check(model, verdict, len(following))


def test_scoring_is_pure() -> None:
    model, counts = fit(healthy(200, 1)), healthy(CONTEXT + 10, 2)
    kept = counts.copy()
    first = model.score(matrix(counts, columns(len(COLUMNS))), skip=CONTEXT)
    model.score(matrix(10 * counts, columns(len(COLUMNS))), skip=CONTEXT)

    again = model.score(matrix(counts, columns(len(COLUMNS))), skip=CONTEXT)

    np.testing.assert_array_equal(first.score, again.score)
    np.testing.assert_array_equal(counts, kept)


def test_fitting_leaves_the_history_as_it_was() -> None:
    history = healthy(100, 1)
    kept = history.copy()
    fit(history)

    np.testing.assert_array_equal(history, kept)


def test_a_seed_repeats() -> None:
    counts = matrix(healthy(50, 2), columns(len(COLUMNS)))
    one, again, other = (fit(healthy(200, 1), seed).score(counts).by_detector["forest"] for seed in (1, 1, 2))

    np.testing.assert_array_equal(one, again)
    assert np.any(one != other)


def test_the_order_of_the_columns_of_what_is_scored_makes_no_difference() -> None:
    model, counts, own = fit(healthy(200, 1)), healthy(50, 2), columns(len(COLUMNS))
    backwards = model.score(matrix(counts[:, ::-1], own[::-1]))

    np.testing.assert_allclose(backwards.score, model.score(matrix(counts, own)).score, atol=1e-9)


def test_a_template_without_a_line_is_as_good_as_none() -> None:
    model, counts, own = fit(healthy(200, 1)), healthy(50, 2), columns(len(COLUMNS))
    wider = np.hstack([counts, np.zeros((50, 2), np.int64)])

    verdict = model.score(matrix(wider, (*own, *columns(2, "new"))))

    np.testing.assert_array_equal(verdict.score, model.score(matrix(counts, own)).score)


def test_no_window_gives_no_score() -> None:
    check(model := fit(healthy(100, 1)), model.score(matrix(healthy(0, 1), columns(len(COLUMNS)))), 0)
    assert len(model.score(matrix(healthy(5, 1), columns(len(COLUMNS))), skip=5).score) == 0


@pytest.mark.parametrize("shape", [(60, 0), (0, 3), (11, 3)])
def test_too_little_to_learn_from_is_refused_with_a_sentence(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="A model needs"):
        fit(np.ones(shape, np.int64))


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_each_detector_by_itself_gives_numbers_of_its_shape(history: Ints) -> None:
    own, new = columns(history.shape[1]), columns(2, "new")
    n, foreign = len(history), np.full((len(history), 2), 3, np.int64)

    surprise = CountSurprise.fit(own, history).score(history, foreign, tuple(column.workload for column in new))
    silence = Silence.fit(history.sum(axis=1), np.arange(n) * SPAN).score(history.sum(axis=1), np.arange(n) * SPAN)
    novelty = Novelty.fit(own, history).probability(new, foreign)

    assert surprise.more.shape[0] == silence.fewer.shape[0] == n
    assert novelty.shape == (n, 2)
    for values in (surprise.more, surprise.fewer, surprise.expected, silence.fewer, silence.expected):
        assert np.all(np.isfinite(values) & (values >= 0))
    assert np.all((novelty > 0) & (novelty <= 1))


def test_windows_are_where_they_were() -> None:
    verdict = fit(healthy(100, 1)).score(CountMatrix(7 * SPAN, SPAN, columns(2), healthy(9, 2)[:, :2]), skip=4)

    assert (verdict.foreign.start, len(verdict.foreign)) == (11 * SPAN, 5)
