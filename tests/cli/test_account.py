"""Standard error says what became of every line, and the numbers add up."""

from __future__ import annotations

from collections import Counter

from detector.cli.account import DROPPED, NOTICED, account
from ingest.accounting import DropReason, Remark, Tally


def test_lines_that_all_count_take_one_sentence() -> None:
    assert account(Tally(read=175_209, records=175_200, joined=9)) == [
        "175,209 lines read: 175,200 counted, 9 joined to the line before."
    ]


def test_dropped_lines_come_with_reason_and_advice_most_frequent_first() -> None:
    dropped = Counter({DropReason.EMPTY: 12, DropReason.NO_TIME: 3_000})
    assert account(Tally(read=3_013, records=1, dropped=dropped)) == [
        "3,013 lines read: 1 counted, 3,012 dropped.",
        "Dropped:",
        f"  3,000  no_time  {DROPPED[DropReason.NO_TIME]}",
        f"     12  empty    {DROPPED[DropReason.EMPTY]}",
    ]


def test_what_was_noticed_about_counted_lines_is_told_apart_from_what_was_dropped() -> None:
    assert account(Tally(read=1, records=1, remarks=Counter({Remark.WRONG_CLOCK: 1}))) == [
        "1 line read: 1 counted.",
        "Noticed:",
        f"  1  wrong_clock  {NOTICED[Remark.WRONG_CLOCK]}",
    ]


def test_nothing_read_is_said_as_well() -> None:
    assert account(Tally()) == ["0 lines read: 0 counted."]


def test_an_account_that_does_not_add_up_says_so() -> None:
    assert account(Tally(read=2, records=1))[-1] == "These numbers don't add up: that is a bug in drainwatch."


def test_every_reason_and_remark_has_its_advice() -> None:
    assert set(DROPPED) == set(DropReason)
    assert set(NOTICED) == set(Remark)
