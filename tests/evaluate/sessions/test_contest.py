"""Half fitted, half judged: the figures are right, and nobody sees what they must not."""

from __future__ import annotations

import numpy as np
import pytest

from detector.errors import UsageError
from detector.evaluate.sessions.choices import Fit, Split
from detector.evaluate.sessions.contest import OURS, Figures, hold, measure
from detector.evaluate.sessions.plan import Plan, halves
from detector.evaluate.sessions.report import report
from detector.evaluate.sessions.rivals import RIVALS, Verdict
from detector.models.sessions import Sessions
from tests.evaluate.sessions.made import normal, sessions, trouble

LABELS = np.array([0] * 1_500 + [1] * 30, np.int8)


@pytest.fixture(scope="module")
def made() -> Sessions:
    return sessions(normal(1_500, 1) + trouble("without_end", 15, 2) + trouble("new_template", 15, 3))


def test_figures_are_those_that_are_counted_by_hand() -> None:
    labels = np.array([1, 1, 1, 0, 0, 0, 0, 0], np.int8)
    score = np.array([9.0, 8.0, 1.0, 7.0, 0.5, 0.4, 0.3, 0.2])
    auc_pr = (1 + 1 + 3 / 4) / 3
    assert measure(labels, Verdict(score, score > 5)) == Figures(2 / 3, 2 / 3, 2 / 3, 14 / 15, auc_pr, 1, 1)


def test_nothing_told_is_no_false_alarm() -> None:
    figures = measure(np.array([0, 1], np.int8), Verdict(np.zeros(2), np.zeros(2, bool)))
    assert (figures.precision, figures.recall, figures.f1) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize("fit", Fit)
@pytest.mark.parametrize("split", Split)
def test_halves_have_nothing_in_common(made: Sessions, fit: Fit, split: Split) -> None:
    labels = np.random.default_rng(0).permutation(LABELS)
    for half in halves(made, labels, Plan(fit, split, 3)):
        assert not set(half.fitted.tolist()) & set(half.judged.tolist())
        assert len(half.judged) == 765
        assert (labels[half.fitted] == 0).all() == (fit is Fit.NORMAL)


def test_by_time_the_earlier_half_is_fitted(made: Sessions) -> None:
    (half,) = halves(made, np.arange(len(made)).astype(np.int8) % 2, Plan(split=Split.TIME, seeds=9))
    begins = made.time[made.bounds[:-1]]
    assert begins[half.fitted].max() <= begins[half.judged].min()


def test_labels_reach_neither_the_model_nor_its_line(made: Sessions) -> None:
    """With other labels the same sessions are told of: the same chances, the same line."""
    one, other = (hold(made, labels, Plan(seeds=1)).example for labels in (LABELS, LABELS[::-1].copy()))
    assert one.rarity.tolist() == other.rarity.tolist()
    assert one.cut == other.cut


@pytest.mark.parametrize("fit", Fit)
def test_both_ways_of_fitting_find_what_is_there(made: Sessions, fit: Fit) -> None:
    contest = hold(made, LABELS, Plan(fit, seeds=3))
    assert contest.worst(OURS).recall == 1.0
    assert contest.mean(OURS).f1 >= 0.95
    assert set(contest.figures) == {OURS, *RIVALS}


def test_the_same_evaluation_gives_the_same(made: Sessions) -> None:
    assert hold(made, LABELS, Plan(seeds=2)).as_json() == hold(made, LABELS, Plan(seeds=2)).as_json()


@pytest.mark.parametrize("labels", [np.zeros(1_530, np.int8), np.ones(1_530, np.int8)])
def test_one_kind_only_can_not_be_judged(made: Sessions, labels: np.ndarray[tuple[int], np.dtype[np.int8]]) -> None:
    with pytest.raises(UsageError, match="only one kind"):
        hold(made, labels, Plan())


def test_too_few_sessions_say_so() -> None:
    with pytest.raises(UsageError, match="Only 3 labelled sessions"):
        hold(sessions(normal(3, 1)), np.array([0, 1, 0], np.int8), Plan())


def test_the_report_shows_errors_with_their_lines_and_runs_nothing_of_theirs() -> None:
    hostile = "<script>alert(1)</script>"
    made = sessions([*normal(200, 1), *([["started", hostile, "ended"]] * 4)])
    labels = np.array([0] * 202 + [1] * 2, np.int8)
    page = report(hold(made, labels, Plan(seeds=5)), {one: one for one in made.templates}, "Sessions")
    assert hostile not in page
    assert "&lt;script&gt;alert(1)" in page
    assert page.count("<svg") == 3
    assert "<script" not in page
