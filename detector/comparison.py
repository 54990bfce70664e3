"""The question “What changed?”: what a namespace logs after a moment held against what it logged before.

All times are microseconds UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from detector.counting import columns_of
from detector.difference import Difference, what_changed
from detector.errors import UsageError
from detector.findings import Change, ChangeKind, NamespaceStatus
from detector.sparse import HOUR
from detector.store.port import Reader
from detector.vectors import to_matrix
from parsers.engine import Template

_MINUTE = 60_000_000
_TOGETHER = 15 * _MINUTE
"""Roll-outs of a namespace within this time of the one before are one release."""
_SHORTEST, _LONGEST = 180 * _MINUTE, 1440 * _MINUTE
"""How long a time before is looked at: as long as the time after it, within these bounds."""
_ENOUGH = 30
"""Windows before, below which an earlier release among them is put up with."""
MOST_WINDOWS = 50_000
"""Five weeks of minutes; of a longer time hours are compared."""


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
    before_since: int
    since: int
    """Where what is before ends and what is after begins: start of a window."""
    until: int
    release: Release | None
    """The one that is asked about; None where a time was given."""
    changes: tuple[Change, ...]
    """All of the namespace since then, by time."""
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

    `span` is the length of a window. Where their counts are kept by the hour only, or would be too many, hours are
    compared. Raises `UsageError` where there is no release, or nothing before or after.
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
    if (end - begin) // span > MOST_WINDOWS or _is_rolled_up(reader, name, start, begin, span):
        span = max(span, HOUR)
        start, begin, end = (at // span * span for at in (start, begin, end))
        if not start < begin < end:
            raise UsageError(
                f"Of that time {name}'s counts are kept by the hour only, which is too coarse.", "Give a longer time."
            )
    counts = list((reader.hours if span >= HOUR else reader.counts)(name, start, end))
    templates = {template.id: template for template in reader.templates(name)}
    # Counts come before their template where a pass is just being written.
    counts = [window for window in counts if templates.keys() >= set(window.templates)]
    columns = columns_of(counts, templates)
    differences = what_changed(
        to_matrix(counts, columns, start, begin, span),
        to_matrix(counts, columns, begin, end, span),
        {id_: template.first_seen for id_, template in templates.items()},
    )
    shown = {one.column.template: templates[one.column.template] for one in differences}
    changes = tuple(reader.changes(name, begin, end))
    return Comparison(name, start, begin, end, release, changes, tuple(differences), shown)


def _is_rolled_up(reader: Reader, name: str, start: int, begin: int, span: int) -> bool:
    """Whether the first windows of a time aren't there any more, but their hours are."""
    if span >= HOUR:
        return False
    window = next(iter(reader.counts(name, start, begin)), None)
    hour = next(iter(reader.hours(name, start // HOUR * HOUR, begin)), None)
    return hour is not None and (window is None or hour.window < window.window // HOUR * HOUR)


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
