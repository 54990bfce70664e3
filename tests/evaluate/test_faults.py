"""A fault of each kind changes what it should, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from detector.evaluate.days import plant
from detector.evaluate.events import SIZES, Event
from detector.evaluate.faults import FAULTS, HELD_OUT_KINDS, busiest_template, known_error
from detector.evaluate.lines import ALONE, Lines
from detector.evaluate.mixing import draw, expected_load, play
from detector.rarity import DAY
from tests.evaluate.shop import number_of, shop

MINUTE = 60_000_000
DAY_BEGIN = 4 * DAY
BEGIN, END = DAY_BEGIN + 600 * MINUTE, DAY_BEGIN + 640 * MINUTE
LINES = play(
    shop().background,
    draw(shop().background, DAY_BEGIN, expected_load(DAY_BEGIN, 30.0), np.random.default_rng(1)),
    0,
)


def event(kind: str, size: str = "medium", workload: str = "payment") -> Event:
    workload = "" if FAULTS[kind].everywhere else "catalog" if kind == "error-ramp" else workload
    picks = FAULTS[kind].picks
    template = picks(shop(), workload, 30.0) if picks else -1
    also = shop().callers(workload) if FAULTS[kind].callers_too else ()
    return Event(kind, size, workload, BEGIN, END, 1, template=template, also=also)


def planted(one: Event, seed: int = 1) -> Lines:
    return plant(LINES, one, shop(), np.random.default_rng(seed))


def during(lines: Lines, of: str = "") -> Lines:
    """The lines in the time of the fault, of one workload or of all."""
    inside = lines.where(lines.between(BEGIN, END))
    return inside.where(shop().of_workload(of)[inside.template]) if of else inside


def left(one: Event, of: str) -> float:
    """What share of the lines of a workload is left."""
    return len(during(planted(one), of)) / len(during(LINES, of))


def fresh(one: Event) -> list[str]:
    """Texts of the lines that the background doesn't have."""
    found = np.setdiff1d(during(planted(one)).template, LINES.template)
    return [shop().templates[number].text for number in found.tolist()]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", FAULTS)
def test_what_is_before_and_after_stays_as_it_is(kind: str, size: str) -> None:
    after = planted(event(kind, size))
    for lines in (after, LINES):
        assert (np.diff(lines.trace[lines.trace != ALONE]) != 0).sum() < len(lines)  # traces stand together
    outside, before = after.where(~after.between(BEGIN, END)), LINES.where(~LINES.between(BEGIN, END))
    assert np.array_equal(outside.time, before.time)
    assert np.array_equal(outside.template, before.template)


@pytest.mark.parametrize("kind", [kind for kind in FAULTS if not FAULTS[kind].everywhere and kind != "timeouts"])
def test_other_workloads_stay_as_they_are(kind: str) -> None:
    faulty = "catalog" if kind == "error-ramp" else "payment"
    after = planted(event(kind))
    for workload in {"gateway", "catalog", "cart", "payment"} - {faulty}:
        assert np.array_equal(during(after, workload).time, during(LINES, workload).time)
    assert len(during(after, faulty)) != len(during(LINES, faulty))


@pytest.mark.parametrize("kind", FAULTS)
def test_the_same_dice_give_the_same_fault(kind: str) -> None:
    assert np.array_equal(planted(event(kind), 3).time, planted(event(kind), 3).time)


def test_a_new_error_is_one_that_was_never_logged() -> None:
    assert len(fresh(event("new-error"))) == 1
    more = len(during(planted(event("new-error", "large")))) - len(during(LINES))
    assert more == pytest.approx(30 * 40, rel=0.1)


def test_a_silent_service_logs_nothing() -> None:
    assert left(event("silent"), "payment") == 0


def test_one_template_comes_more_often() -> None:
    one = event("template-up", "medium")
    before, after = (int((during(lines).template == one.template).sum()) for lines in (LINES, planted(one)))
    assert after == 6 * before


@pytest.mark.parametrize(("size", "rest"), [("small", 0.6), ("medium", 0.4), ("large", 0.2)])
def test_a_service_that_is_down_is_missing_in_whole_traces(size: str, rest: float) -> None:
    one = event("service-down", size)
    assert left(one, "payment") == pytest.approx(rest, abs=0.1)
    _, lines = np.unique(during(planted(one), "payment").trace, return_counts=True)
    assert np.mean(lines == 2) > 0.98  # each buyer's trace has two of it, but for those at the edges


