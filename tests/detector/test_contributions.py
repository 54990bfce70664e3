"""Of 500 windows with one template planted, the reasons name that template first."""

from __future__ import annotations

import numpy as np
import pytest

from detector.explain import explain
from detector.findings import ReasonKind
from detector.models.ensemble import CONTEXT, NamespaceModel, Verdict
from detector.vectors import Column
from tests.models.namespaces import matrix

TEMPLATES = 150
COLUMNS = tuple(Column(f"t{index}", f"w{index % 12}", "info") for index in range(TEMPLATES))
PLANTED = 500


@pytest.fixture(scope="module")
def planted() -> tuple[NamespaceModel, Verdict, list[int]]:
    chance = np.random.default_rng(11)
    mean = chance.lognormal(1.0, 1.2, TEMPLATES)

    def windows(count: int) -> np.ndarray:
        rate = chance.lognormal(0.0, 0.3, (count, 1)) * mean * chance.gamma(20.0, 1 / 20.0, (count, TEMPLATES))
        return np.asarray(chance.poisson(rate), np.int64)

    model = NamespaceModel.fit(matrix(windows(1440), COLUMNS), trees=50, seed=1)
    counts = windows(CONTEXT + 2 * PLANTED)
    chosen = chance.integers(TEMPLATES, size=PLANTED).tolist()
    # Every other window, so that sums over several windows hold healthy ones, too.
    for number, template in enumerate(chosen):
        counts[CONTEXT + 2 * number, template] += int(25 + 8 * mean[template])
    return model, model.score(matrix(counts, COLUMNS), skip=CONTEXT), chosen


def test_the_planted_template_is_named_first(planted: tuple[NamespaceModel, Verdict, list[int]]) -> None:
    model, verdict, chosen = planted
    first = [explain(model, verdict, 2 * number, {}, lambda _: ())[0] for number in range(PLANTED)]

    right = [
        (one.template_id, one.kind) == (f"t{template}", ReasonKind.MORE)
        for one, template in zip(first, chosen, strict=True)
    ]

    assert np.mean(right) >= 0.95


def test_shares_are_of_the_whole_score(planted: tuple[NamespaceModel, Verdict, list[int]]) -> None:
    model, verdict, _ = planted
    for number in range(0, PLANTED, 25):
        reasons = explain(model, verdict, 2 * number, {}, lambda _: ())
        assert sum(reason.share for reason in reasons) == pytest.approx(1.0, abs=1e-4)
        assert all(reason.share > 0 for reason in reasons)


def test_what_is_seen_lies_outside_of_what_was_expected(planted: tuple[NamespaceModel, Verdict, list[int]]) -> None:
    model, verdict, _ = planted
    for number in range(0, PLANTED, 25):
        reason = explain(model, verdict, 2 * number, {}, lambda _: ())[0]
        assert reason.observed > reason.expected_high >= reason.expected_low >= 0
