"""The demo's folder: a history with known faults, lines that go on in real time, and faults when they are asked for."""

from __future__ import annotations

import os
import time
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread

import pytest

from detector.demo import (
    CLUSTER,
    DemoFault,
    FaultKind,
    Simulator,
    log_folder,
    plan_fault,
    read_faults,
    request_fault,
    simulate,
    write_history,
)
from detector.demo.faults import MINUTE
from detector.demo.load import HOUR
from detector.demo.simulate import Written
from detector.demo.writer import LogFolder
from detector.errors import SourceError, UsageError

END = 1_794_924_000_000_000
"""2026-11-17T14:00:00Z."""


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in log_folder(folder).iterdir()}


def test_six_hours_of_history_are_written_in_seconds_and_hold_two_known_faults(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    began = time.monotonic()
    faults = write_history(
        tmp_path, END - 6 * HOUR, END, on_progress=lambda done, total: steps.append((done, total))
    )  # fmt: skip
    took = time.monotonic() - began
    lines = sum(data.count(b"\n") for data in contents(tmp_path).values())
    assert 100_000 <= lines <= 400_000
    assert took < 30  # about 5 s on one core of 2020
    assert [(fault.kind, fault.namespace, fault.workload) for fault in faults] == [
        (FaultKind.SILENCE, "media", "transcoder"),
        (FaultKind.REFUSED, "payments", "payment"),
    ]
    assert faults[1].start == END - 40 * MINUTE
    assert read_faults(tmp_path) == faults
    assert steps == sorted(steps)
    assert steps[-1] == (6 * HOUR, 6 * HOUR)


def test_live_lines_go_on_exactly_where_the_history_ends(tmp_path: Path) -> None:
    start, cut = END - 20 * MINUTE, END - 7 * MINUTE - 13_000_000
    write_history(tmp_path / "whole", start, END, faults=())
    write_history(tmp_path / "parts", start, cut, faults=())
    simulator, at = Simulator(tmp_path / "parts", surprise_every=None), cut
    while at < END:
        at = simulator.advance(at, min(at + 37_000_000, END))
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")


def test_a_fault_that_is_asked_for_begins_now_and_is_written_into_the_truth(tmp_path: Path) -> None:
    write_history(tmp_path, END - 2 * MINUTE, END, faults=())
    simulator = Simulator(tmp_path, surprise_every=None)
    asked = plan_fault(CLUSTER, "silence", "media", start=END - MINUTE, minutes=3)
    request_fault(tmp_path, asked)
    at = simulator.advance(END, END + 1_000_000)
    assert read_faults(tmp_path) == (DemoFault(FaultKind.SILENCE, "media", "transcoder", END, END + 3 * MINUTE),)
    before = {name: data for name, data in contents(tmp_path).items() if name.startswith("transcoder-")}
    simulator.advance(at, END + 3 * MINUTE)
    after = contents(tmp_path)
    assert all(after[name] == data for name, data in before.items())
    simulator.advance(END + 3 * MINUTE, END + 5 * MINUTE)
    assert any(contents(tmp_path)[name] != data for name, data in before.items())


def test_foreign_files_among_the_requests_are_put_aside(tmp_path: Path) -> None:
    write_history(tmp_path, END - MINUTE, END, faults=())
    request_fault(tmp_path, plan_fault(CLUSTER, "errors", "shop", start=END))
    foreign = '{"kind": "silence", "namespace": "x", "workload": "y", "start": 1, "end": 2}'
    for name, text in {
        "a.json": "[]",
        "b.json": "not json",
        "c.json": '{"kind": "silence"}',
        "d.json": foreign,
    }.items():
        (tmp_path / "requests" / name).write_text(text)
    Simulator(tmp_path, surprise_every=None).advance(END, END + 1_000_000)
    assert [fault.kind for fault in read_faults(tmp_path)] == [FaultKind.ERRORS]
    assert list((tmp_path / "requests").glob("*.json")) == []


def test_it_runs_until_it_is_told_to_stop(tmp_path: Path) -> None:
    write_history(tmp_path, END - MINUTE, END, faults=())
    before, stop, now = sum(map(len, contents(tmp_path).values())), Event(), iter(range(END, END + HOUR, 10_000_000))
    simulator = Simulator(tmp_path, surprise_every=None)
    thread = Thread(target=simulator.run_live, args=(END, stop, lambda: next(now)), kwargs={"tick": 0.01})
    thread.start()
    time.sleep(0.3)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert sum(map(len, contents(tmp_path).values())) > before


def test_a_live_demo_surprises_now_and_then(tmp_path: Path) -> None:
    simulator, at = Simulator(tmp_path, surprise_every=8 * MINUTE), END
    while at < END + 24 * MINUTE:
        at = simulator.advance(at, at + 5_000_000)
    faults = read_faults(tmp_path)
    assert 2 <= len(faults) <= 4
    assert all(one.end <= other.start for one, other in pairwise(faults))


def test_a_file_that_has_grown_is_renamed_and_the_oldest_go(tmp_path: Path) -> None:
    files = LogFolder(tmp_path, rotate_at=1_000)
    for number in range(40):
        files.add(Written(END + number * 1_000_000, "x.log", b"y" * 400 + b"\n"))
        files.flush()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 5
    assert "x.log" in names
    assert names[-1] == "x.log.20261117-140038"


@pytest.mark.parametrize(
    ("kind", "namespace", "workload", "named"),
    [
        ("silense", "media", None, "'silence'"),
        ("silence", "medai", None, "'media'"),
        ("silence", "media", "transcodr", "'transcoder'"),
        ("nothing-like-it", "media", None, "retry-storm"),
    ],
)
def test_a_misspelt_fault_is_refused_with_the_nearest_right_one(
    kind: str, namespace: str, workload: str | None, named: str
) -> None:
    with pytest.raises(UsageError, match=named):
        plan_fault(CLUSTER, kind, namespace, workload, start=END)


@pytest.mark.parametrize("minutes", [0, -1, 1441, float("nan"), float("inf")])
def test_a_length_that_cannot_be_is_refused(minutes: float) -> None:
    with pytest.raises(UsageError, match="1440"):
        plan_fault(CLUSTER, "silence", "media", start=END, minutes=minutes)


def test_a_folder_without_a_demo_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="drainwatch demo"):
        request_fault(tmp_path, plan_fault(CLUSTER, "silence", "media", start=END))


def test_a_place_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match="can't be written"):
        write_history(tmp_path / "file", END - MINUTE, END)
    if os.geteuid():
        tmp_path.chmod(0o500)
        with pytest.raises(SourceError, match="can't be written"):
            write_history(tmp_path / "new", END - MINUTE, END)


def test_a_truth_that_was_torn_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    write_history(tmp_path, END - MINUTE, END, faults=(plan_fault(CLUSTER, "silence", "media", start=END),))
    with (tmp_path / "faults.ndjson").open("a") as file:
        file.write('{"kind": "sil')
    assert len(read_faults(tmp_path)) == 1


def test_adjoining_ranges_know_a_container_that_crashed_before(tmp_path: Path) -> None:
    crash = DemoFault(FaultKind.CRASH_LOOP, "shop", "checkout", END - 10 * MINUTE, END - 6 * MINUTE)
    whole = {line.file for line in simulate(CLUSTER, END, END + 2 * MINUTE, 1, [crash]) if "checkout" in line.file}
    calm = {line.file for line in simulate(CLUSTER, END, END + 2 * MINUTE, 1) if "checkout" in line.file}
    assert whole
    assert not whole & calm
