"""Reading what the overview shows of the embedded store: scores by column, incidents by namespace."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

import msgspec
import numpy as np

from detector.store import codec
from detector.store.overview import IncidentCount, ScoreSeries
from detector.store.peaks import QUARTER
from detector.store.series import SqliteCounts, bounds

_IN_COLUMNS = (
    "WITH RECURSIVE of_chart (begin) AS (SELECT ?1 WHERE ?1 < ?2 UNION ALL SELECT begin + ?3 FROM of_chart"
    " WHERE begin + ?3 < ?2) SELECT name, begin, (SELECT max(score) FROM {table} WHERE namespace = number"
    " AND {time} >= begin AND {time} < min(begin + ?3, ?2)) FROM namespace CROSS JOIN of_chart{which}"
    " ORDER BY name, begin"
)
"""A column is looked up by an index that holds its scores: to group two million of them takes three times as long."""


class SqliteLanes(SqliteCounts):
    """Of the whole store, whatever scope reads it."""

    def highest(self, since: int, until: int, step: int, namespaces: Sequence[str] | None = None) -> list[ScoreSeries]:
        """The highest score in each column; by namespace name, those that have one above nought."""
        whole = step % QUARTER == since % QUARTER == until % QUARTER == 0
        table, time = ("peak", "quarter") if whole else ("anomaly", "window")
        which, names = "", list[str]()
        if namespaces is not None:
            which = " WHERE name IN (SELECT value FROM json_each(?4))"
            names = [msgspec.json.encode([codec.storable(name) for name in namespaces]).decode()]
        statement = _IN_COLUMNS.format(table=table, time=time, which=which)
        rows = [row for row in self._rows(statement, (*bounds(since, until), step, *names)) if (row[2] or 0) > 0]
        series = []
        for name, columns in groupby(rows, key=itemgetter(0)):
            _, begin, score = zip(*columns, strict=True)
            series.append(ScoreSeries(name, np.array(begin, np.int64), np.array(score, np.float64)))
        return series

    def incident_counts(self, since: int, until: int) -> list[IncidentCount]:
        """Of those that were going on at some time in the range; by namespace name."""
        rows = self._rows(
            "SELECT name, count(*), sum(open), max(start) FROM incident JOIN namespace ON number = namespace"
            " WHERE start < ? AND \"end\" > ? AND part_of = '' GROUP BY namespace ORDER BY name",
            tuple(reversed(bounds(since, until))),
        )
        return [IncidentCount(*row) for row in rows]
