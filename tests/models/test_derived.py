"""A window as nine numbers: what each says, and which templates it rests on."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from detector.models.derived import FEATURES, Derived
from detector.vectors import Column, CountMatrix
from tests.models.namespaces import COLUMNS, MEAN, healthy, matrix

NEW = Column("new", "web", "error")


def vectors(counts: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    derived, _ = Derived.fit(matrix(healthy(1000, 1)))
    view = derived.view(matrix(counts, (*COLUMNS, NEW)[: counts.shape[1]]))
    return dict(zip(FEATURES, view.vectors.T, strict=True))


def test_a_busier_window_is_not_quiet_and_little_out_of_range() -> None:
    usual, surge = (vectors(healthy(300, 2, slice(0, 300), factor)) for factor in (1.0, 4.0))

    assert surge["quiet"].mean() < usual["quiet"].mean()
    assert surge["out_of_range"].mean() < 2 * usual["out_of_range"].mean()


def test_a_window_without_a_line_is_as_quiet_as_can_be() -> None:
    said = vectors(np.zeros((1, len(COLUMNS)), np.int64))

    assert said["quiet"][0] == pytest.approx(np.log1p(MEAN.sum()), abs=0.3)
    assert said["mix_distance"][0] == 0.5


def test_lines_of_unknown_templates_count_as_unseen_and_as_more_than_expected() -> None:
    counts = np.hstack([healthy(2, 2), [[0], [50]]])

    said = vectors(counts)

    assert said["unseen"].tolist() == pytest.approx([0.0, np.log(51)])
    assert said["more"][1] > 3 > said["more"][0]


def test_what_is_learned_from_is_held_against_the_rest_of_the_history() -> None:
    history = healthy(400, 1)
    history[300:, 4] = 0
    history[:, 6] = 0
    history[390, [4, 6]] = 500
    _, held_out = Derived.fit(CountMatrix(0, 1, COLUMNS, history))

    assert held_out.shape == (400, len(FEATURES))
    assert held_out[390, FEATURES.index("more")] > 5
    assert held_out[390, FEATURES.index("unseen")] == np.log1p(500)


def test_each_number_goes_to_the_columns_that_it_rests_on() -> None:
    derived, _ = Derived.fit(matrix(healthy(1000, 1)))
    counts = np.hstack([healthy(1, 2), [[40]]])
    counts[0, 2], counts[0, 5] = 400, 0
    view = derived.view(matrix(counts, (*COLUMNS, NEW)))

    first = {
        name: int(view.by_column(np.eye(len(FEATURES))[index, None])[0].argmax()) for index, name in enumerate(FEATURES)
    }

    assert first["more"] == first["more_top3"] == 2
    assert first["fewer"] == first["fewer_top3"] == first["quiet"] == 5
    assert first["unseen"] == len(COLUMNS)
