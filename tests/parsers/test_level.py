"""Levels as loggers write them, on one scale."""

from __future__ import annotations

import pytest

from parsers.level import level_of_status, normalise_level


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("INFO", "info"), ("Warning", "warning"), ("WRN", "warning"), ("SEVERE", "error"), ("FATAL", "critical"),
        ("E", "error"), ("notice", "info"), (30, "info"), (50, "error"), (60, "critical"), ("40", "warning"),
        ("verbose", "trace"), (" dbg ", "debug"), ("stderr", ""), ("", ""), (None, ""), (7, ""), (float("nan"), ""),
        (True, ""), ({}, ""), ("٣", ""),
    ],
)  # fmt: skip
def test_levels(raw: object, expected: str) -> None:
    assert normalise_level(raw) == expected


def test_the_status_of_a_request_is_its_level() -> None:
    assert [level_of_status(status) for status in (200, 302, 404, 503)] == ["info", "info", "warning", "error"]
