"""The simulated lines: the same for the same arguments, in order, and as unlike as real services' are."""

from __future__ import annotations

import json
import re

import pytest

from detector.demo import CLUSTER, DemoFault, FaultKind, simulate
from detector.demo.dialects import DIALECTS, container_lines
from detector.demo.faults import MINUTE
from detector.demo.load import HOUR, load, rollout, surge
from detector.demo.simulate import Written

NOON = 1_794_916_800_000_000
"""2026-11-17T12:00:00Z, a Tuesday."""
KUBELET_NAME = re.compile(r"[a-z0-9-]+_(shop|payments|platform|media)_[a-z]+-[0-9a-f]{64}\.log")
CRI_LINE = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (stdout|stderr) [FP] .*\n")


def lines(start: int, end: int, *faults: DemoFault, seed: int = 1, born: int | None = None) -> list[Written]:
    return list(simulate(CLUSTER, start, end, seed, faults, born=born))


def of(written: list[Written], namespace: str, workload: str, start: int, end: int) -> list[Written]:
    return [
        line
        for line in written
        if f"_{namespace}_" in line.file and line.file.startswith(f"{workload}-") and start <= line.time < end
    ]


def fault(kind: FaultKind, namespace: str, workload: str, minutes: int = 5) -> DemoFault:
    return DemoFault(kind, namespace, workload, NOON + 5 * MINUTE, NOON + (5 + minutes) * MINUTE)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    once = lines(NOON, NOON + 5 * MINUTE)
    assert once == lines(NOON, NOON + 5 * MINUTE)
    assert once != lines(NOON, NOON + 5 * MINUTE, seed=2)


def test_lines_come_in_the_order_of_time_and_within_the_range() -> None:
    times = [line.time for line in lines(NOON + 7, NOON + 3 * MINUTE + 11)]
    assert times == sorted(times)
    assert times[0] >= NOON + 7
    assert times[-1] < NOON + 3 * MINUTE + 11


@pytest.mark.parametrize("cut", [NOON + 1, NOON + MINUTE, NOON + 90_000_000, NOON + 4 * MINUTE - 1])
@pytest.mark.parametrize("kind", FaultKind)
def test_a_range_that_is_cut_in_two_gives_what_the_whole_gives(cut: int, kind: FaultKind) -> None:
    trouble = DemoFault(kind, "shop", "checkout", NOON + MINUTE + 17_000_000, NOON + 3 * MINUTE)
    whole = lines(NOON, NOON + 5 * MINUTE, trouble)
    assert lines(NOON, cut, trouble) + lines(cut, NOON + 5 * MINUTE, trouble) == whole


def test_files_are_named_and_lines_are_framed_as_the_runtime_does() -> None:
    for written in lines(NOON, NOON + 10 * MINUTE, born=NOON):
        assert KUBELET_NAME.fullmatch(written.file)
        for line in written.data.splitlines(keepends=True):
            if "_media_" in written.file:
                assert set(json.loads(line)) == {"log", "stream", "time"}
            else:
                assert CRI_LINE.fullmatch(line)


def test_every_service_logs_and_no_slot_is_left_empty() -> None:
    written = lines(NOON, NOON + 16 * MINUTE, born=NOON)
    seen = {(line.file.split("_")[1], service.workload) for line in written for space in CLUSTER
            for service in space.services if line.file.startswith(f"{service.workload}-")}  # fmt: skip
    assert {(space.name, service.workload) for space in CLUSTER for service in space.services} <= seen
    text = b"".join(line.data for line in written).decode()
    assert not re.search(r"\{[a-z]+\}", text)


def test_one_load_drives_all_services_of_a_namespace() -> None:
    shop = CLUSTER[0]
    minutes = [NOON + n * MINUTE for n in range(60)]
    written = lines(minutes[0], minutes[-1] + MINUTE)
    by_minute = {
        workload: [len(of(written, "shop", workload, minute, minute + MINUTE)) for minute in minutes]
        for workload in ("web", "cart", "checkout")
    }
    busy = sorted(range(60), key=lambda n: load(1, shop, minutes[n]))
    for counts in by_minute.values():
        assert sum(counts[n] for n in busy[40:]) > 1.4 * sum(counts[n] for n in busy[:20])


