"""How many processors a process may use, also in a container with a quota."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from detector.processors import usable

ALLOWED = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("name", "written", "expected"),
    [
        ("cpu.max", "max 100000\n", ALLOWED),
        ("cpu.max", "100000 100000\n", 1),
        ("cpu.max", "50000 100000\n", 1),
        ("cpu.max", "640000000 100000\n", ALLOWED),
        ("cpu.max", "1 0\n", ALLOWED),
        ("cpu.max", "", ALLOWED),
        ("nothing", "", ALLOWED),
    ],
)
def test_a_quota_limits_what_is_used(tmp_path: Path, name: str, written: str, expected: int) -> None:
    (tmp_path / name).write_text(written)

    assert usable(tmp_path) == expected


@pytest.mark.parametrize(("quota", "expected"), [("100000", 1), ("-1", ALLOWED)])
def test_so_does_one_of_the_older_kind(tmp_path: Path, quota: str, expected: int) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(quota)
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")

    assert usable(tmp_path) == expected
