"""The counts of many windows as columns: the same as window by window, in every store."""

from __future__ import annotations

import numpy as np
import pytest

from detector.errors import StoreError
from detector.history import History
from detector.sparse import Vectors
from detector.store import codec
from detector.store.port import PassResult, Store, WindowCounts
from detector.vectors import Column, to_matrix
from tests.store.shop import MINUTE, as_dicts, counts, minute, morning, template

HUGE = 1 << 40


def test_columns_hold_what_the_windows_do(store: Store) -> None:
    for result in morning():
        store.commit(result)
    store.commit(PassResult(minute(12), counts=[counts(10, paid=HUGE), counts(11, sent=1)]))
    for since, until in ((None, None), (minute(1), minute(10)), (minute(3), minute(3)), (minute(11), None)):
        vectors = store.vectors("shop", since, until)
        assert as_dicts(vectors.windows()) == as_dicts(store.counts("shop", since, until))
        assert [one.window for one in vectors.windows()] == vectors.window.tolist()
        assert len(vectors) == len(list(store.counts("shop", since, until)))


def test_nothing_is_no_columns(store: Store) -> None:
    vectors = store.vectors("nowhere")
    assert (len(vectors), list(vectors.windows()), vectors.templates) == (0, [], ())
    assert vectors.matrix({}, minute(0), minute(3), MINUTE).counts.shape == (3, 0)


def test_a_matrix_of_columns_is_that_of_the_windows(store: Store) -> None:
    chance = np.random.default_rng(1)
    names = [f"t{number:03}" for number in range(300)]
    windows = []
    for at in range(60):
        drawn = chance.poisson(chance.lognormal(-1, 3, len(names)))
        seen = np.flatnonzero(drawn)
        chance.shuffle(seen)
        windows.append(WindowCounts("shop", minute(at), tuple(names[n] for n in seen), drawn[seen]))
    store.commit(PassResult(minute(60), counts=windows[:50] + windows[55:]))
    columns = {name: Column(name, "w", "info") for name in names}
    for since, until in ((0, 60), (7, 53), (-5, 70), (51, 53)):
        expected = to_matrix(store.counts("shop"), columns, minute(since), minute(until), MINUTE)
        found = store.vectors("shop").matrix(columns, minute(since), minute(until), MINUTE)
        assert found.columns == expected.columns
        assert (found.counts == expected.counts).all()
        assert (found.start, found.span) == (expected.start, expected.span)


def test_equal_windows_share_the_names_of_their_templates(store: Store) -> None:
    store.commit(PassResult(minute(3), counts=[counts(at, paid=at + 1, sent=300) for at in range(3)]))
    first, second, third = store.vectors("shop").windows()
    assert first.templates is second.templates is third.templates


def test_packed_vectors_of_all_widths_are_unpacked_together() -> None:
    chance = np.random.default_rng(2)
    packed = []
    for _ in range(200):
        size = int(chance.integers(0, 40))
        wide, tall = chance.choice([200, 60_000, 1 << 31, 1 << 50], 2)
        numbers = np.unique(chance.integers(0, wide, size))
        packed.append((numbers, chance.integers(1, tall, len(numbers))))
    begin, end, number, count = codec.unpack_all([codec.pack(*one) for one in packed])
    for at, (numbers, counted) in enumerate(packed):
        assert number[begin[at] : end[at]].tolist() == numbers.tolist()
        assert count[begin[at] : end[at]].tolist() == counted.tolist()


@pytest.mark.parametrize("damaged", [b"", b"\x00\x01", b"\x44", b"\xff\x01\x02", b"\x10abcd"])
def test_a_vector_that_is_none_is_called_damaged(damaged: bytes) -> None:
    whole = codec.pack(np.array([1]), np.array([2]))
    with pytest.raises(StoreError, match="damaged"):
        codec.unpack_all([whole, damaged, whole])


def test_columns_may_lie_in_another_order_than_the_windows() -> None:
    begin, end = np.array([2, 0]), np.array([3, 2])
    vectors = Vectors(
        "shop", np.array([0, MINUTE]), begin, end, np.array([0, 1, 1], np.uint8), np.arange(1, 4), ("b", "a")
    )
    assert [dict(zip(w.templates, w.counts.tolist(), strict=True)) for w in vectors.windows()] == [
        {"a": 3},
        {"b": 1, "a": 2},
    ]
    columns = {name: Column(name, "w", "info") for name in "ab"}
    assert vectors.matrix(columns, 0, 2 * MINUTE, MINUTE).counts.tolist() == [[3, 0], [2, 1]]


def test_stretches_are_packed_together_as_one_by_one() -> None:
    chance = np.random.default_rng(3)
    whole = []
    for _ in range(200):
        wide, tall = chance.choice([200, 60_000, 1 << 31, 1 << 50], 2)
        numbers = np.unique(chance.integers(0, wide, int(chance.integers(1, 40))))
        whole.append((numbers, chance.integers(1, tall, len(numbers))))
    one_by_one = [codec.pack(*one) for one in whole]
    assert codec.pack_all(*codec.unpack_all(one_by_one)) == one_by_one
    assert codec.pack_all(*codec.unpack_all([])) == []


def test_a_history_that_is_loaded_at_once_is_that_of_its_windows(store: Store) -> None:
    chance = np.random.default_rng(4)
    ids = [f"t{number:03}" for number in range(400)]
    known = {name: template(name) for name in ids}
    windows = []
    for at in range(120):
        drawn = chance.poisson(chance.lognormal(-2 + at / 60, 3, len(ids)))
        seen = np.flatnonzero(drawn)
        windows.append(WindowCounts("shop", minute(at), tuple(ids[n] for n in seen), drawn[seen]))
    store.commit(PassResult(minute(120), counts=windows))
    at_once, one_by_one = History(MINUTE), History(MINUTE)
    at_once.load(store.vectors("shop", minute(60)), known)
    for one in store.counts("shop", minute(60)):
        one_by_one.add(one, known)
    new = {name: template(name) for name in ("n1", "n2")}
    for _ in range(3):
        assert as_dicts(at_once) == as_dicts(one_by_one)
        assert at_once.columns == one_by_one.columns
        assert as_dicts(at_once.between(minute(80), minute(90))) == as_dicts(one_by_one.between(minute(80), minute(90)))
        for history in (at_once, one_by_one):
            history.forget(minute(100))
            history.add(counts(130, n1=1, n2=5), known | new)
            history.replace([counts(110, t001=7)], known)
    again = History(MINUTE)
    again.add(windows[0], known)
    again.load(store.vectors("shop", minute(60)), known)
    assert len(list(again)) == 61
