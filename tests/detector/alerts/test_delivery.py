"""How what waits reaches people: in order, once, each channel by itself, whatever fails in between."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from detector.alerts.channels.slack import Slack
from detector.alerts.delivery import Delivery, output_name, told
from detector.alerts.notice import Notice
from detector.store.port import ALERTS, PassResult, Store, Told
from detector.store.sqlite import open_store
from tests.detector.alerts.channels.notices import NOW, notice
from tests.servers.inbox import Reply
from tests.servers.slack import SlackInbox, too_many

CLOCK = round(NOW.timestamp() * 1e6)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path / "store.sqlite")) as whole, closing(whole.scope(ALERTS)) as opened:
        yield opened


@pytest.fixture
def inbox() -> Iterator[SlackInbox]:
    with SlackInbox() as opened:
        yield opened


def slack(inbox: SlackInbox, name: str = "oncall", pace: float = 0.0) -> Slack:
    return Slack(name, inbox.url, pace=pace)


def put(store: Store, *messages: Told) -> None:
    store.commit(PassResult(closed_until=None, told=messages))


def numbered(count: int) -> list[Notice]:
    return [notice(id=f"n-{n}", title=f"number {n}") for n in range(count)]


def titles(inbox: SlackInbox) -> list[str]:
    return [message["text"].splitlines()[1] for message in inbox.messages]


def wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_what_waits_is_sent_in_order_and_removed(store: Store, inbox: SlackInbox) -> None:
    put(store, *(told("oncall", one) for one in numbered(5)))
    with closing(Delivery([slack(inbox)], lambda: CLOCK)) as delivery:
        delivery.look(store)
        wait(lambda: store.waiting(output_name("oncall")) == 0)
        assert titles(inbox) == [f"number {n}" for n in range(5)]
        count = delivery.counts()["oncall"]
        assert (count.kind, count.sent, count.failed, count.refused, count.last_success) == ("slack", 5, 0, 0, CLOCK)
        assert delivery.problems == ()


def test_what_arrived_while_the_store_was_away_is_removed_and_not_sent_again(tmp_path: Path, inbox: SlackInbox) -> None:
    inbox.then(Reply(delay=0.5))
    with (
        closing(open_store(tmp_path / "store.sqlite")) as whole,
        closing(Delivery([slack(inbox)], lambda: CLOCK)) as sent,
    ):
        with closing(whole.scope(ALERTS)) as held:
            put(held, *(told("oncall", one) for one in numbered(2)))
            sent.look(held)
            wait(lambda: bool(inbox.asked))
            sent.forget(held)
        with closing(whole.scope(ALERTS)) as again:
            sent.look(again)
            wait(lambda: again.waiting(output_name("oncall")) == 0)
            sent.forget(again)
    assert titles(inbox) == ["number 0", "number 1"]


def test_what_somebody_else_took_over_is_left_to_them(store: Store, inbox: SlackInbox) -> None:
    put(store, *(told("oncall", one) for one in numbered(4)))
    inbox.then(Reply(delay=0.5))
    with closing(Delivery([slack(inbox)], lambda: CLOCK)) as delivery:
        delivery.look(store)
        wait(lambda: bool(inbox.asked))
        delivery.forget(store)
        wait(lambda: store.waiting(output_name("oncall")) == 3)
        time.sleep(0.3)
        assert titles(inbox) == ["number 0"], "they are sent by whoever has it now"


def test_each_is_removed_before_the_next_is_sent(store: Store, inbox: SlackInbox) -> None:
    """So that a crash repeats one at most."""
    put(store, *(told("oncall", one) for one in numbered(3)))
    inbox.then(Reply(), Reply(), Reply(500, b"server_error"))
    with closing(Delivery([slack(inbox)], lambda: CLOCK)) as delivery:
        delivery.look(store)
        wait(lambda: bool(delivery.problems))
        assert store.waiting(output_name("oncall")) == 1
        assert delivery.problems == (
            "Alerts wait to be told. Slack (channel oncall) answers 500: server_error. It is asked again.",
        )
        wait(lambda: not delivery.problems)
    assert titles(inbox) == ["number 0", "number 1", "number 2"]


def test_a_channel_that_is_down_holds_up_no_other(store: Store, inbox: SlackInbox) -> None:
    with SlackInbox() as broken:
        broken.always(Reply(delay=60))
        channels = [slack(broken, "broken"), slack(inbox)]
        put(store, *(told(channel.name, one) for one in numbered(3) for channel in channels))
        delivery = Delivery(channels, lambda: CLOCK)
        delivery.look(store)
        begun = time.monotonic()
        inbox.wait(3)
        assert time.monotonic() - begun < 5
        wait(lambda: store.waiting(output_name("oncall")) == 0)
        assert store.waiting(output_name("broken")) == 3
    delivery.close()


def test_a_channel_is_left_alone_for_as_long_as_it_asks(store: Store, inbox: SlackInbox) -> None:
    put(store, *(told("oncall", one) for one in numbered(2)))
    inbox.then(too_many("1"))
    with closing(Delivery([slack(inbox)], lambda: CLOCK)) as delivery:
        delivery.look(store)
        wait(lambda: bool(delivery.problems))
        assert "rate_limited. It is asked again after 1 s." in delivery.problems[0]
        inbox.wait(2)
    times = [posted.at for posted in inbox.asked]
    assert 1.0 <= times[1] - times[0] < 1.9
    assert titles(inbox) == ["number 0", "number 1"]


def test_what_is_refused_for_good_is_let_go_and_said(store: Store, inbox: SlackInbox) -> None:
    clock = [CLOCK]
    put(store, *(told("oncall", one) for one in numbered(3)))
    inbox.then(Reply(), Reply(400, b"invalid_blocks"))
    with closing(Delivery([slack(inbox)], lambda: clock[0])) as delivery:
        delivery.look(store)
        wait(lambda: store.waiting(output_name("oncall")) == 0)
        assert titles(inbox) == ["number 0", "number 2"]
        assert delivery.counts()["oncall"].refused == 1
        (problem,) = delivery.problems
        assert problem.startswith("1 message was refused by the channel oncall and won't be sent again. Slack")
        clock[0] += 25 * 3_600_000_000
        assert delivery.problems == ()


def test_what_cannot_be_read_is_let_go(store: Store, inbox: SlackInbox) -> None:
    put(store, Told(output_name("oncall"), "n-x", "opened", b"", b'{"version": 2}'), told("oncall", notice()))
    with closing(Delivery([slack(inbox)], lambda: CLOCK)) as delivery:
        delivery.look(store)
        inbox.wait(1)
        assert delivery.counts()["oncall"].refused == 1
        assert "another version of drainwatch" in delivery.problems[0]


def test_what_was_not_sent_before_the_end_is_sent_at_the_next_start(tmp_path: Path, inbox: SlackInbox) -> None:
    path = tmp_path / "store.sqlite"
    inbox.always(Reply(500))
    with closing(open_store(path)) as whole, closing(whole.scope(ALERTS)) as store:
        put(store, told("oncall", notice()))
        with closing(Delivery([slack(inbox)], lambda: CLOCK)) as delivery:
            delivery.look(store)
            wait(lambda: bool(delivery.problems))
    inbox.always(None)
    with closing(open_store(path)) as whole, closing(whole.scope(ALERTS)) as store:
        later = CLOCK + 47 * 60_000_000
        with closing(Delivery([slack(inbox)], lambda: later)) as delivery:
            delivery.look(store)
            inbox.wait(1)
            wait(lambda: store.waiting(output_name("oncall")) == 0)
    (message,) = inbox.messages
    assert "Told 47 min late" in message["text"]


def test_no_secret_is_said(store: Store, inbox: SlackInbox, capsys: pytest.CaptureFixture[str]) -> None:
    inbox.then(Reply(cut=True), Reply(403, inbox.url.encode()))
    put(store, told("oncall", notice()))
    with closing(Delivery([slack(inbox)], lambda: CLOCK)) as delivery:
        delivery.look(store)
        wait(lambda: len(inbox.asked) > 1 and "403" in str(delivery.problems))
        said = str(delivery.problems)
    printed = capsys.readouterr()
    assert "not-a-real-secret" not in said + printed.out + printed.err


@pytest.mark.long
def test_channels_that_are_away_hold_up_the_end_together(store: Store, inbox: SlackInbox) -> None:
    inbox.always(Reply(delay=60))
    channels = [slack(inbox, f"away-{number}") for number in range(3)]
    put(store, *(told(channel.name, notice()) for channel in channels))
    delivery = Delivery(channels, lambda: CLOCK)
    delivery.look(store)
    wait(lambda: len(inbox.asked) == 3)
    begun = time.monotonic()
    delivery.close()
    assert time.monotonic() - begun < 11
    assert all(store.waiting(output_name(channel.name)) == 1 for channel in channels)