def test_there_is_day_and_night_week_and_weekend_and_surges() -> None:
    shop = CLUSTER[0]

    def mean(start: int) -> float:
        return sum(load(3, shop, start + n * MINUTE) for n in range(180)) / 180

    assert mean(NOON) > 1.5 * mean(NOON - 12 * HOUR)
    assert mean(NOON) > 1.2 * mean(NOON + 5 * 24 * HOUR)  # Sunday
    assert any(surge(1, "shop", NOON // (3 * HOUR) + slot) for slot in range(8))


def test_a_roll_out_brings_new_pods_and_their_start_up_lines() -> None:
    shop = CLUSTER[0]
    at = next(
        time for n in range(1, 48) if (time := rollout(1, shop, "checkout", NOON + n * HOUR)) > NOON
    )  # a day or two later at most
    written = [line for line in lines(at - 2 * MINUTE, at + 2 * MINUTE) if line.file.startswith("checkout-")]
    before = {line.file for line in written if line.time < at}
    after = {line.file for line in written if line.time >= at}
    assert len(before) == len(after) == 2
    assert not before & after
    started = [line for line in written if b"Starting checkout 1." in line.data]
    assert {line.file for line in started} == after


def test_a_refusing_dependency_gives_a_text_never_seen_before_and_ends_requests() -> None:
    trouble = fault(FaultKind.REFUSED, "payments", "payment")
    calm, bad = lines(NOON, NOON + 15 * MINUTE), lines(NOON, NOON + 15 * MINUTE, trouble)
    assert not any(b"refused the connection" in line.data for line in calm)
    refusals = [line for line in bad if b"refused the connection" in line.data]
    assert len(refusals) > 20
    assert all(trouble.start <= line.time < trouble.end + MINUTE for line in refusals)
    assert len(of(bad, "payments", "ledger", trouble.start, trouble.end)) < 0.7 * len(
        of(calm, "payments", "ledger", trouble.start, trouble.end)
    )


def test_a_silent_service_says_nothing_and_the_others_go_on() -> None:
    trouble = fault(FaultKind.SILENCE, "media", "transcoder")
    bad = lines(NOON, NOON + 15 * MINUTE, trouble)
    assert of(bad, "media", "transcoder", trouble.start, trouble.end) == []
    assert of(bad, "media", "thumbnailer", trouble.start, trouble.end)
    assert of(bad, "media", "transcoder", trouble.end, NOON + 15 * MINUTE)


def test_a_crash_loop_starts_and_panics_again_and_again_in_new_containers() -> None:
    trouble = fault(FaultKind.CRASH_LOOP, "shop", "recommender")
    bad = of(lines(NOON, NOON + 15 * MINUTE, trouble), "shop", "recommender", trouble.start, NOON + 15 * MINUTE)
    panics = [line for line in bad if b"model file is damaged" in line.data]
    assert len(panics) >= 5
    assert len({line.file for line in panics}) == len(panics)
    assert panics[0].data.count(b"\n") == 5  # with its stack trace
    after = {line.file for line in bad if line.time > trouble.end + 5_000_000}
    assert len(after) == 1
    assert not after & {line.file for line in panics}


@pytest.mark.parametrize(
    ("kind", "text", "times"),
    [
        (FaultKind.RETRY_STORM, b"Stock service busy", 20),
        (FaultKind.TIMEOUTS, b"gave no answer", 8),
        (FaultKind.ERRORS, b"could not be stored", 5),
    ],
)
def test_a_seldom_text_becomes_frequent(kind: FaultKind, text: bytes, times: int) -> None:
    trouble = fault(kind, "shop", "checkout", minutes=8)
    calm, bad = lines(NOON, NOON + 15 * MINUTE), lines(NOON, NOON + 15 * MINUTE, trouble)

    def count(written: list[Written]) -> int:
        return sum(text in line.data for line in written)

    assert count(bad) >= count(calm) + times


def test_partial_loss_takes_about_three_lines_of_five() -> None:
    trouble = fault(FaultKind.LOSS, "shop", "web", minutes=8)
    calm, bad = lines(NOON, NOON + 15 * MINUTE), lines(NOON, NOON + 15 * MINUTE, trouble)
    kept = len(of(bad, "shop", "web", trouble.start, trouble.end)) / len(
        of(calm, "shop", "web", trouble.start, trouble.end)
    )
    assert 0.3 < kept < 0.5


@pytest.mark.parametrize("kind", FaultKind)
def test_a_fault_changes_nothing_before_it_nor_in_other_namespaces(kind: FaultKind) -> None:
    trouble = fault(kind, "payments", "ledger")
    calm, bad = lines(NOON, NOON + 15 * MINUTE), lines(NOON, NOON + 15 * MINUTE, trouble)
    assert [x for x in calm if x.time < trouble.start] == [x for x in bad if x.time < trouble.start]
    assert [x for x in calm if "_payments_" not in x.file] == [x for x in bad if "_payments_" not in x.file]


def test_long_lines_are_split_into_partial_ones_that_make_up_the_whole() -> None:
    parts = list(container_lines("cri", NOON, "stdout", "x" * 40_000))
    assert [part.split(b" ", 3)[2] for part in parts] == [b"P", b"P", b"F"]
    assert b"".join(part.split(b" ", 3)[3].rstrip(b"\n") for part in parts) == b"x" * 40_000
    pieces = [json.loads(part)["log"] for part in container_lines("docker", NOON, "stdout", "x" * 40_000)]
    assert len(pieces) == 3
    assert "".join(pieces) == "x" * 40_000 + "\n"


def test_every_dialect_says_the_text_and_when() -> None:
    for form, write in DIALECTS.items():
        assert "it went well" in write(NOON, "info", "some.logger", "it went well"), form
