"""The account of a partition that is read again in part: what an earlier run entered is not entered twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from ingest.accounting import DropReason, Tally


class Account:
    """Enters what a feed's tally grows by into `tally`, which is the source's.

    Up to the frontier of the earlier run only records count that it had handed over (one line each, because whoever
    counts takes them off again, see `detector.pipeline.add_tallies`), and its pending lines. Then everything does.
    """

    def __init__(self, feed: Tally, pending: int, settled: bool, *, lossy: bool = False) -> None:
        """`lossy`: not all that was pending may come again; it is deleted then."""
        self.tally, self._lossy = Tally(read=pending, pending=pending), lossy
        self.settled = settled
        """Whether the frontier of the earlier run was reached."""
        self._feed = feed
        self._entered = _copy(feed)

    def settle(self, pending: int) -> None:
        """The frontier was reached; so many lines are in no record yet that was handed over."""
        self.settled = True
        if self._lossy and (lost := self.tally.pending - pending) > 0:
            self.tally.read += lost
            self.tally.dropped[DropReason.DELETED] += lost
        self.tally.read += pending - self.tally.pending
        self.tally.pending = pending
        self._entered = _copy(self._feed)

    def enter(self, again: int, pending: int) -> None:
        """Lines were read; `again` is how many records were handed over that an earlier run had handed over."""
        if not self.settled:
            self.tally.read += again
            self.tally.records += again
            return
        now, before, tally = self._feed, self._entered, self.tally
        tally.read += now.read - before.read
        tally.records += now.records - before.records
        tally.joined += now.joined - before.joined
        tally.dropped += now.dropped - before.dropped
        tally.remarks += now.remarks - before.remarks
        tally.pending = pending
        self._entered = _copy(now)

    def lose(self, unread: int, pending: int, all_before: bool) -> None:
        """So many messages are gone that nobody has read; `all_before` says that the frontier is passed with them.

        Of what an earlier run has read and not counted yet it isn't known how many lines were records: it stays as it
        was entered. `pending` is as in `settle`.
        """
        lost = max(0, unread)
        if not self.settled and all_before:
            self._lossy = True
            self.settle(pending)
        self.tally.read += lost
        self.tally.dropped[DropReason.DELETED] += lost

    def is_news(self, position: int, reason: DropReason, read_to: int) -> bool:
        """Whether an earlier run, which handed over what was before `read_to`, has not refused this already."""
        if self.settled:
            return True
        return position >= read_to and reason in (DropReason.NO_TIME, DropReason.IMPLAUSIBLE_TIME)

    def drop(self, reason: DropReason) -> None:
        """A message was refused that the feed was not shown."""
        if self.settled:
            self.tally.read += 1
            self.tally.dropped[reason] += 1

    def foreign(self, records: int) -> None:
        """So many records that were entered are another partition's."""
        self.tally.records -= records
        self.tally.dropped[DropReason.FOREIGN] += records


def told_of(first: int, low: int) -> str:
    """That messages between these offsets were deleted unread."""
    return (
        f"{low - first:,} messages, from offset {first} on, were deleted before they were read, and are in no count. "
        "Keep messages longer than reading may be away or behind: retention.ms, retention.bytes."
    )


def told_of_cut(end: int, read: int) -> str:
    """That what was read up to one offset is there only up to another."""
    return (
        f"It was read up to offset {read:,} and ends at {end:,}: the brokers have lost messages. What was counted "
        f"stays, and reading goes on; what came in their place before offset {end:,} may be missing. Have every "
        "message kept by several brokers (acks=all, min.insync.replicas), and none lead that has fallen behind "
        "(unclean.leader.election.enable=false)."
    )


def told_of_growth(read: int) -> str:
    """As `told_of_cut`, where the partition has grown beyond that offset meanwhile."""
    return (
        f"It was read up to offset {read:,} and was shorter since: the brokers have lost messages. It is read again "
        "from its first open window on; what came instead with a time before that may be missing."
    )


def _copy(tally: Tally) -> Tally:
    return replace(tally, dropped=Counter(tally.dropped), remarks=Counter(tally.remarks))
