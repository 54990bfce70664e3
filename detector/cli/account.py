"""The account of every line that was read, in sentences for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from ingest.accounting import DropReason, Remark, Tally

Kind = TypeVar("Kind", DropReason, Remark)

DROPPED: Final = {
    DropReason.EMPTY: "nothing but white space, or a document without a message",
    DropReason.BINARY: "more control characters than text; leave such files out of the path",
    DropReason.MALFORMED: "no line of the form that its file has, torn by a crash or foreign",
    DropReason.NO_TIME: "nothing says when; --timezone makes times without a zone count",
    DropReason.IMPLAUSIBLE_TIME: "before the year 2000, or more than a day ahead of the clock",
    DropReason.DUPLICATE: "the same document again; it is counted once",
    DropReason.TOO_LARGE: "a message of more than 16 MiB; it is in the topic of dead letters",
    DropReason.FOREIGN: "of a namespace that another partition owns; write with the namespace as key",
    DropReason.DELETED: "deleted by Kafka before it was read; keep messages longer",
}
"""What a reason means and what to do about it."""

NOTICED: Final = {
    Remark.TRUNCATED: "longer than ingest.max_line_bytes; the beginning is counted",
    Remark.UNDECODABLE: "bytes that are no UTF-8 were replaced",
    Remark.UNFINISHED: "the file ended within a record; what was there is counted",
    Remark.WRONG_CLOCK: "the time inside the line was off; the runtime's is used",
    Remark.LATE: "came after its window was closed; counted, but scored only if read from Elasticsearch",
}


def account(tally: Tally) -> list[str]:
    """Lines for standard error: what was read, and what became of it, so that the numbers add up.

    >>> account(Tally(read=3, records=2, joined=1))
    ['3 lines read: 2 counted, 1 joined to the line before.']
    """
    parts = [f"{tally.records:,} counted"]
    if tally.joined:
        parts.append(f"{tally.joined:,} joined to the line before")
    if tally.pending:
        parts.append(f"{tally.pending:,} still open")
    if tally.dropped.total():
        parts.append(f"{tally.dropped.total():,} dropped")
    said = [f"{_lines(tally.read)} read: {', '.join(parts)}."]
    said += _table("Dropped", ((count, reason.value, DROPPED[reason]) for reason, count in _ranked(tally.dropped)))
    said += _table("Noticed", ((count, remark.value, NOTICED[remark]) for remark, count in _ranked(tally.remarks)))
    if not tally.balanced:
        said.append("These numbers don't add up: that is a bug in drainwatch.")
    return said


def _ranked(counts: Mapping[Kind, int]) -> list[tuple[Kind, int]]:
    return sorted(((kind, count) for kind, count in counts.items() if count), key=lambda entry: (-entry[1], entry[0]))


def _table(heading: str, rows: Iterable[tuple[int, str, str]]) -> list[str]:
    shown = list(rows)
    if not shown:
        return []
    digits = max(len(f"{count:,}") for count, _, _ in shown)
    width = max(len(name) for _, name, _ in shown)
    return [f"{heading}:", *(f"  {count:>{digits},}  {name:<{width}}  {advice}" for count, name, advice in shown)]


def _lines(count: int) -> str:
    return f"{count:,} line" if count == 1 else f"{count:,} lines"
