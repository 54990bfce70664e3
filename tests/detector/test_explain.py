"""Reasons: which counts made a window score, and what was expected of them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from detector.explain import MOST, explain
from detector.findings import Reason, ReasonKind
from detector.models.ensemble import CONTEXT, NamespaceModel
from detector.vectors import Column
from parsers.engine import Template
from tests.models.namespaces import COLUMNS, healthy, matrix, of

NEW = (Column("refused", "cart", "error"), Column("banner", "web", "info"))
TEMPLATES = {
    column.template: Template(
        column.template, "shop", column.workload, f"{column.template} <NUM>", column.level, 7, 9, 1, "an example"
    )
    for column in (*COLUMNS, *NEW)
}


@pytest.fixture(scope="module")
def model() -> NamespaceModel:
    return NamespaceModel.fit(matrix(healthy(1440, seed=1)), trees=20, seed=1)


def window(seed: int = 2) -> NDArray[np.int64]:
    """Enough windows for context, the last of which is the one to be explained; two columns of new templates."""
    return np.hstack([healthy(CONTEXT + 1, seed), np.zeros((CONTEXT + 1, len(NEW)), np.int64)])


def reasons(model: NamespaceModel, counts: NDArray[np.int64], *lines: str) -> tuple[Reason, ...]:
    verdict = model.score(matrix(counts, (*COLUMNS, *NEW)), skip=CONTEXT)
    return explain(model, verdict, 0, TEMPLATES, lambda _: lines)


def test_a_new_template_is_named_with_its_lines(model: NamespaceModel) -> None:
    counts = window()
    counts[-1, -2] = 12

    first = reasons(model, counts, "connection refused")[0]

    assert (first.kind, first.template, first.workload, first.level) == (
        ReasonKind.NEW,
        "refused <NUM>",
        "cart",
        "error",
    )
    assert (first.observed, first.expected_low, first.expected_high, first.windows) == (12, 0, 0, 1)
    assert (first.first_seen, first.samples) == (7, ("connection refused",))


def test_a_template_far_out_of_its_range_is_named_with_the_range(model: NamespaceModel) -> None:
    counts = window()
    counts[-1, 1] += 400

    first = reasons(model, counts)[0]

    assert (first.kind, first.template_id, first.observed) == (ReasonKind.MORE, COLUMNS[1].template, counts[-1, 1])
    assert 0 < first.expected_low < 35 < first.expected_high < 100


def test_of_two_faults_the_rarer_comes_first_with_the_larger_share(model: NamespaceModel) -> None:
    counts = window()
    counts[-1, -1], counts[-1, -2] = 30, 30

    first, second, *_ = reasons(model, counts)

    assert (first.template_id, second.template_id) == ("refused", "banner")
    assert first.share > second.share > 0


def test_the_silence_of_a_workload_is_one_reason_not_one_a_template(model: NamespaceModel) -> None:
    counts = window()
    counts[-5:, of("cart")] = 0

    told = reasons(model, counts)

    gone = [one for one in told if one.workload == "cart"]
    assert (gone[0].kind, gone[0].template, gone[0].observed) == (ReasonKind.GONE, "all lines of cart", 0)
    assert gone[0].windows > 1
    assert len(gone) <= 2


def test_the_silence_of_all_is_told_of_the_namespace(model: NamespaceModel) -> None:
    counts = window()
    counts[-15:] = 0

    first = reasons(model, counts)[0]

    assert (first.template, first.template_id, first.samples) == ("all lines of the namespace", "", ())
    assert first.kind is ReasonKind.GONE
    assert first.expected_low > 0


def test_where_lines_are_gone_the_example_of_the_template_stands_in(model: NamespaceModel) -> None:
    counts = window()
    counts[-5:, 0] = 0

    named = [one for one in reasons(model, counts) if one.template_id == COLUMNS[0].template]

    assert named[0].samples == ("an example",)


@pytest.mark.parametrize("lines", [20, 300, 5_000])
def test_however_many_lines_a_new_error_has_it_is_named_and_not_its_workload(lines: int, model: NamespaceModel) -> None:
    counts = window()
    counts[-1, -2] = lines

    assert reasons(model, counts)[0].template_id == "refused"


def test_where_all_templates_of_a_workload_have_a_little_too_much_the_workload_is_named() -> None:
    chance = np.random.default_rng(6)
    columns = tuple(Column(f"t{index}", "web" if index < 12 else f"w{index}", "info") for index in range(48))
    model = NamespaceModel.fit(matrix(chance.poisson(8, (720, 48)), columns), trees=10, seed=1)
    counts = chance.poisson(8, (CONTEXT + 1, 48))
    counts[-1, :12] += 8

    told = explain(model, model.score(matrix(counts, columns), skip=CONTEXT), 0, {}, lambda _: ())

    assert (told[0].template, told[0].kind) == ("all lines of web", ReasonKind.MORE)


def test_there_are_ten_reasons_at_the_most_and_their_shares_sum_to_one(model: NamespaceModel) -> None:
    counts = window()
    counts[-1] += 500

    told = reasons(model, counts)

    assert 1 < len(told) <= MOST
    assert sum(one.share for one in told) == pytest.approx(1.0, abs=1e-5)
    assert [one.share for one in told] == sorted((one.share for one in told), reverse=True)


def test_what_hardly_stands_out_beside_the_worst_is_left_out(model: NamespaceModel) -> None:
    counts = window()
    counts[-1, -2] = 100_000
    counts[-1, -1] = 1

    assert [one.template_id for one in reasons(model, counts)] == ["refused"]


def test_a_window_in_which_no_count_stands_out_still_has_a_reason() -> None:
    even = np.full((200, 2), 50, np.int64)
    columns = COLUMNS[:2]
    model = NamespaceModel.fit(matrix(even, columns), trees=10, seed=1)
    verdict = model.score(matrix(even, columns), skip=199)

    (only,) = explain(model, verdict, 0, TEMPLATES, lambda _: ())

    assert (only.template, only.observed, only.windows, only.share) == ("all lines of the namespace", 300, 3, 1.0)
    assert only.expected_low < 300 < only.expected_high


def test_the_planted_template_is_named_first_among_many() -> None:
    """Of 150 templates, at whatever rate they log."""
    chance = np.random.default_rng(5)
    columns = tuple(Column(f"t{index}", f"w{index % 10}", "info") for index in range(150))
    mean = chance.lognormal(0.5, 1.5, 150)
    history = chance.poisson(mean * chance.gamma(20, 0.05, (720, 150)))
    model = NamespaceModel.fit(matrix(history, columns), trees=10, seed=1)
    right = 0
    for planted in range(0, 150, 5):
        counts = chance.poisson(mean * chance.gamma(20, 0.05, (CONTEXT + 1, 150)))
        counts[-1, planted] += int(20 + 4 * mean[planted])
        verdict = model.score(matrix(counts, columns), skip=CONTEXT)
        right += explain(model, verdict, 0, {}, lambda _: ())[0].template_id == f"t{planted}"

    assert right >= 29


def test_a_new_error_is_told_before_the_larger_counts_that_follow_from_it(model: NamespaceModel) -> None:
    counts = window()
    counts[-1, -2] = 6
    counts[-1, of("mail")[0]] += 80

    first, second, *_ = reasons(model, counts)

    assert (first.template_id, first.kind) == ("refused", ReasonKind.NEW)
    assert (second.workload, second.kind) == ("mail", ReasonKind.MORE)
