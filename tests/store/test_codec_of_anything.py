"""Counts as they are packed: whatever they are they come back, one by one as many at once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from detector.store.codec import pack, pack_all, unpack, unpack_all

EDGES = st.sampled_from([0, 1, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**62])
VECTORS = st.lists(
    st.dictionaries(st.integers(0, 2**40) | EDGES, st.integers(1, 2**62) | EDGES.filter(bool), min_size=1, max_size=12),
    max_size=12,
)


def columns(vectors: list[dict[int, int]]) -> tuple[NDArray[np.int64], ...]:
    """Begins, ends, numbers and counts."""
    ends = np.cumsum([len(one) for one in vectors], dtype=np.int64)
    begins = ends - np.array([len(one) for one in vectors], np.int64)
    numbers = np.array([number for one in vectors for number in one], np.int64)
    counts = np.array([count for one in vectors for count in one.values()], np.int64)
    return begins, ends, numbers, counts


@given(VECTORS)
def test_many_are_packed_as_each_alone_and_come_back(vectors: list[dict[int, int]]) -> None:
    begins, ends, numbers, counts = columns(vectors)
    blobs = pack_all(begins, ends, numbers, counts)
    for one, blob in zip(vectors, blobs, strict=True):
        alone = pack(np.array(list(one), np.int64), np.array(list(one.values()), np.int64))
        assert blob == alone
        _, number, count = unpack(blob)
        assert dict(zip(number.tolist(), count.tolist(), strict=True)) == one


@given(VECTORS)
def test_many_are_read_at_once_as_one_by_one(vectors: list[dict[int, int]]) -> None:
    blobs = pack_all(*columns(vectors))
    begin, end, numbers, counts = unpack_all(blobs)
    for one, first, last in zip(vectors, begin.tolist(), end.tolist(), strict=True):
        assert dict(zip(numbers[first:last].tolist(), counts[first:last].tolist(), strict=True)) == one
