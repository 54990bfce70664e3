"""How both stores keep the account of lines, and add up those of several writers."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from ingest.accounting import DropReason, Remark, Tally


class StoredTally(Struct):
    """The tally as it is kept."""

    read: int
    records: int
    joined: int
    pending: int
    dropped: dict[DropReason, int] = field(default_factory=dict)
    remarks: dict[Remark, int] = field(default_factory=dict)


def stored_tally(tally: Tally) -> StoredTally:
    """The tally as it is kept."""
    dropped = {reason: tally.dropped[reason] for reason in sorted(tally.dropped)}
    remarks = {remark: tally.remarks[remark] for remark in sorted(tally.remarks)}
    return StoredTally(tally.read, tally.records, tally.joined, tally.pending, dropped, remarks)


def sum_of(parts: Iterable[StoredTally]) -> Tally:
    """The tallies that were kept, together."""
    total = Tally()
    for kept in parts:
        total.read += kept.read
        total.records += kept.records
        total.joined += kept.joined
        total.pending += kept.pending
        total.dropped.update(kept.dropped)
        total.remarks.update(kept.remarks)
    return total
