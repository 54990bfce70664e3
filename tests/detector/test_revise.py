"""Windows that hold more lines than were counted when they were closed: they are counted and judged again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from detector.findings import ReasonKind
from detector.store.sqlite import SqliteStore, open_store
from ingest.source import Revisit
from tests.detector.late import Line, begun, contents, in_time, read, settings
from tests.detector.records import MINUTE, START

LEARN = 30
MINUTES = 100
TOLD = settings(learn=timedelta(minutes=LEARN))


def day(minutes: int = MINUTES, seed: int = 1) -> list[Line]:
    """Some ten lines of two workloads a minute."""
    chance = np.random.default_rng(seed)
    lines: list[Line] = []
    for minute in range(minutes):
        lines += [
            Line(minute * 60 + second, f"INFO request {chance.integers(10**6)} served", "web")
            for second in chance.uniform(0, 60, chance.poisson(8))
        ]
        lines += [
            Line(minute * 60 + second, f"INFO added item {chance.integers(10**6)}")
            for second in chance.uniform(0, 60, chance.poisson(5))
        ]
    return lines


def errors(minutes: range, each: int = 12) -> list[Line]:
    return [
        Line(minute * 60 + 5 + 4 * number, f"ERROR database at 10.0.0.{number} refused the connection")
        for minute in minutes
        for number in range(each)
    ]


def late(lines: list[Line], minutes: range, delay: int) -> list[Line]:
    """The same, those of some minutes late."""
    return [replace(line, delay=delay) if line.window in minutes else line for line in lines]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(open_store(tmp_path / "store.sqlite")) as opened:
        yield opened


@pytest.fixture
def punctual(tmp_path: Path) -> Iterator[SqliteStore]:
    """For a run in which nothing is late."""
    with closing(open_store(tmp_path / "punctual.sqlite")) as opened:
        yield opened


def test_a_window_that_looked_silent_because_its_lines_came_late_is_taken_back(
    store: SqliteStore, punctual: SqliteStore
) -> None:
    told = settings(learn=timedelta(minutes=30), keep_score=5, alert_budget=300)
    lines = late(day(), range(70, 80), delay=15)
    read(lines, MINUTES, store, told, steps=82)
    missing = {ReasonKind.GONE, ReasonKind.FEWER}
    silent = [one for one in store.anomalies().items if missing & {why.kind for why in one.reasons}]
    assert {START + minute * MINUTE for minute in range(72, 80)} <= {one.window for one in silent if one.incident}

    read(lines, MINUTES, store, told)
    read(in_time(lines), MINUTES, punctual, told)

    assert not [one for one in store.anomalies().items if ReasonKind.GONE in {why.kind for why in one.reasons}]
    assert contents(store) == contents(punctual)


def test_late_error_lines_raise_the_incident_that_they_would_have_raised(
    store: SqliteStore, punctual: SqliteStore
) -> None:
    lines = [*day(), *late(errors(range(70, 73)), range(100), delay=12)]
    read(lines, MINUTES, store, TOLD, steps=80)
    assert store.incidents().items == []

    read(lines, MINUTES, store, TOLD)
    read(in_time(lines), MINUTES, punctual, TOLD)

    (incident,) = store.incidents().items
    assert (incident.start, incident.end, incident.open) == (START + 70 * MINUTE, START + 73 * MINUTE, False)
    assert incident.reasons[0].template == "database at <IP> refused the connection"
    assert contents(store) == contents(punctual)


def test_incidents_that_late_lines_connect_become_one(store: SqliteStore, punctual: SqliteStore) -> None:
    told = settings(learn=timedelta(minutes=LEARN), incident_gap=2)
    early, middle, after = (errors(range(at, at + 1)) for at in (70, 73, 76))
    lines = [*day(), *early, *after, *late(middle, range(100), delay=10)]
    read(lines, MINUTES, store, told, steps=80)
    assert len(store.incidents().items) == 2

    read(lines, MINUTES, store, told)
    read(in_time(lines), MINUTES, punctual, told)

    assert len(store.incidents().items) == 1
    assert contents(store) == contents(punctual)


def test_an_incident_goes_on_where_late_lines_opened_it_again(store: SqliteStore, punctual: SqliteStore) -> None:
    lines = [*day(), *late(errors(range(70, 73)), range(100), delay=3), *errors(range(75, 78))]
    read(lines, MINUTES, store, TOLD)
    read(in_time(lines), MINUTES, punctual, TOLD)

    (incident,) = store.incidents().items
    assert (incident.start, incident.end) == (START + 70 * MINUTE, START + 78 * MINUTE)
    assert contents(store) == contents(punctual)


def test_a_namespace_whose_lines_all_come_late_is_known_in_the_end(store: SqliteStore, punctual: SqliteStore) -> None:
    other = [replace(line, namespace="bank", delay=2) for line in day(30, seed=2)]
    read([*day(), *other], MINUTES, store, TOLD)
    read(in_time([*day(), *other]), MINUTES, punctual, TOLD)

    assert [status.namespace for status in store.statuses()] == ["bank", "shop"]
    assert contents(store)["counts"] == contents(punctual)["counts"]
    assert store.statuses()[0].lines == len(other)


@pytest.mark.parametrize("steps", [10, 60, 95])
def test_revising_with_the_same_lines_changes_nothing_at_all(store: SqliteStore, steps: int) -> None:
    lines = [*day(), *errors(range(70, 73))]
    read(lines, MINUTES, store, TOLD, steps=steps)
    before = contents(store)
    source, pipeline = begun(lines, MINUTES, store, TOLD)
    pipeline.revise(source.reread(0, steps))
    pipeline.revise(source.reread(steps - 5, steps))

    assert contents(store) == before


def test_lines_of_the_time_of_learning_change_the_model_and_tell_of_new_errors(
    store: SqliteStore, punctual: SqliteStore
) -> None:
    lines = [*day(), *late(errors(range(20, 22)), range(100), delay=25)]
    read(lines, MINUTES, store, TOLD)
    read(in_time(lines), MINUTES, punctual, TOLD)

    assert [one.start for one in store.incidents().items] == [START + 20 * MINUTE]
    assert [card.version for card in store.models()] == [card.version for card in punctual.models()]
    late_came, in_time_came = contents(store), contents(punctual)
    for name in ("counts", "templates", "anomalies"):
        assert late_came[name] == in_time_came[name]


@pytest.mark.parametrize("stop", [33, 75, 81, 84])
def test_a_restart_is_no_restart_also_where_lines_come_late(
    store: SqliteStore, punctual: SqliteStore, stop: int
) -> None:
    lines = late([*day(), *errors(range(70, 73))], range(20, 45), delay=7)
    lines = late(lines, range(71, 75), delay=9)
    read(lines, MINUTES, punctual, TOLD)
    pipeline = read(lines, MINUTES, store, TOLD, steps=stop)
    assert pipeline.closed_until == store.closed_until()
    read(lines, MINUTES, store, TOLD)

    assert contents(store) == contents(punctual)


def test_what_is_no_longer_there_is_not_taken_for_silence(store: SqliteStore) -> None:
    lines = day()
    read(lines, MINUTES, store, TOLD)
    before = contents(store)
    source, pipeline = begun([line for line in lines if line.workload != "web"][:0], MINUTES, store, TOLD)
    pipeline.revise(source.reread(50, 90))

    assert contents(store) == before


def test_a_window_that_is_still_open_is_not_revised(store: SqliteStore) -> None:
    source, pipeline = begun(day(), MINUTES, store, TOLD)
    pipeline.poll()
    with pytest.raises(ValueError, match="can't be revised"):
        pipeline.revise(source.reread(0, 1))


def test_lines_beside_the_windows_that_are_revised_do_not_count(store: SqliteStore) -> None:
    lines = day()
    read(lines, MINUTES, store, TOLD, steps=60)
    before = contents(store)
    source, pipeline = begun(lines, MINUTES, store, TOLD)
    wide = source.reread(40, 50)
    pipeline.revise(Revisit(START + 44 * MINUTE, START + 46 * MINUTE, wide.batch))

    assert contents(store) == before


def scattered(seed: int) -> list[Line]:
    """A day with errors in it, some minutes of which come late by some windows, whole or in part."""
    chance = np.random.default_rng(seed)
    lines = [*day(), *errors(range(70, 73))]
    for _ in range(chance.integers(1, 5)):
        begin, length = chance.integers(LEARN, MINUTES - 20), chance.integers(1, 9)
        delay, every = chance.integers(1, 13), chance.integers(1, 4)
        lines = [
            replace(line, delay=int(delay)) if begin <= line.window < begin + length and number % every == 0 else line
            for number, line in enumerate(lines)
        ]
    return lines


@pytest.mark.parametrize("seed", range(6))
def test_what_came_late_and_when_makes_no_difference_in_the_end(
    store: SqliteStore, punctual: SqliteStore, seed: int
) -> None:
    lines = scattered(seed)
    read(lines, MINUTES, store, TOLD)
    read(in_time(lines), MINUTES, punctual, TOLD)

    assert contents(store) == contents(punctual)
