"""Rolling counts by window up to counts by hour, a day's index after the other; the windows are removed afterwards.

The hours are written before anything goes, each whole: so doing it again after it was cut off gives the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import groupby, islice
from operator import or_

from detector.errors import StoreError
from detector.sparse import HOUR
from detector.store.elasticsearch.cluster import Cluster
from detector.store.elasticsearch.documents import CountsDocument, counts_of, encode, hour_document, micros
from detector.store.elasticsearch.names import Names, day_of, hours_id
from detector.store.elasticsearch.opening import make_ready
from detector.store.elasticsearch.operations import Operation
from detector.store.elasticsearch.queries import BY_NAMESPACE, all_of, starting
from detector.store.hours import minute_of, together, told_by
from detector.store.port import WindowCounts

_PAGE = 1_000
"""Windows an answer: each may hold hundreds of templates."""
_AT_ONCE = 500
"""Hours that are written together."""


def roll_up(cluster: Cluster, names: Names, before: int) -> None:
    """Write the hours of windows that start before this time (microseconds UTC).

    Raises `StoreError` where one can't be written; then nothing is to be removed.
    """
    for index, made in sorted(cluster.made([names.counts]).items()):
        day = day_of(index)
        if made is None or day is None or day[0] >= before:
            continue
        query = all_of(starting(None, before))
        windows = (hit.source for hit in cluster.scan(index, CountsDocument, query, BY_NAMESPACE, page=_PAGE))
        hours = _hours(windows)
        while some := list(islice(hours, _AT_ONCE)):
            _write(cluster, names, some)


def _hours(windows: Iterable[CountsDocument]) -> Iterator[CountsDocument]:
    """The sums of windows that come by namespace and time."""
    for (_, hour), some in groupby(windows, key=lambda one: (one.kubernetes.namespace, _hour(one))):
        parts = list(some)
        yield hour_document(hour, parts, minutes_of(parts))


def minutes_of(windows: Iterable[CountsDocument]) -> int:
    """In which minutes of their hour windows begin, a bit each."""
    return reduce(or_, (minute_of(micros(one.timestamp)) for one in windows), 0)


def whole_hours(
    windows: Iterable[CountsDocument], since: int | None, until: int | None
) -> Iterator[tuple[int, WindowCounts]]:
    """The hours that begin in the range, with their minutes, of windows that come by time."""
    for hour, some in groupby(windows, key=_hour):
        if (since is None or hour >= since) and (until is None or hour < until):
            parts = list(some)
            yield minutes_of(parts), together(parts[0].kubernetes.namespace, hour, map(counts_of, parts))


def _hour(document: CountsDocument) -> int:
    return micros(document.timestamp) // HOUR * HOUR


def _write(cluster: Cluster, names: Names, hours: Iterable[CountsDocument]) -> None:
    new = {(names.hours_of(_hour(one)), hours_id(one.kubernetes.namespace, _hour(one))): one for one in hours}
    operations = []
    for got in cluster.get(sorted(new), CountsDocument):
        place = (got.index, got.id)
        if (document := _merged(got.source, new[place])) is not None:
            operations.append(Operation("index", *place, encode(document)))
    make_ready(cluster, names, sorted({one.index for one in operations}))
    if lost := cluster.write(operations).lost:
        raise StoreError(
            f"{len(lost)} hours can't be written to {lost[0].index}: {lost[0].reason}.",
            "Look at the index in Kibana. Their windows are kept.",
        )
    cluster.refresh(one.index for one in operations)


def _merged(old: CountsDocument | None, new: CountsDocument) -> CountsDocument | None:
    """What is to be written of an hour; None where what is there tells all."""
    before, after = (old.drainwatch.minutes or 0) if old else 0, new.drainwatch.minutes or 0
    match told_by(before, after):
        case "both" if old is not None:
            return hour_document(_hour(new), [old, new], before | after)
        case "old":
            return None
    return new
