"""Drain in the core against Drain3's own, line by line: the same number, change and template, eviction included."""

from __future__ import annotations

import random
from collections.abc import Sequence
from types import ModuleType

import pytest
from drain3.drain import Drain
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

ALPHABETS = [["a", "b", "<*>"], [*"abcdefgh", "<*>", "x1"], [f"w{n}" for n in range(60)]]


def made_up(seed: int, count: int, longest: int = 9) -> list[list[str]]:
    """Lines of few words in any order; some words far commoner than others, so that templates merge and overlap."""
    pick = random.Random(seed)
    words = pick.choice(ALPHABETS)
    weights = [1 / (rank + 1) for rank in range(len(words))]
    return [pick.choices(words, weights, k=pick.randint(0, longest)) for _ in range(count)]


def compare(
    core: ModuleType, lines: Sequence[Sequence[str]], depth: int, similarity: float, *limits: int | None
) -> int:
    """Goes through the lines with both; the number of templates that there are at the end."""
    children, clusters = limits
    assert children is not None
    theirs = Drain(depth, similarity, children, clusters, parametrize_numeric_tokens=False)
    ours = core.Drain(depth, similarity, children, clusters)
    for line in lines:
        expected, change = theirs.add_log_message(" ".join(line))
        number, changed = ours.add([word.encode() for word in line])
        assert (number, changed) == (expected.cluster_id, change)
        assert read(ours.template(number)) == expected.log_template_tokens
    kept = 0
    for number in range(1, theirs.clusters_counter + 1):
        there = theirs.id_to_cluster.get(number)
        kept += there is not None
        assert read(ours.template(number)) == (there and there.log_template_tokens)
        assert ours.size(number) == (there and there.size)
    return kept


def read(words: list[bytes] | None) -> tuple[str, ...] | None:
    return None if words is None else tuple(word.decode() for word in words)


@effort(max_examples=60, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(3, 8),
    st.sampled_from([0.05, 0.3, 0.4, 0.5, 0.6, 2 / 3, 0.75, 0.9, 1.0]),
    st.sampled_from([1, 2, 3, 5, 100]),
    st.sampled_from([None, 1, 2, 5, 20]),
)
def test_every_line_gets_drain3s_number_and_template(
    core: ModuleType, seed: int, depth: int, similarity: float, children: int, clusters: int | None
) -> None:
    compare(core, made_up(seed, 400), depth, similarity, children, clusters)


def test_so_it_is_over_many_lines_under_forced_eviction(core: ModuleType) -> None:
    for clusters in (3, 30, 300):
        assert compare(core, made_up(clusters + 7, 12_000), 4, 0.5, 10, clusters) == clusters


def test_templates_evolve_in_these_lines(core: ModuleType) -> None:
    drain = core.Drain(4, 0.4, 100, None)
    changes = {drain.add([word.encode() for word in line])[1] for line in made_up(1, 500)}
    assert changes == {"none", "cluster_created", "cluster_template_changed"}


def test_the_empty_line_has_a_template_of_its_own(core: ModuleType) -> None:
    assert compare(core, [[], ["a"], [], []], 4, 0.4, 100, None) == 2
    compare(core, [[], ["a"], ["b"], [], ["a"], []], 4, 0.4, 100, 1)


@pytest.mark.parametrize(("depth", "children", "clusters"), [(2, 100, None), (4, 0, None), (4, 100, 0)])
def test_what_drain3_would_stumble_over_is_refused(
    core: ModuleType, depth: int, children: int, clusters: int | None
) -> None:
    with pytest.raises(ValueError, match="Drain needs"):
        core.Drain(depth, 0.4, children, clusters)
