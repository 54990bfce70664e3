from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import StoreError
from detector.findings import Anomaly
from detector.store.codec import add_up, decode, encode, pack, storable, unpack
from tests.store.shop import anomaly

VECTORS = st.dictionaries(st.integers(0, 2**40), st.integers(1, 2**62), max_size=50)


@given(VECTORS)
def test_a_packed_vector_comes_back(vector: dict[int, int]) -> None:
    numbers, counts = np.array(list(vector), np.int64), np.array(list(vector.values()), np.int64)
    _, again, counted = unpack(pack(numbers, counts))
    assert again.tolist() == numbers.tolist()
    assert counted.tolist() == counts.tolist()
    assert counted.dtype == np.int64


def test_small_counts_of_few_templates_take_two_bytes_each() -> None:
    assert len(pack(np.arange(100), np.full(100, 200))) == 1 + 100 + 100


@given(st.binary(max_size=64))
def test_a_blob_that_is_no_vector_is_read_or_called_damaged(blob: bytes) -> None:
    try:
        _, numbers, counts = unpack(blob)
    except StoreError as error:
        assert "damaged" in str(error)  # noqa: PT017
    else:
        assert len(numbers) == len(counts)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 99)), max_size=30))
def test_adding_up_keeps_the_totals_of_each_number(entries: list[tuple[int, int]]) -> None:
    numbers, counts = add_up(np.array([n for n, _ in entries], np.int64), np.array([c for _, c in entries], np.int64))
    expected = {n: sum(c for m, c in entries if m == n) for n, _ in entries}
    assert dict(zip(numbers.tolist(), counts.tolist(), strict=True)) == expected
    assert numbers.tolist() == sorted(expected)


def test_findings_are_plain_json() -> None:
    one = anomaly(3, incident="i")
    assert encode(one).startswith(b'{"id":"')
    assert decode(encode(one), Anomaly) == one


@pytest.mark.parametrize("blob", [b"", b"{}", b"[1]", b'{"id": 7}', b"\xff\xfe", b"cos\nsystem\n(S'true'\ntR."])
def test_a_finding_that_cannot_be_read_is_called_damaged(blob: bytes) -> None:
    with pytest.raises(StoreError, match="damaged"):
        decode(blob, Anomaly)


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_every_text_can_be_made_storable_and_good_ones_stay(text: str) -> None:
    storable(text).encode()
    if not any("\ud800" <= letter <= "\udfff" for letter in text):
        assert storable(text) == text
