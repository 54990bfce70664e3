"""Counts in the order in which they were learned, and evidence in the order in which they came."""

from __future__ import annotations

import numpy as np

from detector.models.aligned import Aligned, in_order
from detector.vectors import Column
from tests.models.namespaces import matrix

A, B, C, D = (Column(name, "w", "info") for name in "abcd")


def test_known_and_unknown_columns_are_laid_apart() -> None:
    aligned = Aligned.of(matrix(np.array([[1, 2, 3]]), (D, C, A)), (A, B, C))

    assert aligned.known.tolist() == [[3, 0, 2]]
    assert aligned.foreign.tolist() == [[1]]
    assert aligned.unseen.tolist() == [1]


def test_evidence_goes_back_to_where_the_columns_were_and_to_unknown_ones_by_their_lines() -> None:
    windows = matrix(np.array([[1, 2, 3, 3], [0, 0, 0, 0]]), (D, C, A, Column("e", "w", "info")))
    aligned = Aligned.of(windows, (A, B, C))

    told = aligned.back(np.array([[5.0, 6.0, 7.0], [1.0, 1.0, 1.0]]), np.array([8.0, 8.0]))

    assert told.tolist() == [[2.0, 7.0, 5.0, 6.0], [0.0, 1.0, 1.0, 0.0]]


def test_what_is_learned_is_laid_out_by_id() -> None:
    columns, counts = in_order(matrix(np.array([[1, 2, 3]]), (C, A, B)))

    assert columns == (A, B, C)
    assert counts.tolist() == [[2, 3, 1]]
