"""Forgetting what is too old: whole days by deleting their index, the rest one by one."""

from __future__ import annotations

from elasticsearch.dsl.query import MatchAll, Query, Term

from detector.store.elasticsearch.access import out_of_date
from detector.store.elasticsearch.cluster import Cluster
from detector.store.elasticsearch.names import Names, day_of, month_of
from detector.store.elasticsearch.operations import Operation
from detector.store.elasticsearch.queries import all_of, ended_by, starting

_RESOLVED = Term("drainwatch.open", {"value": False})


def prune(
    cluster: Cluster, names: Names, counts_before: int, findings_before: int, hours_before: int | None = None
) -> int:
    """Remove counts of windows before the first time, anomalies and changes before the second, incidents over by then.

    Likewise alerts that are resolved; and months that end before the last time, where one is given. Returns how many
    documents went. Raises `StoreError`, also where deleting an index isn't allowed.
    """
    return (
        _forget(cluster, names.counts, all_of(starting(None, counts_before)), counts_before)
        + _forget(cluster, names.anomalies, all_of(starting(None, findings_before)), findings_before)
        + _forget(cluster, names.incidents, ended_by(findings_before), findings_before)
        + _remove(cluster, names.changes, all_of(starting(None, findings_before)))
        + _remove(cluster, names.alerts, all_of(_RESOLVED, ended_by(findings_before)))
        + (0 if hours_before is None else _forget_months(cluster, names.hours, hours_before))
    )


def forget_access(cluster: Cluster, names: Names, acts_before: int, now: int) -> int:
    """Remove acts before the first time, and sessions that have expired; how many went."""
    return sum(_remove(cluster, names.access, old) for old in out_of_date(acts_before, now))


def _forget(cluster: Cluster, indices: str, old: Query, before: int) -> int:
    every, past = cluster.counted(indices, MatchAll()), cluster.counted(indices, old)
    removed = 0
    for index, made in sorted(cluster.made([indices]).items()):
        day = day_of(index)
        if made is None or day is None or day[0] >= before:
            continue
        if day[1] <= before and past.get(index, 0) == every.get(index, 0):
            cluster.drop(index)
            removed += every.get(index, 0)
        elif index in past:
            removed += _remove(cluster, index, old)
    return removed


def _forget_months(cluster: Cluster, indices: str, before: int) -> int:
    """An hour is kept until its month is over, too: so nothing is removed one by one."""
    every = cluster.counted(indices, MatchAll())
    removed = 0
    for index, made in sorted(cluster.made([indices]).items()):
        month = month_of(index)
        if made is not None and month is not None and month[1] <= before:
            cluster.drop(index)
            removed += every.get(index, 0)
    return removed


def _remove(cluster: Cluster, index: str, old: Query) -> int:
    """Remove the documents that match; in pages, because a day of many namespaces has more than one answer holds."""
    removed = 0
    while places := cluster.places(index, old):
        lost = cluster.write(Operation("delete", one.index, one.id) for one in places).lost
        cluster.refresh([index])
        removed += len(places) - len(lost)
        if lost:
            break
    return removed