def test_a_crash_loop_starts_and_fails_again_and_again() -> None:
    texts = " ".join(fresh(event("crash-loop")))
    assert "Starting service" in texts
    assert "out of memory" in texts
    one = event("crash-loop", "large")
    starts = int((during(planted(one)).template == number_in("payment", "Starting service")).sum())
    assert starts == 80  # every 30 s
    ready = during(planted(one), "payment")
    assert int((ready.template == number_of("charging card")).sum()) < 0.15 * int(
        (during(LINES).template == number_of("charging card")).sum()
    )


def number_in(workload: str, text: str) -> int:
    return next(n for n, one in enumerate(shop().templates) if one.workload == workload and text in one.text)


@pytest.mark.parametrize(("size", "lost"), [("small", 0.3), ("medium", 0.5), ("large", 0.8)])
def test_lost_lines_are_lost_wherever_they_are(size: str, lost: float) -> None:
    assert left(event("loss", size), "gateway") == pytest.approx(1 - lost, abs=0.05)
    assert left(event("pod-loss", size), "payment") == pytest.approx(1 - lost, abs=0.05)
    _, lines = np.unique(during(planted(event("pod-loss", "medium")), "payment").trace, return_counts=True)
    assert np.mean(lines == 1) > 0.5  # traces are torn


def test_a_namespace_that_is_gone_logs_nothing() -> None:
    assert len(during(planted(event("namespace-gone")))) == 0


def test_in_a_retry_storm_traces_repeat_what_they_said() -> None:
    one = event("retry-storm", "medium")
    assert left(one, "payment") == pytest.approx(5.0, rel=0.02)
    assert set(during(planted(one), "payment").trace) == set(during(LINES, "payment").trace)


def test_after_a_timeout_nothing_follows_and_the_caller_complains() -> None:
    one = event("timeouts", "large")
    assert one.also == ("cart",)
    assert left(one, "payment") == pytest.approx(0.1 + 0.9 / 2, abs=0.07)  # the first of two lines is still logged
    emptied = number_of("was emptied")
    rest = (during(planted(one)).template == emptied).sum() / (during(LINES).template == emptied).sum()
    assert rest == pytest.approx(0.1, abs=0.07)
    assert all("giving up" in text or "timed out" in text for text in fresh(one))
    assert np.array_equal(during(planted(one), "catalog").time, during(LINES, "catalog").time)


def halves(one: Event, template: int) -> tuple[int, int]:
    """More lines of a template in the first half of the time, and in the second."""
    middle = (BEGIN + END) // 2

    def count(lines: Lines, begin: int, end: int) -> int:
        return int((lines.template[lines.between(begin, end)] == template).sum())

    after = planted(one)
    return (
        count(after, BEGIN, middle) - count(LINES, BEGIN, middle),
        count(after, middle, END) - count(LINES, middle, END),
    )


@pytest.mark.parametrize("kind", ["error-ramp", "rate-ramp"])
def test_a_ramp_grows(kind: str) -> None:
    one = event(kind, "large", "catalog")
    early, late = halves(one, one.template)
    assert late > 2.3 * early > 0


def test_an_error_ramp_takes_an_error_that_is_seldom_and_a_rate_ramp_what_is_frequent() -> None:
    assert known_error(shop(), "catalog", 30.0) == number_of("cache was cold")
    assert known_error(shop(), "gateway", 30.0) == -1
    assert busiest_template(shop(), "catalog", 30.0) in (number_of("looking up"), number_of("found items"))
    assert busiest_template(shop(), "catalog", 1.0) == -1


def test_kinds_that_are_held_out_are_kinds() -> None:
    assert set(HELD_OUT_KINDS) <= set(FAULTS)
    assert len(FAULTS) >= 10


@pytest.mark.parametrize("kind", ["timeouts", "retry-storm", "service-down", "crash-loop", "template-up", "rate-ramp"])
def test_a_fault_where_nothing_is_logged_is_no_error(kind: str) -> None:
    assert len(FAULTS[kind].plant(Lines.none(), event(kind), shop(), np.random.default_rng(1))) >= 0
