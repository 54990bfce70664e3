"""Where a look at the store begins, so that nothing is missed and little is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from detector.alert import Alert
from detector.findings import Incident, Source
from detector.store.pages import pages
from detector.store.port import Reader

_HOUR = 3_600_000_000
_BACK = _HOUR
"""How far before the end of the closed windows new incidents are looked for: late lines make some there."""
_FURTHEST = 24 * _HOUR
"""How far at most, where a writer is behind others, or drainwatch was away."""


def reach_back(ends: Mapping[str, int | None], reach: int | None) -> int:
    """From where on incidents are looked for (microseconds UTC, by the logs).

    All that was found since the last look, however much history that was, and what may still change; at first a day.
    """
    known = [end for end in ends.values() if end is not None]
    furthest = max(known, default=0) - _FURTHEST
    if reach is None:
        return furthest
    return min(reach, max(min(known, default=0), furthest)) - _BACK


def incidents_since(store: Reader, since: int, source: Source | None = None) -> Iterator[Incident]:
    """Those that began since then, the newest first: of one source, or all that are no part of another one."""
    return pages(lambda cursor, count: store.incidents(since=since, cursor=cursor, limit=count, source=source))


def as_bad_as_their_parts(incidents: Mapping[str, Incident], measured: Iterable[Incident]) -> dict[str, Incident]:
    """The incidents by id, each with the highest score of it and of what is a part of it.

    So it is as bad as the logs or the metrics of that time say, whichever of them began.
    """
    raised = dict(incidents)
    for part in measured:
        whole = raised.get(part.part_of)
        if whole is not None and part.score > whole.score:
            raised[whole.id] = replace(whole, score=part.score)
    return raised


def alerts_since(store: Reader, since: int) -> Iterator[Alert]:
    """Those that were opened since then, the newest first."""
    return pages(lambda cursor, count: store.alerts(since=since, cursor=cursor, limit=count))
