"""A window is read once: what is made of it later is what would be made of it if it were read again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from detector.findings import Change, ChangeKind
from detector.models.ensemble import CONTEXT, NamespaceModel, Verdict
from detector.models.negative_binomial import rolling_sum, rolling_sums
from detector.models.reading import LEAD, PAST
from detector.vectors import Column
from tests.models.namespaces import COLUMNS, SPAN, healthy, matrix, of

Ints = NDArray[np.int64]
NEW = (*COLUMNS, Column("banner", "cart", "info"), Column("refused", "cart", "error"))
WINDOWS = CONTEXT + 40
CHANGE = Change("c", "shop", "cart", (CONTEXT + 3) * SPAN + 1, ChangeKind.ROLLOUT, "a", "b")


@pytest.fixture(scope="module")
def model() -> NamespaceModel:
    return NamespaceModel.fit(matrix(healthy(1_000, 1)), trees=20, seed=1)


@pytest.fixture(scope="module")
def counts() -> Ints:
    """With a burst, a workload that stops, templates that are new for a while, and a roll-out's lines."""
    counts = np.hstack([healthy(WINDOWS, 2), np.zeros((WINDOWS, 2), np.int64)])
    counts[CONTEXT + 5, of("mail")[0]] += 80
    counts[CONTEXT + 20 : CONTEXT + 30, of("cart")] = 0
    counts[CONTEXT + 3 : CONTEXT + 5, -2] = 4
    counts[CONTEXT + 8 : CONTEXT + 10, -1] = 2
    counts[CONTEXT + 33, -1] = 1
    return counts


def rows(verdict: Verdict) -> list[NDArray[Any]]:
    silence, own, related = verdict.silence, verdict.surprise, verdict.related
    evidence = [own.more, own.fewer, own.observed, own.expected, related.fewer, related.observed, related.expected]
    more: list[NDArray[Any]] = [
        related.deviation,
        related.bent,
        related.oddness,
        silence.fewer,
        silence.observed,
        silence.expected,
    ]
    return [verdict.score, *verdict.by_detector.values(), *evidence, *more, verdict.vectors]


@pytest.mark.parametrize("muted", [frozenset(), frozenset({"cart-0", "refused"})], ids=["all heard", "some muted"])
def test_window_by_window_on_what_was_read_is_all_at_once(
    model: NamespaceModel, counts: Ints, muted: frozenset[str]
) -> None:
    whole, around = matrix(counts, NEW), ((CHANGE,), muted)
    together = model.score(whole, CONTEXT, *around)
    known = model.read_after(whole.rows(0, CONTEXT), CONTEXT, *around)[0].newest()

    for row in range(CONTEXT, WINDOWS):
        reading = known.and_then(model.read(whole.rows(row, row + 1), *around))
        alone = model.judge(reading, len(known), *around)
        for one, all_ in zip(rows(alone), rows(together), strict=True):
            np.testing.assert_allclose(one[0], all_[row - CONTEXT], rtol=1e-9, atol=1e-9)
        known = reading.newest()
        assert (len(known), len(known.totals)) == (LEAD, PAST)


def test_what_was_read_before_is_the_same_to_the_last_bit_however_it_was_kept(
    model: NamespaceModel, counts: Ints
) -> None:
    whole = matrix(counts, NEW)
    singles = [model.read(whole.rows(row, row + 1)) for row in range(WINDOWS)]
    kept = singles[0]
    for single in singles[1:]:
        kept = kept.newest().and_then(single)
    again = singles[WINDOWS - LEAD - 1]
    for single in singles[WINDOWS - LEAD :]:
        again = again.and_then(single)
    again = replace(again, totals=counts.sum(axis=1)[WINDOWS - PAST - 1 :])

    for one, other in zip(rows(model.judge(kept, LEAD)), rows(model.judge(again, LEAD)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_stranger_is_remembered_as_long_as_it_is_in_the_windows_that_are(model: NamespaceModel, counts: Ints) -> None:
    whole = matrix(counts, NEW)
    known = model.read(whole.rows(CONTEXT, CONTEXT + 6)).newest()
    quiet = matrix(healthy(30, 3), start=known.end)
    for row in range(30):
        seen = [column.template for column in known.strangers if known.unknown.any()]
        assert ("banner" in seen) == (row < LEAD - 1), row
        known = known.and_then(model.read(quiet.rows(row, row + 1))).newest()


@pytest.mark.parametrize("windows", [1, 2, 3, 5, 9, 15, 16])
def test_a_sum_hangs_on_the_rows_that_it_holds_alone(windows: int) -> None:
    values = np.random.default_rng(1).normal(size=(60, 4)) * 1e6
    plain = [values[max(0, row + 1 - windows) : row + 1].sum(axis=0) for row in range(60)]

    np.testing.assert_allclose(rolling_sum(values, windows), plain, rtol=1e-9)
    np.testing.assert_array_equal(rolling_sum(values, windows)[30:], rolling_sum(values[10:], windows)[20:])
    for lead in (0, 3, windows - 1, windows + 7):
        (sums,) = rolling_sums(values, (windows,), lead)
        np.testing.assert_array_equal(sums, rolling_sum(values, windows)[lead:])
