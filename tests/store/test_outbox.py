"""What is to be told is stored with the pass and waits there until it was sent; in every store."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from detector.errors import ScopeError
from detector.store.port import PassResult, Store, Told
from tests.store.shop import minute

Opened = Callable[[], Store]


def told(number: int, output: str = "topic") -> Told:
    return Told(output, f"m{number}", "anomaly", b"shop", b"{%d}" % number, (("kind", b"\xff"),))


def step(number: int, *messages: Told) -> PassResult:
    return PassResult(closed_until=minute(number), told=messages)


def waiting(store: Store, output: str = "topic", limit: int = 100) -> list[Told]:
    return [one.told for one in store.outbox(output, limit)]


def test_what_is_to_be_told_waits_in_the_order_of_passes(store: Store) -> None:
    assert (waiting(store), store.waiting("topic")) == ([], 0)
    store.commit(step(1, *(told(number) for number in range(12))))
    store.commit(step(2))
    store.commit(step(2, told(12), told(13)))
    assert waiting(store) == [told(number) for number in range(14)]
    assert waiting(store, limit=3) == [told(number) for number in range(3)]
    assert store.waiting("topic") == 14


def test_it_waits_over_a_restart_until_it_was_sent(opened: Opened) -> None:
    with closing(opened()) as first:
        first.commit(step(1, told(1), told(2), told(3)))
        first.sent(one.place for one in first.outbox("topic", 2))
        assert waiting(first) == [told(3)]
    with closing(opened()) as second:
        second.commit(step(2, told(4)))
        assert waiting(second) == [told(3), told(4)]
        places = [one.place for one in second.outbox("topic", 9)]
        second.sent(places)
        second.commit(step(3, told(5)))
        second.sent(places)
        assert waiting(second) == [told(5)], "what was removed twice takes nothing else with it"


def test_each_output_and_each_scope_has_its_own(store: Store) -> None:
    with closing(store.scope("logs/0")) as zero, closing(store.scope("logs/1")) as one:
        zero.commit(step(1, told(1), told(2, "webhook")))
        one.commit(step(1, told(3)))
        assert (waiting(zero), waiting(zero, "webhook"), waiting(one)) == ([told(1)], [told(2, "webhook")], [told(3)])
        zero.sent(sent.place for sent in zero.outbox("webhook", 9))
        assert (waiting(zero), waiting(zero, "webhook"), waiting(one)) == ([told(1)], [], [told(3)])
        assert waiting(store) == []


def test_nothing_waits_of_a_pass_that_was_not_stored(store: Store) -> None:
    with closing(store.scope("logs/0")) as held, closing(store.scope("logs/0")) as heir:
        with pytest.raises(ScopeError, match="taken over"):
            held.commit(step(1, told(1)))
        assert waiting(heir) == []
        heir.commit(step(1, told(2)))
    with closing(store.scope("logs/0")) as again:
        assert waiting(again) == [told(2)]
