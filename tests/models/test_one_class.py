"""The one-class machine orders windows as its decision value does, and goes on where that is flat."""

from __future__ import annotations

import numpy as np
from scipy.stats import spearmanr
from sklearn.svm import OneClassSVM

from detector.models.one_class import OneClass
from tests.models.namespaces import healthy, matrix


def test_windows_are_ordered_as_by_the_decision_value() -> None:
    history, coming = matrix(healthy(500, 1)), matrix(healthy(300, 2))
    machine = OneClass.fit(history, seed=1)
    values, asked = (np.clip(machine.standard.apply(one)[0], -4, 4) for one in (history, coming))
    theirs = OneClassSVM(nu=0.02, gamma=machine.gamma).fit(values)

    agree = spearmanr(machine.score(coming).raw, -theirs.decision_function(asked)).statistic

    assert agree > 0.999


def test_far_outside_the_farther_is_the_odder() -> None:
    machine, counts = OneClass.fit(matrix(healthy(500, 1)), seed=1), np.repeat(healthy(1, 2), 4, axis=0)
    counts[:, 3] = [10**3, 10**5, 10**7, 10**9]

    assert np.all(np.diff(machine.score(matrix(counts)).raw) > 0)


def test_the_parts_are_the_squared_distance() -> None:
    machine, coming = OneClass.fit(matrix(healthy(500, 1)), seed=1), healthy(50, 2)
    coming[:, 3] += 400
    evidence = machine.score(matrix(coming))

    # The soft minimum lies a little above the nearest and below the mean of the near ones.
    parts, soft = evidence.by_column.sum(axis=1), evidence.raw**2 * machine.vectors.shape[1]
    np.testing.assert_allclose(parts, soft, rtol=0.3)


def test_few_support_vectors_are_kept() -> None:
    machine = OneClass.fit(matrix(healthy(4000, 1)), seed=1)

    assert len(machine.vectors) < 300
