"""What is said before there is a model: new errors that burst out, and nothing of what a start brings."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from detector.beginning import BEFORE, SCORE, Evidence, outbreaks
from detector.counting import columns_of
from detector.findings import Anomaly, ReasonKind
from parsers.engine import Template
from tests.detector.history import TEMPLATES, at, busy, template
from tests.detector.records import MINUTE

ALL: Mapping[str, Template] = {
    **TEMPLATES,
    "denied": template("denied", "critical"),
    "slow": template("slow", "warning"),
}


def told(faults: Mapping[int, Mapping[str, int]], minutes: int = 40, since: int = 0) -> list[Anomaly]:
    windows = busy(range(minutes), faults)
    evidence = Evidence(windows, columns_of(windows, ALL), ALL, lambda *_: (), (), ())
    return outbreaks("shop", evidence, at(since), at(minutes), MINUTE)


def minutes_of(anomalies: list[Anomaly]) -> list[int]:
    return [(one.window - at(0)) // MINUTE for one in anomalies]


def test_a_burst_of_a_new_error_is_told_with_a_score_that_is_capped() -> None:
    (anomaly,) = told({20: {"refused": 400}})

    assert (anomaly.window, anomaly.score, anomaly.model) == (at(20), SCORE, "")
    (reason,) = anomaly.reasons
    assert (reason.kind, reason.observed, reason.share) == (ReasonKind.NEW, 400, 1.0)


def test_one_that_gathers_over_some_windows_is_told_as_soon_as_it_is_a_burst() -> None:
    assert minutes_of(told({minute: {"refused": 4} for minute in range(20, 30)})) == [22, 23, 24]


def test_what_a_start_brings_is_not_told() -> None:
    assert told({minute: {"refused": 50} for minute in range(BEFORE)}) == []
    assert minutes_of(told({BEFORE: {"refused": 50}})) == [BEFORE]


@pytest.mark.parametrize("lines", [{"refused": 9}, {"slow": 90}, {"request": 900}])
def test_few_lines_and_what_is_no_error_are_not_told(lines: Mapping[str, int]) -> None:
    assert told({20: lines}) == []


def test_where_errors_are_usual_it_has_to_be_more_than_all_of_them() -> None:
    usual = {minute: {"refused": 6} for minute in range(20)}

    assert told({**usual, 20: {"denied": 30}}) == []
    assert minutes_of(told({**usual, 20: {"denied": 31}})) == [20]


def test_an_error_that_was_there_before_is_not_told() -> None:
    assert told({5: {"refused": 1}, 20: {"refused": 400}}) == []


def test_in_how_many_pieces_it_is_looked_at_makes_no_difference() -> None:
    chance = np.random.default_rng(1)
    faults = {int(minute): {"refused": int(chance.integers(1, 20))} for minute in chance.integers(15, 40, 8)}

    pieces = [one for end in range(1, 41) for one in told(faults, end, end - 1)]
    assert pieces == told(faults)


def test_it_waits_for_windows_with_lines() -> None:
    windows = [
        one for one in busy(range(40), {38: {"refused": 50}}) if one.window in (at(0), at(38)) or one.window > at(38)
    ]
    evidence = Evidence(windows, columns_of(windows, ALL), ALL, lambda *_: (), (), ())

    assert outbreaks("shop", evidence, at(0), at(40), MINUTE) == []
