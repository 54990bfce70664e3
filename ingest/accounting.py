"""Every line that was read is accounted for: counted, joined to another, or dropped for a reason that has a name.

The reasons are one enumeration: the command line prints them, `/metrics` labels with them, docs/reference.md
explains them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class DropReason(StrEnum):
    """Why a line is in no count."""

    EMPTY = "empty"
    """Nothing but white space, or a document without a message."""
    BINARY = "binary"
    """More control characters than text: not a log line."""
    MALFORMED = "malformed"
    """In a file of CRI, docker or Filebeat lines, one that is none (torn by a crash, or foreign)."""
    NO_TIME = "no_time"
    """Neither the runtime nor the line itself says when, with date and zone."""
    IMPLAUSIBLE_TIME = "implausible_time"
    """Before the year 2000, or more than a day ahead of the clock."""
    DUPLICATE = "duplicate"
    """A document that is there twice: shippers send again what they don't know to have arrived."""
    TOO_LARGE = "too_large"
    """A message from Kafka larger than a document may be."""
    FOREIGN = "foreign"
    """A line of a namespace that another partition of the topic owns: it was written under another key."""
    DELETED = "deleted"
    """Kafka had deleted it before it was read: reading was away, or behind, for longer than messages are kept."""


class Remark(StrEnum):
    """What was noticed about lines that are counted all the same."""

    TRUNCATED = "truncated"
    """Longer than the limit: its beginning is counted, the rest left out."""
    UNDECODABLE = "undecodable"
    """Bytes that are no UTF-8 were replaced by U+FFFD."""
    UNFINISHED = "unfinished"
    """The file ended within a line or a partial record; what was there is counted."""
    WRONG_CLOCK = "wrong_clock"
    """The time inside the line was too far from the runtime's: the runtime's is used."""
    LATE = "late"
    """Came after its window was closed: in the history of counts, but no longer scored. From Elasticsearch the window
    is read again, and scored again."""


@dataclass(slots=True)
class Tally:
    """Lines by what became of them. `read` = `records` + `joined` + the sum of `dropped` + what is still `pending`."""

    read: int = 0
    records: int = 0
    joined: int = 0
    """Lines that were joined to the record before them (partial lines, stack traces)."""
    pending: int = 0
    """Lines of records that may still go on."""
    dropped: Counter[DropReason] = field(default_factory=Counter)
    remarks: Counter[Remark] = field(default_factory=Counter)

    @property
    def balanced(self) -> bool:
        """Whether every line that was read is accounted for."""
        return self.read == self.records + self.joined + self.dropped.total() + self.pending


def summed(before: Tally, now: Tally, seen_again: int = 0) -> Tally:
    """The sum of both, less what both counted: records seen again, and lines that were pending and are read again."""
    return Tally(
        read=before.read - before.pending + now.read - seen_again,
        records=before.records + now.records - seen_again,
        joined=before.joined + now.joined,
        pending=now.pending,
        dropped=before.dropped + now.dropped,
        remarks=before.remarks + now.remarks,
    )
