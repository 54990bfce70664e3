"""The newest window, scored on what was read of those before it, is scored as if all were read again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import numpy as np
import pytest

from detector.feedback import mute
from detector.findings import Change, ChangeKind, Feedback
from detector.namespace import NamespaceState
from detector.schedule import Schedule, share_of
from detector.settings import DetectionSettings
from detector.vectors import WindowCounts
from tests.detector.history import SETTINGS, TEMPLATES, at, busy, window
from tests.detector.records import MINUTE

LEARNED, END = 30, 100
DAY, HOUR = 24 * 60, 60
FAULTS: Mapping[int, Mapping[str, int]] = {
    **{minute: {"refused": 4} for minute in range(50, 53)},
    70: {"audit": 90},
    **{minute: {"request": 0} for minute in range(85, 95)},
}
WINDOWS = busy(range(END), FAULTS)
ROLLOUT = Change("c", "shop", "cart", at(60.5), ChangeKind.ROLLOUT, "a", "b")
MUTE = mute("shop", "ana", "", at(45), at(75), template="refused")


def minute_by_minute(
    between: Callable[[NamespaceState, int], None] = lambda *_: None,
    changes: tuple[Change, ...] = (),
    said: tuple[Feedback, ...] = (),
) -> dict[int, float]:
    """The scores of each minute; `between` is called before each."""
    namespace = NamespaceState("shop", SETTINGS)
    scores: dict[int, float] = {}
    for minute in range(END):
        between(namespace, minute)
        own = [one for one in changes if at(minute) <= one.time < at(minute + 1)]
        found = namespace.advance(WINDOWS[minute : minute + 1], TEMPLATES, at(minute + 1), lambda *_: (), own, said)
        scores |= found.scores
    return scores


def read_again(namespace: NamespaceState, _minute: int) -> None:
    namespace._recent.forget()


@pytest.mark.parametrize("changes", [(), (ROLLOUT,)], ids=["nothing changed", "a roll-out"])
@pytest.mark.parametrize("said", [(), (MUTE,)], ids=["nothing muted", "a mute that ends"])
def test_what_was_read_is_as_good_as_reading_again(changes: tuple[Change, ...], said: tuple[Feedback, ...]) -> None:
    scores = minute_by_minute(changes=changes, said=said)

    assert list(scores) == [at(minute) for minute in range(LEARNED, END)]
    assert max(scores.values()) > 50
    assert scores == minute_by_minute(read_again, changes, said)


def test_late_lines_are_read_with_the_windows_that_they_belong_to() -> None:
    late: list[WindowCounts] = [window(70, {"request": 300}), window(72, {"refused": 9})]

    def add(namespace: NamespaceState, minute: int) -> None:
        if minute == 76:
            namespace.add_late(late, TEMPLATES)

    def add_and_read_again(namespace: NamespaceState, minute: int) -> None:
        add(namespace, minute)
        read_again(namespace, minute)

    scores, without = minute_by_minute(add), minute_by_minute()
    assert scores == minute_by_minute(add_and_read_again)
    assert scores != without
    assert {one for one, score in scores.items() if score != without[one]} <= {at(minute) for minute in range(76, END)}


def test_a_namespace_at_rest_goes_on_without_being_looked_at() -> None:
    namespace = NamespaceState("shop", SETTINGS)
    namespace.advance(WINDOWS[:60], TEMPLATES, at(60), lambda *_: ())
    namespace.advance((), TEMPLATES, at(60 + 3 * DAY), lambda *_: ())
    assert namespace.resting

    kept = namespace.status_to_keep()
    found = namespace.advance((), TEMPLATES, at(60 + 4 * DAY), lambda *_: ())

    assert (found.anomalies, found.scores, found.incidents, found.models) == ([], {}, {}, [])
    assert (namespace.resting, namespace.status_to_keep()) == (True, kept)
    assert namespace.status().last_window == at(60 + 4 * DAY - 1)


def test_namespaces_that_began_together_are_trained_at_different_times() -> None:
    schedule, names = Schedule.of(DetectionSettings()), [f"team-{number}" for number in range(1_000)]

    def due(until: int | None) -> list[int]:
        return [(schedule.next_training(at(0), until, share_of(name)) - at(0)) // MINUTE for name in names]

    assert set(due(None)) == {HOUR}, "the first model is made when there is enough to learn from"
    for trained, between in ((HOUR, HOUR), (8 * HOUR, 8 * HOUR), (50 * HOUR, DAY)):
        times = due(at(trained))
        assert trained + 0.75 * between - 1 <= min(times)
        assert max(times) <= trained + between
        _, together = np.unique(times, return_counts=True)
        assert together.max() <= 3 * 1_000 / (0.25 * between) + 10
    assert due(at(HOUR)) == due(at(HOUR)), "by their names alone"


def test_an_early_model_is_early_by_whole_windows() -> None:
    schedule = Schedule.of(DetectionSettings(window=timedelta(minutes=5)))

    assert all(
        (schedule.next_training(at(0), at(DAY), share_of(str(number))) - at(0)) % schedule.span == 0
        for number in range(50)
    )
