"""What holds for every registered detector: a new one has these checks by its line in the register."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detector.models.port import Detector, Evidence
from detector.models.registry import DETECTORS
from detector.models.saved import dump_detector, load_detector
from detector.vectors import Column, CountMatrix
from tests.models.namespaces import COLUMNS, LINE, MEAN, ODD_HISTORIES, SPAN, columns, healthy, matrix

Ints = NDArray[np.int64]
EACH = pytest.mark.parametrize("name", DETECTORS)
NEW = Column("new-0", "web", "error")
KINDS = ("spike", "loss", "new")
BLIND = {
    ("forest_raw", "new"),
    ("forest_log", "new"),
    ("invariants", "spike"),
    ("invariants", "loss"),
    ("invariants", "new"),
}
"""What a detector is known not to see, as its docstring says: of these templates none is in a relation."""
SEES = [(name, kind) for name in DETECTORS for kind in KINDS if (name, kind) not in BLIND]
POOR = {"forest_raw", "forest_log"}
"""Those that are there to be compared with."""
HISTORIES: dict[str, Ints] = ODD_HISTORIES | {
    "a billion lines now and then": np.where(LINE % 33 == 0, 10**9, 1) * np.ones((1, 3), np.int64),
    "twins": np.hstack([healthy(100, 1)[:, :1]] * 2),
    "a few wild windows": np.where(LINE % 50 == 7, 10**6, healthy(100, 1)),
}


@cache
def fitted(name: str, wild: bool = False) -> Detector:
    """On 1,000 healthy windows; or with five wild ones among them."""
    history = healthy(1000, 1)
    if wild:
        history[200:1000:160] *= 40
    return DETECTORS[name].fit(matrix(history), seed=1)


def planted(kind: str, windows: int = 600) -> tuple[CountMatrix, Ints, Ints]:
    """Healthy windows with a fault in one in ten of them: the matrix, at which rows, and in which columns."""
    counts, chance = np.hstack([healthy(windows, 2), np.zeros((windows, 1), np.int64)]), np.random.default_rng(3)
    rows = np.arange(5, windows, 10)
    frequent = np.flatnonzero(MEAN >= 20)
    match kind:
        case "spike":
            which = chance.integers(len(MEAN), size=len(rows))
            counts[rows, which] += (40 + 8 * MEAN[which]).astype(np.int64)
        case "loss":
            which = chance.choice(frequent, len(rows))
            counts[rows, which] = 0
        case _:
            which = np.full(len(rows), len(MEAN))
            counts[rows, which] = 30
    return matrix(counts, (*COLUMNS, NEW)), rows, which


def found(name: str, kind: str, wild: bool = False) -> tuple[float, float]:
    """Chance that a faulty window scores higher than a healthy one, and how often the right template ranks first."""
    faulty, rows, which = planted(kind)
    # A fault stays in the sums over a few windows after it.
    others = np.setdiff1d(np.arange(len(faulty)), (rows[:, None] + np.arange(5)).ravel())
    evidence = fitted(name, wild).score(faulty)
    first = evidence.by_column[rows].argmax(axis=1) == which
    return above(evidence.raw[rows], evidence.raw[others]), float(first.mean())


def check(evidence: Evidence, windows: int, width: int) -> None:
    assert evidence.raw.shape == (windows,)
    assert evidence.by_column.shape == (windows, width)
    assert evidence.raw.dtype == evidence.by_column.dtype == np.float64
    assert np.isfinite(evidence.raw).all()
    assert np.isfinite(evidence.by_column).all()
    assert (evidence.by_column >= 0).all()


def same(one: Evidence, other: Evidence) -> None:
    """The same to the last bit."""
    np.testing.assert_array_equal(one.raw, other.raw)
    np.testing.assert_array_equal(one.by_column, other.by_column)


def above(some: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """Chance that one of `some` is higher than one of the others: AUC-ROC."""
    return float((some[:, None] > others).mean() + 0.5 * (some[:, None] == others).mean())


@EACH
def test_scoring_is_pure(name: str) -> None:
    detector, counts = fitted(name), healthy(50, 2)
    kept, before = counts.copy(), dump_detector(detector)
    first = detector.score(matrix(counts))
    detector.score(matrix(10 * counts))

    same(detector.score(matrix(counts)), first)
    np.testing.assert_array_equal(counts, kept)
    assert dump_detector(detector) == before


@EACH
def test_a_seed_repeats_and_fitting_leaves_the_history_as_it_was(name: str) -> None:
    history = healthy(200, 1)
    kept = history.copy()
    one, again = (DETECTORS[name].fit(matrix(history), seed=5) for _ in range(2))

    assert dump_detector(one) == dump_detector(again)
    np.testing.assert_array_equal(history, kept)


@EACH
def test_neither_learning_nor_scoring_hangs_on_the_order_of_the_columns(name: str) -> None:
    history, counts = healthy(200, 1), healthy(50, 2)
    detector = DETECTORS[name].fit(matrix(history), seed=1)
    backwards = DETECTORS[name].fit(matrix(history[:, ::-1], COLUMNS[::-1]), seed=1)
    expected = detector.score(matrix(counts))

    for evidence in (
        detector.score(matrix(counts[:, ::-1], COLUMNS[::-1])),
        backwards.score(matrix(counts[:, ::-1], COLUMNS[::-1])),
    ):
        np.testing.assert_allclose(evidence.raw, expected.raw, rtol=1e-9)
        np.testing.assert_allclose(evidence.by_column[:, ::-1], expected.by_column, rtol=1e-6, atol=1e-9)


@EACH
def test_a_template_that_is_gone_from_the_matrix_is_one_without_a_line(name: str) -> None:
    detector, counts = fitted(name), healthy(50, 2)
    counts[:, 3] = 0
    fewer = [index for index in range(len(COLUMNS)) if index != 3]

    evidence = detector.score(matrix(counts[:, fewer], tuple(COLUMNS[index] for index in fewer)))

    whole = detector.score(matrix(counts))
    np.testing.assert_array_equal(evidence.raw, whole.raw)
    np.testing.assert_allclose(evidence.by_column, whole.by_column[:, fewer], rtol=1e-9)


@EACH
def test_an_unknown_template_without_a_line_is_as_good_as_none(name: str) -> None:
    detector, counts = fitted(name), healthy(50, 2)
    wider = matrix(np.hstack([np.zeros((50, 2), np.int64), counts]), (*columns(2, "new"), *COLUMNS))

    evidence, without = detector.score(wider), detector.score(matrix(counts))

    np.testing.assert_array_equal(evidence.raw, without.raw)
    np.testing.assert_array_equal(evidence.by_column[:, 2:], without.by_column)
    assert not evidence.by_column[:, :2].any()


@EACH
@pytest.mark.parametrize("skip", [0, 1, 20, 40])
def test_windows_that_only_give_context_change_nothing_but_are_left_out(name: str, skip: int) -> None:
    detector, counts = fitted(name), matrix(healthy(40, 2))
    whole, part = detector.score(counts), detector.score(counts, skip=skip)

    check(part, 40 - skip, len(COLUMNS))
    np.testing.assert_allclose(part.raw, whole.raw[skip:], rtol=1e-12)
    np.testing.assert_allclose(part.by_column, whole.by_column[skip:], rtol=1e-9, atol=1e-12)


@EACH
def test_windows_score_the_same_alone_and_among_many(name: str) -> None:
    detector, counts = fitted(name), healthy(700, 2)
    whole = detector.score(matrix(counts)).raw[690:]

    np.testing.assert_allclose(detector.score(matrix(counts[660:]), skip=30).raw, whole, rtol=1e-9)


@EACH
def test_no_window_no_template_or_neither_give_evidence_of_that_shape(name: str) -> None:
    detector = fitted(name)

    check(detector.score(matrix(healthy(0, 1))), 0, len(COLUMNS))
    check(detector.score(CountMatrix(0, SPAN, (), np.zeros((3, 0), np.int64))), 3, 0)
    check(detector.score(CountMatrix(0, SPAN, (), np.zeros((0, 0), np.int64))), 0, 0)


@EACH
@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_odd_histories_give_numbers_whatever_comes_after(name: str, history: Ints) -> None:
    own = columns(history.shape[1])
    detector, window = DETECTORS[name].fit(matrix(history, own), seed=1), history[-5:]

    for following in (
        matrix(window, own),
        matrix(np.zeros_like(window), own),
        matrix(np.full_like(window, 10**12), own),
        matrix(np.full((5, 4), 100), columns(4, "new")),
        matrix(np.hstack([window, window + 1]), (*own, *columns(history.shape[1], "new"))),
    ):
        evidence = detector.score(following)
        check(evidence, 5, len(following.columns))
        same(load_detector(dump_detector(detector)).score(following), evidence)


@EACH
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.data_too_large])
@given(data=st.data())
def test_no_counts_at_all_give_anything_but_numbers(name: str, data: Any) -> None:
    templates = data.draw(st.integers(1, 4))
    sizes = st.sampled_from([0, 0, 0, 1, 2, 9, 1_000, 10**7])
    rows = st.lists(sizes, min_size=templates, max_size=templates)
    history = np.array(data.draw(st.lists(rows, min_size=12, max_size=40)), np.int64)
    following = np.array(data.draw(st.lists(rows, min_size=1, max_size=5)), np.int64)
    shift = data.draw(st.integers(0, templates))
    detector = DETECTORS[name].fit(matrix(history, columns(templates)), seed=1)

    # Shifted, some templates are new and some have vanished.
    evidence = detector.score(matrix(following, columns(templates + shift)[shift:]))

    check(evidence, len(following), templates)


@pytest.mark.parametrize(("name", "kind"), SEES)
def test_a_planted_fault_ranks_above_healthy_windows_and_its_template_first(name: str, kind: str) -> None:
    told, first = found(name, kind)

    assert told > (0.7 if name in POOR else 0.95)
    assert first > (0.5 if name in POOR else 0.9)


@pytest.mark.parametrize(("name", "kind"), sorted(BLIND))
def test_what_a_detector_is_said_not_to_see_it_does_not(name: str, kind: str) -> None:
    assert found(name, kind)[0] < 0.7


@pytest.mark.parametrize("name", [name for name, kind in SEES if kind == "spike"])
def test_a_few_wild_windows_in_the_history_hide_no_fault(name: str) -> None:
    assert found(name, "spike", wild=True)[0] > found(name, "spike")[0] - 0.05


@EACH
def test_what_is_saved_scores_the_same_to_the_last_bit(name: str) -> None:
    detector = fitted(name)
    saved = dump_detector(detector)
    again = load_detector(saved)

    assert type(again) is DETECTORS[name]
    assert dump_detector(again) == saved
    for windows in (matrix(healthy(50, 2)), matrix(healthy(1, 3)), planted("new")[0]):
        same(again.score(windows), detector.score(windows))


@EACH
def test_what_is_kept_does_not_grow_with_the_history(name: str) -> None:
    short, long = (len(dump_detector(DETECTORS[name].fit(matrix(healthy(n, 1)), seed=1))) for n in (600, 3000))

    assert long < 2 * short + 20_000


def test_detectors_are_called_by_names_that_can_stand_in_an_option_and_a_table() -> None:
    assert all(name.replace("_", "").isalpha() and name.islower() for name in DETECTORS)
