"""What is counted of lines begins at nought with the process and never goes back: else Prometheus sees a flood."""

from __future__ import annotations

from collections import Counter

from starlette.testclient import TestClient

from detector.api.live import LiveStatus
from detector.api.metrics.account import Account
from ingest.accounting import DropReason, Remark, Tally
from tests.api.metrics.test_measured import values
from tests.store.shop import tally


def of(read: int, dropped: int = 0, late: int = 0, pending: int = 0) -> Tally:
    own = Counter({DropReason.EMPTY: dropped}), Counter({Remark.LATE: late})
    return Tally(read, read - dropped - pending, 0, pending, *own)


def test_it_begins_with_the_process() -> None:
    account = Account()
    account.begin(of(1_000_000, dropped=700, late=3))
    assert account.since_begin(of(1_000_000, dropped=700, late=3)) == Tally()
    now = account.since_begin(of(1_000_050, dropped=705, late=4, pending=2))
    assert (now.read, now.pending, now.dropped, now.remarks) == (
        50,
        2,
        Counter({DropReason.EMPTY: 5}),
        Counter({Remark.LATE: 1}),
    )


def test_what_is_read_again_after_a_failure_is_counted_once() -> None:
    account = Account()
    account.begin(of(100))
    assert account.since_begin(of(150, dropped=5)).read == 50
    account.begin(of(120))
    found = account.since_begin(of(120, dropped=1))
    assert (found.read, found.dropped.total()) == (50, 5)
    assert account.since_begin(of(160, dropped=6)).read == 60


def test_prometheus_is_told_what_came_since_the_start(api: TestClient, live: LiveStatus) -> None:
    live.account.begin(tally(100))
    live.tally = tally(150)
    assert values(api.get("/metrics").text, "drainwatch_lines_read_total") == {(): 50.0}


def test_without_a_tally_of_its_own_that_of_the_store_is_told(api: TestClient) -> None:
    assert values(api.get("/metrics").text, "drainwatch_lines_read_total") == {(): 20.0}
