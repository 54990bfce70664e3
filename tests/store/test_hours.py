"""Counts by the hour: exactly the sums of their windows, however often these are rolled up; in every store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing

import numpy as np
import pytest

from detector.sparse import HOUR, Vectors
from detector.store.hours import minute_of, told_by
from detector.store.port import PassResult, Store, WindowCounts
from tests.store.shop import SEVEN, as_dicts, counts, minute

Opened = Callable[[], Store]
DAY = 24 * 60


def by_hour(windows: Iterable[WindowCounts]) -> dict[int, dict[str, int]]:
    """Hours after seven → template → count."""
    return {(one.window - SEVEN) // HOUR: dict(zip(one.templates, one.counts.tolist(), strict=True)) for one in windows}


def summed(windows: Iterable[WindowCounts]) -> dict[int, dict[str, int]]:
    """What the hours of these windows should be."""
    hours: dict[int, Counter[str]] = {}
    for one in windows:
        hour = hours.setdefault((one.window - SEVEN) // HOUR, Counter())
        hour.update(dict(zip(one.templates, one.counts.tolist(), strict=True)))
    return {hour: dict(sums) for hour, sums in hours.items()}


def drawn(first: int, last: int, namespace: str = "shop", seed: int = 1) -> list[WindowCounts]:
    """Random windows of these minutes after seven; about a tenth of them have no line."""
    chance = np.random.default_rng(seed)
    windows = []
    for at in range(first, last):
        lines = chance.poisson(1.5, 12) * chance.integers(1, 300) * (chance.random() > 0.1)
        seen = np.flatnonzero(lines)
        windows.append(WindowCounts(namespace, minute(at), tuple(f"t{n}" for n in seen), lines[seen].astype(np.int64)))
    return windows


def test_hours_are_the_sums_of_their_windows(store: Store) -> None:
    windows = drawn(-20, 200)
    store.commit(PassResult(minute(200), counts=[*windows, *drawn(0, 50, "bank", 2)]))
    assert by_hour(store.hours("shop")) == summed(one for one in windows if one.templates)
    assert list(by_hour(store.hours("shop", minute(0), minute(121)))) == [0, 1, 2], "those that begin in the range"
    assert list(by_hour(store.hours("shop", minute(1), minute(60)))) == []
    assert list(by_hour(store.hours("shop", minute(60), minute(120)))) == [1]
    assert list(store.hours("nowhere")) == []


def test_rolling_up_changes_no_hour_and_the_windows_are_gone(store: Store) -> None:
    windows = drawn(-20, 3 * DAY)
    store.commit(PassResult(minute(3 * DAY), counts=[*windows, *drawn(0, DAY, "bank", 2)]))
    before = {name: by_hour(store.hours(name)) for name in ("shop", "bank")}
    for cut in (minute(-10), minute(60), minute(90), minute(DAY + 17), minute(2 * DAY)):
        gone = store.prune(cut, 0)
        assert gone > 0
        assert {name: by_hour(store.hours(name)) for name in ("shop", "bank")} == before
        assert all(one.window >= cut for one in store.counts("shop"))
        assert store.prune(cut, 0) == 0, "doing it twice changes nothing"
    assert by_hour(store.hours("shop", minute(0), minute(120))) == {at: before["shop"][at] for at in (0, 1)}


def test_hours_as_columns_hold_the_same(store: Store) -> None:
    def added(vectors: Vectors) -> dict[int, dict[str, int]]:
        assert (np.diff(vectors.window) >= 0).all()
        return summed(vectors.windows())

    windows = [*drawn(-20, 400), counts(401, t1=1 << 40)]
    store.commit(PassResult(minute(402), counts=windows))
    for cut in (None, minute(90), minute(150)):
        if cut is not None:
            store.prune(cut, 0)
        for since, until in ((None, None), (minute(0), minute(121)), (minute(300), None), (minute(1), minute(60))):
            assert added(store.hourly("shop", since, until)) == by_hour(store.hours("shop", since, until))
    # Late lines of a minute that had none make a window of an hour that was rolled up.
    store.commit(PassResult(minute(402), additions=[counts(at, t3=5) for at in range(60)]))
    assert added(store.hourly("shop")) == by_hour(store.hours("shop"))
    # Of a time that is read anew the whole hour counts as it is now, and a part of one as it was.
    store.commit(PassResult(minute(402), counts=[*drawn(0, 60, seed=3), counts(65, t1=9)]))
    assert added(store.hourly("shop")) == by_hour(store.hours("shop"))
    assert len(store.hourly("nowhere")) == 0


def test_it_is_known_up_to_where_windows_are_rolled_up(store: Store) -> None:
    store.commit(PassResult(minute(200), counts=[*drawn(0, 200), counts(3, "bank", login=1)]))
    assert store.rolled_until("shop") is None
    store.prune(minute(90), 0)
    assert (store.rolled_until("shop"), store.rolled_until("bank")) == (minute(120), minute(60))
    assert store.rolled_until("nowhere") is None


def test_late_lines_of_windows_that_are_rolled_up_are_added_to_their_hour(store: Store) -> None:
    store.commit(PassResult(minute(120), counts=[counts(5, paid=5), counts(7, paid=1), counts(65, paid=9)]))
    store.prune(minute(60), 0)
    late = [counts(5, paid=2, sent=3), counts(5, sent=1), counts(6, paid=10), counts(65, paid=1)]
    store.commit(PassResult(minute(120), additions=late))
    expected = {0: {"paid": 18, "sent": 4}, 1: {"paid": 10}}
    assert by_hour(store.hours("shop")) == expected
    store.prune(minute(60), 0)
    assert by_hour(store.hours("shop")) == expected
    assert list(as_dicts(store.counts("shop"))) == [65]


def test_an_hour_that_is_counted_again_replaces_the_old_one_and_is_never_doubled(store: Store) -> None:
    store.commit(PassResult(minute(60), counts=[counts(at, paid=1) for at in range(60)]))
    store.prune(minute(60), 0)
    store.commit(PassResult(minute(60), counts=[counts(at, paid=2) for at in range(60)]))
    for _ in range(2):
        assert by_hour(store.hours("shop")) == {0: {"paid": 120}}
        store.prune(minute(60), 0)
    store.commit(PassResult(minute(60), counts=[counts(at, paid=5) for at in range(10)]))
    for _ in range(2):
        assert by_hour(store.hours("shop")) == {0: {"paid": 120}}, "a part of it tells less than all of it"
        store.prune(minute(60), 0)


def test_hours_are_there_after_a_restart_and_go_when_they_are_too_old(opened: Opened) -> None:
    year = 365 * DAY
    with closing(opened()) as store:
        store.commit(PassResult(minute(year), counts=[counts(0, paid=1), counts(100 * DAY, paid=2)]))
        store.prune(minute(year), 0)
    with closing(opened()) as store:
        assert by_hour(store.hours("shop")) == {0: {"paid": 1}, 2400: {"paid": 2}}
        assert list(store.counts("shop")) == []
        assert store.prune(minute(year), 0, minute(0)) == 0
        # Elasticsearch removes whole months.
        assert store.prune(minute(year), 0, minute(60 * DAY)) == 1
        assert by_hour(store.hours("shop")) == {2400: {"paid": 2}}


@pytest.mark.parametrize(("old", "new", "part"), [(0, 1, "both"), (1, 2, "both"), (3, 3, "new"), (7, 1, "old")])
def test_what_tells_of_an_hour(old: int, new: int, part: str) -> None:
    assert told_by(old, new) == part


def test_the_last_minute_of_an_hour_has_a_bit_of_its_own() -> None:
    assert minute_of(minute(59)) == 1 << 59
    assert minute_of(minute(60)) == 1
