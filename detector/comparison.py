"""The question “What changed?”: what a namespace logs after a moment held against what it logged before.

Or in one stretch of time against what it logged in an earlier one.

All times are microseconds UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from detector.difference import Difference, what_changed
from detector.errors import UsageError
from detector.findings import Change, ChangeKind, NamespaceStatus
from detector.grid import Grid
from detector.sparse import HOUR
from detector.store.port import Reader
from detector.vectors import Column, CountMatrix
from detector.volumes import lines
from parsers.engine import Template

_MINUTE = 60_000_000
_TOGETHER = 15 * _MINUTE
"""Roll-outs of a namespace within this time of the one before are one release."""
_SHORTEST, _LONGEST = 180 * _MINUTE, 1440 * _MINUTE
"""How long a time before is looked at: as long as the time after it, within these bounds."""
_FEWEST = 30
"""Windows that each stretch is left with where they are joined, if that is enough."""
_ENOUGH = 30
"""Windows before, below which an earlier release among them is put up with."""
_CELLS, _MOST_CELLS = 1_000_000, 4_000_000
"""Counts that are looked at: so many templates by so many windows; of more, windows are joined. The greater number
holds where one stretch is so much shorter that few windows of it would be left."""


@dataclass(frozen=True, slots=True)
class Release:
    """Roll-outs of a namespace that belong together."""

    changes: tuple[Change, ...]
    """By time, one or more."""

    @property
    def start(self) -> int:
        """Time of the first line that shows it."""
        return self.changes[0].time

    @property
    def end(self) -> int:
        """Time of the first line that shows the last of its roll-outs."""
        return self.changes[-1].time


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was asked, and what there is to say."""

    namespace: str
    before: Grid
    """The windows before; joined to longer ones where there would be too many, or only hours are kept."""
    after: Grid
    """The windows after, as long as those."""
    lines: tuple[int, int]
    """In both."""
    release: Release | None
    """The one that is asked about; None where a time was given."""
    changes: tuple[Change, ...]
    """All of the namespace since what is before ended, by time."""
    differences: tuple[Difference, ...]
    """The strongest evidence first."""
    templates: dict[str, Template]
    """Those of the differences, by id."""


def releases(changes: Iterable[Change]) -> list[Release]:
    """Roll-outs (images, pod-template hashes) that belong together, by time."""
    found: list[list[Change]] = []
    for one in sorted(changes, key=lambda change: (change.time, change.id)):
        if one.kind not in (ChangeKind.IMAGE, ChangeKind.ROLLOUT):
            continue
        if found and one.time - found[-1][-1].time <= _TOGETHER:
            found[-1].append(one)
        else:
            found.append([one])
    return [Release(tuple(together)) for together in found]


def compare(reader: Reader, status: NamespaceStatus, since: int | None, until: int | None, span: int) -> Comparison:
    """What a namespace logs differently since a time, or since its last release (`since` is None), up to `until`.

    `span` is the length of a window. Where their counts are kept by the hour only, hours are compared; where they would
    be too many, several windows as one. Raises `UsageError` where there is no release, or nothing before or after.
    """
    name = status.namespace
    closed = reader.closed_until() or 0
    end = min(closed, until) if until is not None else closed
    known = releases(reader.changes(name, until=end))
    release = None
    if since is None:
        release = known[-1] if known else None
        if release is None:
            raise UsageError(f"No roll-out in {name} was seen.", _what_is_seen(status))
        since = release.start
    begin, end = since // span * span, end // span * span
    first = status.first_window // span * span
    if begin <= first:
        raise UsageError(f"Nothing is known of {name} before that time.", f"Its first line is of {_said(first)}.")
    if begin >= end:
        raise UsageError("No window after that time is closed yet.", f"Windows are closed until {_said(closed)}.")
    start = _before(begin, end - begin, first, known, span)
    return _held_against(reader, name, (start, begin), (begin, end), span, release)


