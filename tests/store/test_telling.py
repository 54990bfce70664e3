"""The life of an alert over each kind of store: whoever goes on with it, also at once, knows what was decided."""

from __future__ import annotations

from contextlib import suppress

import pytest

from detector.alert import Silence
from detector.errors import ScopeError
from detector.store.port import Store
from tests.detector.alerts.living import Box, Life, Postman
from tests.detector.alerts.stories import at, incident


def test_one_that_is_started_anew_again_and_again_tells_all_once(store: Store) -> None:
    life = Life(store, Box("ops"), Box("alertmanager", repeats=True))
    life.turn()
    steps = (
        [incident(score=30)],
        [incident("shop", 1)],
        [incident(end=2, score=60)],
        [incident(end=4, score=60, over=True), incident("shop", 1, 5, over=True)],
    )
    for step in steps:
        life.passed(*step)
        life.turn(1)
        life.restart()
        life.turn()
        life.restart()
    assert [event for event, _ in life.heard(0)] == ["opened", "worsened", "resolved"]
    events = [event for event, _ in life.heard(1) if event != "firing"]
    assert events == ["opened", "worsened", "resolved"]
    (alert,) = store.alerts().items
    assert (alert.namespaces, alert.open, alert.quiet) == (("payments", "shop"), False, "")


def test_two_that_take_over_from_each_other_tell_all_once(store: Store) -> None:
    box = Box()
    lives = [Life(store, box), Life(store, box)]
    lives[0].turn()
    steps = ([incident()], [incident(end=2)], [incident(end=3, over=True)], [incident("shop", 20)])
    for turn, step in enumerate(steps):
        now = max(life.now for life in lives) + 60_000_000
        for life in lives:
            life.now = now
        lives[0].passed(*step)
        with suppress(ScopeError):  # it was taken over meanwhile
            lives[turn % 2].turn()
        for life in lives:
            life.alerter.let_go()
        lives[(turn + 1) % 2].turn()
    assert [(one.event.value, one.namespaces) for one in box.notices] == [
        ("opened", ("payments",)),
        ("resolved", ("payments",)),
        ("opened", ("shop",)),
    ]


def test_who_lost_the_scope_neither_decides_nor_is_in_the_way(store: Store) -> None:
    life = Life(store)
    life.passed(incident())
    life.turn()
    other = life.another(Postman(life.boxes))
    other.turn(store)
    life.passed(incident(end=5, over=True))
    life.now += 60_000_000
    with pytest.raises(ScopeError):
        life.alerter.turn(store)
    life.alerter.let_go()
    other.turn(store)
    assert [event for event, _ in life.heard()] == ["opened", "resolved"]


def test_what_is_silenced_meanwhile_stays_quiet(store: Store) -> None:
    life = Life(store)
    life.turn()
    life.passed(incident())
    life.alerter.turn(store)
    store.say(Silence("s", "pay*", at(0), at(60), author="ana", note="migration", created=at(0)))
    life.turn(1)
    assert life.heard() == []
    (alert,) = store.open_alerts()
    assert alert.quiet == "silenced until 13:00 UTC by ana: migration"
