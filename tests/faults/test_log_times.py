"""Times in logs that come twice, never, or in a second that few clocks have: no line is lost over them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.accounting import Tally
from ingest.batch import LogBatch
from ingest.files import FileSource
from ingest.settings import ReadSettings

SECOND = 1_000_000


def read(path: Path, zone: str | None, now: str) -> tuple[LogBatch, Tally]:
    at = int(datetime.fromisoformat(now).timestamp()) * SECOND
    source = FileSource([path], ReadSettings(timezone=zone), follow=False, clock=lambda: at)
    batches = []
    while not source.exhausted:
        batches.append(source.poll())
    return LogBatch.concat([one for one in batches if len(one)]), source.tally


def times(batch: LogBatch) -> list[str]:
    return [datetime.fromtimestamp(time / SECOND, UTC).strftime("%d %H:%M:%S") for time in batch.time.tolist()]


@pytest.mark.parametrize(
    "form",
    ["{} stdout F INFO hello", "{} INFO hello"],
    ids=["the runtime's stamp", "a plain line"],
)
def test_a_leap_second_is_the_moment_after_the_second_before(
    tmp_path: Path, form: str, record_property: Callable[[str, object], None]
) -> None:
    stamps = ["2016-12-31T23:59:59.500000000Z", "2016-12-31T23:59:60.500000000Z", "2017-01-01T00:00:00.500000000Z"]
    path = tmp_path / f"web-7d9c5b6f4-x2x9p_shop_web-{'0' * 64}.log"
    path.write_text("".join(form.format(stamp) + "\n" for stamp in stamps))
    found, tally = read(path, "UTC", "2017-01-01T01:00:00Z")
    assert tally.dropped.total() == 0
    assert len(found) == 3
    assert found.time.tolist() == sorted(found.time.tolist())
    assert times(found)[0] == "31 23:59:59"
    assert times(found)[1] in ("31 23:59:59", "01 00:00:00")
    record_property("lines lost", 0)


def test_the_hour_that_comes_twice_is_read_whole_and_each_line_is_within_it(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Berlin, 2026-10-25: from 03:00 the clocks went back to 02:00; a line without a zone can't say which it is of."""
    local = ["01:59:00", "02:10:00", "02:50:00", "02:10:00", "02:50:00", "03:10:00"]
    (tmp_path / "app.log").write_text("".join(f"2026-10-25 {one} INFO hello\n" for one in local))
    found, tally = read(tmp_path / "app.log", "Europe/Berlin", "2026-10-25T12:00:00Z")
    assert len(found) == len(local)
    assert tally.dropped.total() == 0
    shown = times(found)
    assert shown[0] == "24 23:59:00"
    assert shown[-1] == "25 02:10:00"
    assert all("25 00:00" <= one < "25 02:00" for one in shown[1:-1]), "an hour off at most"
    record_property("lines lost", 0)
    record_property("minutes off, at most", 60)


def test_the_hour_that_never_was_is_read_as_the_one_after_it(tmp_path: Path) -> None:
    """Berlin, 2026-03-29: from 02:00 the clocks went on to 03:00; who writes 02:30 doesn't know of it."""
    (tmp_path / "app.log").write_text("".join(f"2026-03-29 {one} INFO hello\n" for one in ("01:59:00", "02:30:00")))
    found, tally = read(tmp_path / "app.log", "Europe/Berlin", "2026-03-29T12:00:00Z")
    assert tally.dropped.total() == 0
    assert times(found) == ["29 00:59:00", "29 01:30:00"]


def test_a_change_of_the_clocks_moves_nothing_that_names_its_zone(tmp_path: Path) -> None:
    stamps = ["2026-10-25T02:50:00+02:00", "2026-10-25T02:10:00+01:00"]
    (tmp_path / "app.log").write_text("".join(f"{one} INFO hello\n" for one in stamps))
    found, _ = read(tmp_path / "app.log", "Europe/Berlin", "2026-10-25T12:00:00Z")
    assert times(found) == ["25 00:50:00", "25 01:10:00"]
