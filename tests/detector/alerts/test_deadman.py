"""What drainwatch says of itself, and when it has no reason to."""

from __future__ import annotations

from detector.alert import Alert, AlertKind
from detector.alerts.deadman import Condition, DeadMan, Detection, Limits, Trouble, as_alert
from tests.detector.alerts.stories import MINUTE, at

LIMITS = Limits(no_lines=10 * MINUTE, behind=10 * MINUTE, usual=2 * MINUTE)
HOURS = 60


def kinds(found: list[Trouble]) -> list[str]:
    return [trouble.kind.value for trouble in found]


def condition(
    minutes: float,
    lines: int = 0,
    newest: float | None = None,
    *,
    lag: float = 1,
    error: str = "",
    catching: bool = False,
) -> Condition:
    """At so many minutes after noon; the newest line is of then unless it is said when."""
    return Condition(
        lines,
        at(minutes if newest is None else newest),
        {"": at(minutes - lag)},
        Detection(catching, error),
    )


def seen(man: DeadMan, *looks: tuple[float, Condition]) -> list[list[str]]:
    return [kinds(man.look(one, at(minutes))) for minutes, one in looks]


def live(minutes: float, lines: int) -> tuple[float, Condition]:
    return minutes, condition(minutes, lines)


def silent(minutes: float, lines: int, since: float) -> tuple[float, Condition]:
    return minutes, condition(minutes, lines, since)


def test_lines_that_come_no_more_are_told_after_a_while_until_they_come_again() -> None:
    man = DeadMan(LIMITS)
    assert seen(man, live(0, 5), live(1, 9), silent(10, 9, 1), silent(11, 9, 1), live(12, 10)) == [
        [],
        [],
        [],
        ["no-lines"],
        [],
    ]


def test_it_says_since_when() -> None:
    man = DeadMan(LIMITS)
    seen(man, live(0, 5), live(1, 9))
    (trouble,) = man.look(condition(20, 9, 1), at(20))
    assert trouble.since == at(1)
    assert trouble.summary.startswith("No line has come since 2026-11-21 12:01 UTC")


def test_an_old_file_that_was_read_to_its_end_is_no_reason() -> None:
    man = DeadMan(LIMITS)
    old = -48 * HOURS
    assert seen(man, silent(0, 0, old), silent(1, 9_000, old), silent(30, 9_000, old)) == [[], [], []]


def test_nor_is_a_store_that_nothing_was_read_into_since_the_start() -> None:
    assert seen(DeadMan(LIMITS), silent(0, 5, -5), silent(30, 5, -5)) == [[], []]


def test_nor_is_it_where_that_is_not_wanted() -> None:
    man = DeadMan(Limits(no_lines=0, behind=0))
    assert seen(man, live(0, 5), live(1, 9), silent(90, 9, 1)) == [[], [], []]


def test_after_a_restart_it_is_still_so() -> None:
    man = DeadMan(LIMITS)
    told = as_alert(Trouble(AlertKind.NO_LINES, at(0), "No line has come."), at(11))
    man.resume(told)
    assert seen(man, silent(12, 9, 0), live(13, 10)) == [["no-lines"], []]


def test_windows_that_are_judged_late_are_told_where_they_were_in_time_before() -> None:
    man = DeadMan(LIMITS)
    looks = [(minutes, condition(minutes, lag=lag)) for minutes, lag in ((0, 1), (20, 11), (30, 13), (31, 1))]
    assert seen(man, *looks) == [[], [], ["behind"], []]


def test_after_a_restart_it_is_behind_until_it_has_caught_up() -> None:
    man = DeadMan(LIMITS)
    man.resume(as_alert(Trouble(AlertKind.BEHIND, at(0), "Windows are judged late."), at(11)))
    looks = [
        (minutes, condition(minutes, lag=lag, catching=True))
        for minutes, lag in ((12, 60), (13, 30), (14, 1), (15, 30))
    ]
    assert seen(man, *looks) == [["behind"], ["behind"], [], []]


def test_a_machine_that_slept_has_time_to_catch_up_before_anybody_is_told() -> None:
    man = DeadMan(LIMITS)
    assert seen(man, live(0, 5), live(1, 9)) == [[], []]
    man.slept(at(1), at(481))
    awake = ((481, condition(481, 9, 1, lag=480)), (482, condition(482, 9, 482, lag=480)), live(483, 300))
    assert seen(man, *awake) == [[], [], []]
    man.slept(at(483), at(900))
    dead = ((900, condition(900, 300, 483, lag=418)), (911, condition(911, 300, 483, lag=429)))
    assert seen(man, *dead) == [[], ["no-lines", "behind"]], "and is told of where it doesn't"
    man.slept(at(911), at(990))
    assert seen(man, (990, condition(990, 300, 483, lag=508))) == [["no-lines", "behind"]], "it goes on"


def test_a_clock_that_was_set_back_is_no_reason_either() -> None:
    man = DeadMan(LIMITS)
    seen(man, live(500, 5), live(501, 9))
    man.slept(at(501), at(1))
    assert seen(man, live(1, 9), silent(5, 9, 1), silent(12, 9, 1)) == [[], [], ["no-lines"]]


def test_history_that_is_caught_up_with_is_no_reason_as_long_as_it_gets_nearer() -> None:
    man = DeadMan(LIMITS)
    lags = ((0, 3_000), (10, 2_000), (20, 1_000), (30, 500), (40, 500), (41, 499), (42, 400), (52, 1))
    looks = [(minutes, condition(minutes, lag=lag, catching=True)) for minutes, lag in lags]
    assert seen(man, *looks) == [[], [], [], [], ["behind"], [], [], []]


def test_a_partition_that_nobody_reads_is_named() -> None:
    man = DeadMan(LIMITS)
    ends = {"logs/0": at(0), "logs/1": at(0), "logs/2": None}
    man.look(Condition(ends=ends), at(1))
    (trouble,) = man.look(Condition(ends={**ends, "logs/0": at(20)}), at(20))
    assert trouble.kind is AlertKind.BEHIND
    assert "up to 2026-11-21 12:00 UTC (logs/1)" in trouble.summary


def test_passes_that_fail_are_told_after_some_minutes() -> None:
    man = DeadMan(LIMITS)
    looks = [
        (m, condition(m, error=error)) for m, error in ((0, "x"), (2, "x"), (2.5, ""), (3, "x"), (6, "x"), (7, ""))
    ]
    assert seen(man, *looks) == [[], [], [], [], ["failing"], []]


def test_an_alert_of_it_is_the_same_however_often_that_is_decided() -> None:
    trouble = Trouble(AlertKind.FAILING, at(0), "It fails.")
    one: Alert = as_alert(trouble, at(5))
    assert one.id == as_alert(trouble, at(6)).id
    assert (one.namespaces, one.severity) == ((), "critical")
