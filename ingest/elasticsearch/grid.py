"""Where ranges of time begin and end, so that the windows in them are whole; microseconds UTC.

A *frontier* lies `lateness` after the end of a window: when all documents before it were read, the pipeline, which
takes the lateness off, can close the window. A *slot* is what lies between two frontiers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FEW, MANY = 25_000, 100_000
"""Documents: a range that held fewer is followed by one of twice the slots, one that would hold more is cut."""
MOST_SLOTS = 10_080
"""A week of minutes: where there is nothing to read, looking should not take long either."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The windows begin at multiples of `span`."""

    span: int
    lateness: int

    def floor(self, time: int) -> int:
        """The last frontier that is not after the time."""
        return (time - self.lateness) // self.span * self.span + self.lateness

    def ceil(self, time: int) -> int:
        """The first frontier that is not before the time."""
        return -(-(time - self.lateness) // self.span) * self.span + self.lateness

    def window(self, time: int) -> int:
        """The start of the window that the time lies in."""
        return time // self.span * self.span

    def closed(self, watermark: int) -> int:
        """The end of the last window that a watermark closes."""
        return self.window(watermark - self.lateness)


def first_few(counts: Mapping[int, int], begin: int, end: int, span: int, before: int) -> int:
    """Where a range should end that goes to `begin` at least, and to `end` at most, so that it isn't too large.

    `counts` are documents by slot, `before` those before `begin`.
    """
    total, at = before, begin
    while at < end and total + counts.get(at, 0) <= MANY:
        total += counts.get(at, 0)
        at += span
    return min(at, end)


def next_slots(slots: int, documents: int) -> int:
    """How many slots to read at once, after a range of so many slots held so many documents."""
    if not documents:
        return min(slots * 8, MOST_SLOTS)
    if documents < FEW:
        return min(slots * 2, MOST_SLOTS)
    return max(slots // 2, 1) if documents > MANY else slots
