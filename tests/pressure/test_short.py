"""The short form of load and soak: real service, real writer, real requests; no timing is looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.pressure.load import load
from benchmarks.pressure.samples import MB, Sample, chart, slope
from benchmarks.pressure.samples import load as read_samples
from benchmarks.pressure.soak import report, soak, verdict


@pytest.mark.long
def test_ten_users_are_all_answered_while_lines_come_in_and_every_line_is_read(tmp_path: Path) -> None:
    told = load(tmp_path, users=10, rate=1_000, seconds=10, warm=5)
    assert told["errors"] == []
    assert told["complaints"] == []
    assert told["all"]["requests"] > 10
    assert told["read"] == told["written"]["lines"]


@pytest.mark.long
def test_a_soak_of_seconds_is_looked_at_and_told(tmp_path: Path) -> None:
    samples = tmp_path / "samples"
    assert soak(tmp_path / "soak", minutes=0.3, rate=300, samples=samples) == []
    found = read_samples(samples)
    assert found[-1].rss > 10 * MB
    assert "MB in memory" in report(found)
    assert verdict(found) == []


def sample(minute: float, rss: float, files: int = 60) -> Sample:
    return Sample(minute * 60, round(rss), round(rss), files, 12, 1, 0, 5.0, 0, 0, 0)


def test_memory_that_grows_is_told_and_what_goes_up_and_down_is_not() -> None:
    grows = [sample(at / 12, (200 + at / 12) * MB) for at in range(720)]
    assert any("grows by" in one for one in verdict(grows))
    waves = [sample(at / 12, (200 + at % 60) * MB) for at in range(720)]
    assert verdict(waves) == []
    found = slope(grows, "rss", 1_200)
    assert found is not None
    assert round(found.hourly / MB) == 60


def test_files_that_stay_open_are_told() -> None:
    assert any("files" in one for one in verdict([sample(at / 12, 200 * MB, 60 + at) for at in range(720)]))


def test_a_few_minutes_say_nothing_about_an_hour() -> None:
    assert slope([sample(at / 12, at * MB) for at in range(40)], "rss", 0) is None


def test_the_chart_is_as_high_as_the_highest() -> None:
    drawn = chart([1.0] * 100 + [10.0] * 100, width=20, height=5).splitlines()
    assert drawn[0].endswith("█" * 10)
    assert drawn[-2].count("█") >= 10
