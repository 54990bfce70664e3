"""What was changed in workloads, told by their own lines."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from detector.changes import Sighting, Sightings, deployed_before, observe
from detector.findings import Change, ChangeKind, Deployed
from ingest.batch import LogBatch, Origin

MINUTE = 60_000_000
START = 29_000_000 * MINUTE

Line = tuple[float, Origin]
"""Minutes after the start, and who logged then."""


def web(pod: str = "a", revision: str = "r1", image: str = "reg/web:1.4", container: str = "app") -> Origin:
    return Origin("shop", "web", f"web-{revision}-{pod}", container, image=image, revision=revision)


def every_minute(origin: Origin, since: float, until: float, second: float = 0.0) -> list[Line]:
    return [(minute + second, origin) for minute in np.arange(since, until).tolist()]


def batch_of(lines: list[Line]) -> LogBatch:
    origins = tuple(dict.fromkeys(origin for _, origin in lines))
    count = len(lines)
    return LogBatch(
        origins,
        ("f",),
        np.array([START + round(at * MINUTE) for at, _ in lines], np.int64),
        np.array([origins.index(origin) for _, origin in lines], np.int32),
        np.zeros(count, np.int32),
        np.arange(count, dtype=np.int64),
        ("",) * count,
        ("",) * count,
        ("x",) * count,
    ).in_order()


def seen_of(lines: list[Line]) -> list[Sighting]:
    seen = Sightings(MINUTE)
    seen.add(batch_of(lines))
    return seen.by_namespace()["shop"]


def told(lines: list[Line], deployed: Deployed | None = None) -> list[tuple[float, str, str, str, str]]:
    """Minute, workload, kind, before and after of each change."""
    return [
        ((one.time - START) / MINUTE, one.workload, one.kind.value, one.before, one.after)
        for one in observe("shop", deployed, seen_of(lines))[1]
    ]


def in_pieces(seen: list[Sighting], borders: list[int]) -> tuple[Deployed | None, list[Change]]:
    """The same windows, read in several passes."""
    deployed, changes = None, []
    for begin, end in pairwise([0, *borders, 10**9]):
        part = [one for one in seen if begin <= (one.window - START) // MINUTE < end]
        deployed, found = observe("shop", deployed, part)
        changes += found
    return deployed, changes


def test_what_runs_in_the_first_hour_has_not_appeared_and_what_comes_later_has() -> None:
    cart = Origin("shop", "cart", "cart-0", image="reg/cart:2")
    lines = [*every_minute(web(), 0, 120), *every_minute(replace(cart, workload="early", pod="early-0"), 50, 120)]
    assert told(lines) == []
    assert told([*lines, *every_minute(cart, 70, 120, 0.5)]) == [(70.5, "cart", "appeared", "", "reg/cart:2")]


def test_a_new_image_is_one_change_while_old_and_new_run_side_by_side() -> None:
    new = web("x", "r2", "reg/web:1.5")
    lines = [*every_minute(web("a"), 0, 75), *every_minute(web("b"), 0, 80), *every_minute(new, 70.25, 120)]
    lines += every_minute(replace(new, pod="web-r2-y"), 76, 120)
    assert told(lines) == [(70.25, "web", "image", "reg/web:1.4", "reg/web:1.5")]


def test_a_pod_of_the_old_version_that_first_logs_when_it_is_ended_takes_nothing_back() -> None:
    lines = [*every_minute(web("a"), 0, 75), *every_minute(web("x", "r2", "reg/web:1.5"), 70.25, 120)]
    lines.append((77, web("silent-until-now")))
    assert told(lines) == [(70.25, "web", "image", "reg/web:1.4", "reg/web:1.5")]


def test_another_hash_with_the_same_image_is_a_roll_out() -> None:
    lines = [*every_minute(web(), 0, 71), *every_minute(web("x", "r2"), 70, 120)]
    assert told(lines) == [(70, "web", "rollout", "r1", "r2")]


def test_without_images_the_hash_in_the_names_of_pods_tells_of_a_roll_out() -> None:
    lines = [*every_minute(web(image=""), 0, 71), *every_minute(web("x", "r2", ""), 70, 120)]
    assert told(lines) == [(70, "web", "rollout", "r1", "r2")]


def test_a_roll_out_that_its_side_car_shows_first_is_still_about_the_image() -> None:
    proxy = {"image": "reg/proxy:9", "container": "proxy"}
    lines = [*every_minute(web(), 0, 71), *every_minute(web(**proxy), 0, 71)]
    lines += [
        *every_minute(web("x", "r2", **proxy), 70.1, 120),
        *every_minute(web("x", "r2", "reg/web:1.5"), 70.4, 120),
    ]
    assert told(lines) == [(70.1, "web", "image", "reg/web:1.4", "reg/web:1.5")]


def test_rolling_back_is_a_change_too() -> None:
    lines = [*every_minute(web(), 0, 71), *every_minute(web("x", "r2", "reg/web:1.5"), 70, 100)]
    lines += every_minute(web("c"), 100, 130)
    assert told(lines) == [
        (70, "web", "image", "reg/web:1.4", "reg/web:1.5"),
        (100, "web", "image", "reg/web:1.5", "reg/web:1.4"),
    ]


def test_a_roll_out_that_is_broken_off_does_not_flap() -> None:
    lines = [*every_minute(web(), 0, 300), *every_minute(web("x", "r2", "reg/web:1.5"), 70, 74)]
    lines += every_minute(web("b"), 200, 300)
    assert [one for one in told(lines) if one[2] != "pods"] == [(70, "web", "image", "reg/web:1.4", "reg/web:1.5")]


def test_a_stateful_set_rolls_out_in_pods_of_the_same_names() -> None:
    def db(number: int, image: str) -> Origin:
        return Origin("shop", "db", f"db-{number}", "db", image=image)

    lines = [*every_minute(db(0, "pg:15"), 0, 90), *every_minute(db(1, "pg:15"), 0, 80)]
    lines += [*every_minute(db(1, "pg:16"), 82, 150), *every_minute(db(0, "pg:16"), 95, 150)]
    assert told(lines) == [(82, "db", "image", "pg:15", "pg:16")]


def test_silence_is_no_change_and_what_logs_seldom_does_not_change_by_logging() -> None:
    lines = [*every_minute(web(), 0, 70), *every_minute(web("late"), 600, 610), *every_minute(web(), 1200, 1210)]
    assert told(lines) == []


def test_more_pods_are_told_once_the_others_have_gone_on() -> None:
    lines = [*every_minute(web("a"), 0, 120), *every_minute(web("b"), 0, 120, 0.2)]
    lines += [*every_minute(web("c"), 80.5, 120), *every_minute(web("d"), 80.6, 120)]
    assert told(lines) == [(82.2, "web", "pods", "2", "4")]


def test_a_pod_that_replaces_another_is_no_change() -> None:
    lines = [*every_minute(web("a"), 0, 120), *every_minute(web("b"), 0, 81), *every_minute(web("c"), 80.5, 120)]
    assert told(lines) == []


def test_the_pods_of_a_roll_out_are_its_own_and_those_of_jobs_come_and_go() -> None:
    lines = [*every_minute(web("a"), 0, 70), *every_minute(web("x", "r2"), 70, 200)]
    lines += [*every_minute(web("y", "r2"), 75, 200), *every_minute(web("z", "r2"), 84, 200)]
    assert [one[2] for one in told(lines)] == ["rollout"]
    jobs = [
        line
        for number in range(20)
        for line in every_minute(Origin("shop", "backup", f"backup-2839123{number}-q8rtz"), number * 9, number * 9 + 30)
    ]
    assert told(jobs) == []


def test_it_makes_no_difference_in_how_many_pieces_windows_are_read() -> None:
    lines = [*every_minute(web("a"), 0, 180), *every_minute(web("b"), 0, 90, 0.4)]
    lines += [*every_minute(web("c"), 80.5, 100), *every_minute(web("x", "r2", "reg/web:1.5"), 99.9, 180)]
    lines += every_minute(Origin("shop", "cart", "cart-0", image="reg/cart:2"), 130, 180)
    seen = seen_of(lines)
    whole = observe("shop", None, seen)
    assert {one.kind for one in whole[1]} == {ChangeKind.PODS, ChangeKind.IMAGE, ChangeKind.APPEARED}
    rng = np.random.default_rng(5)
    for _ in range(20):
        assert in_pieces(seen, sorted(rng.choice(180, 12).tolist())) == whole
    assert in_pieces(seen, list(range(1, 180))) == whole


def test_where_nothing_is_new_what_runs_stays_equal_for_minutes() -> None:
    deployed, _ = observe("shop", None, seen_of(every_minute(web(), 0, 61)))
    again, changes = observe("shop", deployed, seen_of(every_minute(web(), 61, 64)))
    assert (again, changes) == (deployed, [])
    assert observe("shop", deployed, []) == (deployed, [])


def test_a_namespace_that_was_read_before_anybody_looked_for_changes_has_no_new_workloads() -> None:
    known = deployed_before("shop", START, ["web"])
    lines = [*every_minute(Origin("shop", "cart", "cart-0"), 0, 90), *every_minute(web(), 70, 90)]
    assert told(lines, known) == []


def test_memory_is_bounded_and_what_was_forgotten_does_not_appear_again() -> None:
    many = [(0.0, Origin("shop", f"w{number:04}", f"w{number:04}-0")) for number in range(1_200)]
    deployed, _ = observe("shop", None, seen_of(many))
    assert deployed is not None
    assert deployed.forgot
    assert len(deployed.workloads) == 1_000
    assert told([(90.0, Origin("shop", "w0000", "w0000-0"))], deployed) == []
    crowd = [(0.01 * number, web(f"p{number:03}")) for number in range(500)]
    deployed, changes = observe("shop", None, seen_of(crowd))
    assert deployed is not None
    assert (len(deployed.workloads[0].pods), changes) == (200, [])


@pytest.mark.parametrize("pod", ["", "web"])
def test_logs_without_pods_and_images_tell_of_no_change(pod: str) -> None:
    origins = [Origin("shop", "web", pod), Origin("shop", "web", pod, container="other")]
    assert told([line for origin in origins for line in every_minute(origin, 0, 200)]) == []