def compare_stretches(
    reader: Reader, status: NamespaceStatus, before: tuple[int, int], after: tuple[int, int], span: int
) -> Comparison:
    """What a namespace logs differently in one stretch of time than in an earlier one; each from, and up to.

    `span` is the length of a window. What isn't closed yet of the later one, and what is before the namespace's first
    line of the earlier one, is left out. Raises `UsageError` where they overlap, or nothing is left of one.
    """
    name, closed = status.namespace, reader.closed_until() or 0
    first = status.first_window // span * span
    (start, stop), (begin, end) = ((low // span * span, high // span * span) for low, high in (before, after))
    start, end = max(start, first), min(end, closed)
    if stop > begin:
        raise _overlapping(before, after)
    if begin >= end:
        raise UsageError("No window of that time is closed yet.", f"Windows are closed until {_said(closed)}.")
    if start >= stop:
        raise UsageError(f"Nothing is known of {name} from that time.", f"Its first line is of {_said(first)}.")
    return _held_against(reader, name, (start, stop), (begin, end), span, None)


def _overlapping(before: tuple[int, int], after: tuple[int, int]) -> UsageError:
    if before[0] >= after[1]:
        return UsageError("What is held against it is later.", "Exchange the two times.")
    begin, end = max(before[0], after[0]), min(before[1], after[1])
    return UsageError(
        f"The two times overlap from {_said(begin)} to {_said(end)}.", f"Have the first end by {_said(after[0])}."
    )


def _held_against(
    reader: Reader, name: str, before: tuple[int, int], after: tuple[int, int], span: int, release: Release | None
) -> Comparison:
    """Both are on the grid of windows and hold some."""
    rolled = reader.rolled_until(name)
    if rolled is not None and before[0] < rolled:
        span = max(span, HOUR)
        before, after = ((low // span * span, high // span * span) for low, high in (before, after))
        if before[0] >= before[1] or after[0] >= after[1]:
            raise UsageError(
                f"Of that time {name}'s counts are kept by the hour only, which is too coarse.", "Give a longer time."
            )
    templates = {template.id: template for template in reader.templates(name)}
    step = _step((before, after), len(templates), span)
    most = max(_MOST_CELLS // max(len(templates), 1), _FEWEST)
    # What is left over is farthest from the moment in question.
    lengths = tuple(min((high - low) // step, most) * step for low, high in (before, after))
    grids = (Grid(before[1] - lengths[0], before[1], step), Grid(after[0], after[0] + lengths[1], step))
    old, new = (_matrix(reader, name, templates, on) for on in grids)
    differences = what_changed(old, new, {id_: template.first_seen for id_, template in templates.items()})
    return Comparison(
        namespace=name,
        before=grids[0],
        after=grids[1],
        lines=(int(old.counts.sum()), int(new.counts.sum())),
        release=release,
        changes=tuple(reader.changes(name, before[1], after[1])),
        differences=tuple(differences),
        templates={one.column.template: templates[one.column.template] for one in differences},
    )


def _step(stretches: Iterable[tuple[int, int]], templates: int, span: int) -> int:
    """How long the windows are that are compared: no more of them than can be looked at, and some in each stretch."""
    lengths = [(high - low) // span for low, high in stretches]
    cells, shortest = sum(lengths) * templates, min(lengths)
    wished = min(-(-cells // _CELLS), shortest // _FEWEST)
    return span * max(wished, min(-(-cells // _MOST_CELLS), shortest), 1)


def _matrix(reader: Reader, name: str, templates: Mapping[str, Template], on: Grid) -> CountMatrix:
    """The counts of a stretch; only templates that occur in it have a column."""
    ids = sorted(templates)
    counts = lines(reader, name, on, {template: number for number, template in enumerate(ids)}, len(ids))
    there = np.flatnonzero(counts.any(axis=1))
    found = (templates[ids[number]] for number in there.tolist())
    columns = tuple(Column(one.id, one.workload, one.level) for one in found)
    return CountMatrix(on.since, on.step, columns, counts[there].T)


def _before(begin: int, length: int, first: int, known: Iterable[Release], span: int) -> int:
    """Where the time before begins: after the release before, if that leaves enough."""
    start = max(first, begin - min(max(length, _SHORTEST), _LONGEST))
    earlier = [(one.end + _TOGETHER) // span * span for one in known if one.end < begin]
    settled = max(earlier, default=start)
    return max(start, settled) if begin - settled >= _ENOUGH * span else start


def _what_is_seen(status: NamespaceStatus) -> str:
    return (
        "It shows in another image or pod-template hash of a workload that was read before, from "
        f"{_said(status.first_window)} on. Give a time instead, such as -1h."
    )


def _said(time: int) -> str:
    return datetime.fromtimestamp(time / 1e6, UTC).strftime("%Y-%m-%d %H:%M UTC")
