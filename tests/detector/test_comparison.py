"""“What changed?”, asked of a store that a real pass has written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from detector.batch import detect
from detector.comparison import compare, releases
from detector.errors import UsageError
from detector.findings import Change, ChangeKind, NamespaceStatus, ReasonKind
from detector.grid import Grid
from detector.pipeline import Pipeline
from detector.settings import DetectionSettings, Settings
from detector.sparse import HOUR
from detector.store.port import PassResult, WindowCounts
from detector.store.sqlite import SqliteStore, open_store
from detector.wiring import open_engine
from ingest.files import FileSource
from ingest.settings import ReadSettings
from tests.detector.records import MINUTE
from tests.detector.rollout import MINUTES, ROLLED, at, write_rollout
from tests.store.shop import SEVEN, template
from tests.store.shop import status as stored_status

SETTINGS = Settings(detection=DetectionSettings(learn=timedelta(minutes=90), trees=20))


def read(file: Path, store: SqliteStore, polls: int | None = None, chunk: int = 1 << 20) -> bool:
    """Read on from where the store is, to the end or for so many polls; returns whether the end was reached."""
    known = store.checkpoints()
    with closing(
        FileSource([file], ReadSettings(), follow=False, clock=lambda: at(9_999), checkpoints=known, chunk=chunk)
    ) as source:
        pipeline = Pipeline(source, open_engine(SETTINGS), store, SETTINGS)
        while polls is None or polls > 0:
            polls = None if polls is None else polls - 1
            records = pipeline.poll()
            pipeline.close_windows()
            if source.exhausted and not records:
                return True
    return False


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rollout(tmp_path_factory.mktemp("logs"))


@pytest.fixture(scope="module")
def store(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteStore]:
    made = open_store(tmp_path_factory.mktemp("store") / "s.sqlite")
    read(file, made)
    yield made
    made.close()


@pytest.fixture
def shop(store: SqliteStore) -> NamespaceStatus:
    (status,) = store.statuses()
    return status


def test_an_image_that_is_rolled_out_is_stored_as_one_change(store: SqliteStore) -> None:
    (change,) = store.changes("shop")
    assert (change.kind, change.workload) == (ChangeKind.IMAGE, "cart")
    assert (change.before, change.after) == ("registry.example/shop/cart:1.4", "registry.example/shop/cart:1.5")
    assert at(ROLLED) <= change.time < at(ROLLED + 1)


def test_all_that_the_release_changed_comes_first_and_nothing_that_it_did_not(
    store: SqliteStore, shop: NamespaceStatus
) -> None:
    found = compare(store, shop, None, None, MINUTE)
    assert found.release is not None
    assert found.release.changes == found.changes == tuple(store.changes("shop"))
    assert (found.before, found.after) == (Grid(at(0), at(ROLLED), MINUTE), Grid(at(ROLLED), at(MINUTES), MINUTE))
    told = {found.templates[one.column.template].text: one for one in found.differences}
    assert [(text, one.kind) for text, one in sorted(told.items())] == [
        ("cache miss for key <NUM>", ReasonKind.MORE),
        ("legacy discount table row <NUM> read", ReasonKind.GONE),
        ("retry <NUM> of payment gateway after <NUM>", ReasonKind.NEW),
    ]
    assert all(one.is_certain for one in found.differences)
    more = told["cache miss for key <NUM>"]
    assert more.lift == pytest.approx(3.0, rel=0.15)
    assert (more.windows_before, more.windows_after) == (ROLLED, MINUTES - ROLLED)


def test_before_the_release_nothing_has_changed(store: SqliteStore, shop: NamespaceStatus) -> None:
    found = compare(store, shop, at(100), at(ROLLED), MINUTE)
    assert (found.release, found.changes, found.differences) == (None, (), ())


def test_what_was_told_is_the_same_however_often_reading_was_cut_off(
    file: Path, store: SqliteStore, tmp_path: Path
) -> None:
    other = open_store(tmp_path / "s.sqlite")
    cuts = 0
    while not read(file, other, polls=1, chunk=1 << 15):
        cuts += 1
    assert cuts > 3
    assert other.changes() == store.changes()
    assert other.deployed() == store.deployed()
    assert other.anomalies(limit=1000).items == store.anomalies(limit=1000).items
    other.close()


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        (at(0), None, "before that time.*first line is of 2026-01-01 00:00 UTC"),
        (at(MINUTES), None, "No window after that time.*closed until 2026-01-01 04:00 UTC"),
        (at(120), at(60), "No window after that time"),
        (None, at(ROLLED - 10), "No roll-out in shop was seen.*Give a time"),
    ],
)
def test_what_cannot_be_compared_is_told_with_advice(
    store: SqliteStore, shop: NamespaceStatus, since: int | None, until: int | None, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        compare(store, shop, since, until, MINUTE)


def test_roll_outs_within_minutes_of_each_other_are_one_release() -> None:
    def rolled(minute: float, workload: str, kind: ChangeKind = ChangeKind.IMAGE) -> Change:
        return Change(f"{minute}", "shop", workload, at(minute), kind, "1", "2")

    first, second, pods, third = rolled(0, "a"), rolled(12, "b"), rolled(20, "a", ChangeKind.PODS), rolled(60, "a")
    found = releases([third, first, pods, replace(second, kind=ChangeKind.ROLLOUT)])
    assert [[one.workload for one in release.changes] for release in found] == [["a", "b"], ["a"]]
    assert (found[0].start, found[0].end) == (at(0), at(12))


def test_reading_all_at_once_sees_the_same_changes(file: Path, store: SqliteStore) -> None:
    source = FileSource([file], ReadSettings(), follow=False, clock=lambda: at(9_999))
    with closing(source):
        result = detect(source, open_engine(SETTINGS), SETTINGS, at(120))
    told = {one.change for one in result.anomalies if one.window >= at(ROLLED)}
    assert told == {store.changes("shop")[0]}
    assert {one.change for one in result.anomalies if one.window < at(ROLLED)} <= {None}


def test_what_was_rolled_up_is_compared_by_the_hour(tmp_path: Path) -> None:
    hours = 48
    with closing(open_store(tmp_path / "s.sqlite")) as kept:
        windows = []
        for number in range(hours * 60):
            lines = {"paid": 10 + number % 3, **({"refused": 4} if number >= 24 * 60 else {"sent": 5})}
            found = np.array(list(lines.values()), np.int64)
            windows.append(WindowCounts("shop", SEVEN + number * MINUTE, tuple(lines), found))
        end = SEVEN + hours * 60 * MINUTE
        state = replace(stored_status(last=hours * 60 - 1), first_window=SEVEN)
        templates = [template(name) for name in ("paid", "sent", "refused")]
        kept.commit(PassResult(end, counts=windows, statuses=[state], templates=templates))
        since = SEVEN + 24 * 60 * MINUTE
        before = compare(kept, state, since, None, MINUTE)
        kept.prune(SEVEN + 40 * 60 * MINUTE, 0)
        after = compare(kept, state, since, None, MINUTE)
    told = [
        {one.column.template: (one.kind, one.before, one.after) for one in found.differences}
        for found in (before, after)
    ]
    assert told[0] == told[1] != {}
    assert (after.before, after.after) == (Grid(SEVEN, since, HOUR), Grid(since, end, HOUR))
    assert {one.windows_after for one in after.differences} <= {0, 24}
