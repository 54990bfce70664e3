"""Reading what the overview shows of the embedded store: scores by column, incidents by namespace."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

import numpy as np

from detector.store.overview import IncidentCount, ScoreSeries
from detector.store.peaks import QUARTER
from detector.store.series import SqliteCounts, among, bounds, numbered

_HIGHEST = (
    "SELECT name, {column}, max(score) FROM namespace CROSS JOIN {table} ON {table}.namespace = number"
    " WHERE {time} >= ? AND {time} < ?{which} GROUP BY {group} ORDER BY name, 2"
)
"""Namespace by namespace, because that is how scores lie. Of a single column nothing has to be sorted."""

_COUNTED = (
    "SELECT name, incidents, going_on, newest FROM (SELECT namespace, count(*) incidents, sum(open) going_on,"
    ' max(start) newest FROM incident INDEXED BY incident_by_start WHERE start < ? AND "end" > ?'
    " AND part_of = ''{which} GROUP BY namespace) JOIN namespace ON number = namespace ORDER BY name"
)
"""By the index that has all of it; of a hundred thousand incidents every row would be fetched by any other."""


class SqliteLanes(SqliteCounts):
    """Of the whole store, whatever scope reads it."""

    def highest(self, since: int, until: int, step: int, namespaces: Sequence[str] | None = None) -> list[ScoreSeries]:
        """The highest score in each column; by namespace name, those that have one above nought."""
        whole = step % QUARTER == since % QUARTER == until % QUARTER == 0
        table, time = ("peak", "quarter") if whole else ("anomaly", "window")
        column, group = (f"({time} - {since:d}) / {step:d}", "number, 2") if since + step < until else ("0", "number")
        which, names = among("name", namespaces)
        statement = _HIGHEST.format(column=column, table=table, time=time, which=which, group=group)
        rows = [row for row in self._rows(statement, (*bounds(since, until), *names)) if row[2] > 0]
        series = []
        for name, columns in groupby(rows, key=itemgetter(0)):
            _, at, score = zip(*columns, strict=True)
            series.append(ScoreSeries(name, since + np.array(at, np.int64) * step, np.array(score, np.float64)))
        return series

    def incident_counts(self, since: int, until: int, namespaces: Sequence[str] | None = None) -> list[IncidentCount]:
        """Of those that were going on at some time in the range; by namespace name."""
        which, names = numbered(namespaces)
        rows = self._rows(_COUNTED.format(which=which), (*reversed(bounds(since, until)), *names))
        return [IncidentCount(*row) for row in rows]
