"""Columns of text: however rows lie in their buffer, packing and taking leave their texts as they are."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingest.columns import Coded, Texts, sizes


@given(st.lists(st.text(max_size=8), max_size=12), st.data())
def test_packed_texts_are_the_same_texts_in_a_buffer_without_anything_else(
    texts: list[str], data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=12)) if texts else []
    taken = Texts.of(texts).take(np.array(rows, np.intp))

    packed = taken.packed()

    assert list(packed) == list(taken) == [texts[row] for row in rows]
    assert len(packed.data) == packed.size


@given(st.lists(st.sampled_from(["info", "error", ""]), max_size=9))
def test_few_different_texts_become_codes_and_come_back(texts: list[str]) -> None:
    coded = Coded.of(texts)

    assert list(coded) == texts
    assert len(coded.values) == len(set(texts))
    assert Coded.of(coded) is coded


def test_the_size_of_a_row_is_its_share_of_the_buffer() -> None:
    assert sizes(Texts.of(["abc", "", "é"])).tolist() == [3, 0, 2]
    assert all(size > 50 for size in sizes(("abc", "")).tolist()), "an object a row costs more than its text"
