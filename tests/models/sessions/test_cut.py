"""The line from which on sessions are told, from nothing but chances."""

from __future__ import annotations

import numpy as np
import pytest

from detector.models.sessions import cut


def of_mix(chances: np.ndarray[tuple[int], np.dtype[np.float64]], has_kinds: bool = True) -> float:
    """As if those that were left out had come out the same."""
    return cut.of_mix(chances, chances, has_kinds)


def smooth(count: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Chances that thin out evenly: a tenth as many sessions for every power of ten."""
    return (np.arange(count) + 0.5) / count


def test_without_a_valley_one_in_a_thousand_is_told() -> None:
    assert of_mix(smooth(5_000)) == pytest.approx(cut.STRICT, rel=0.1)


def test_a_heap_behind_a_valley_is_told_however_many_it_holds() -> None:
    for share in (0.005, 0.01, 0.03):
        heap = np.full(int(3_000 * share), 0.008)
        line = of_mix(np.concatenate((np.full(3_000 - len(heap), 0.2), heap)))
        assert 0.008 < line < 0.05


def test_a_handful_is_no_heap() -> None:
    assert of_mix(np.concatenate((np.full(3_000, 0.2), np.full(5, 0.002)))) == cut.STRICT


def test_what_one_in_twenty_does_is_no_trouble() -> None:
    line = of_mix(np.concatenate((np.full(2_800, 0.5), np.full(200, 0.07))))
    assert line < 0.07


def test_traits_without_kinds_have_no_valley_and_a_budget() -> None:
    heap = np.concatenate((np.full(2_900, 0.2), np.full(100, 0.0005)))
    assert np.count_nonzero(heap < of_mix(heap, False)) <= 0.001 * len(heap)


def test_on_normal_sessions_only_what_hardly_one_of_them_has_is_told() -> None:
    assert cut.of_normal(999, np.full(999, 0.3)) == 0.001


def test_on_normal_sessions_that_all_have_something_new_one_in_a_hundred_is_told() -> None:
    held_out = np.geomspace(1e-6, 1e-3, 1_000)
    assert np.count_nonzero(held_out < cut.of_normal(1_000, held_out)) == 10


def test_what_most_sessions_do_is_no_trouble_however_rare_each_of_it_is() -> None:
    line = of_mix(np.full(3_000, 0.004))
    assert not (line > 0.004)


def test_no_sessions_at_all() -> None:
    assert of_mix(np.empty(0)) == 1.0
