"""Columns of a Lens layer, from the few words that kibana/saved-objects/ says of them.

A column is a table with one of the words of `_BUCKETS` or `_METRICS`, which names a field, with a `label`, and perhaps
with `where` (KQL). What Kibana keeps is in elastic/kibana:
src/platform/packages/shared/kbn-lens-common/datasources/operations.ts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

RECORDS = "___records___"
"""The field that Lens names for counts of documents."""
_METRICS = {"count": "count", "sum": "sum", "max": "max", "unique": "unique_count"}
_BUCKETS = ("time", "terms")


def is_bucket(spec: Mapping[str, Any]) -> bool:
    """Whether a column groups documents, rather than counting something of them."""
    return any(word in spec for word in _BUCKETS)


def lens_column(spec: Mapping[str, Any], ordered_by: str) -> Json:
    """The column as Lens keeps it; `ordered_by` is the id of the column by which terms are ordered, largest first.

    >>> lens_column({"max": "drainwatch.score", "label": "Score"}, "")["operationType"]
    'max'
    """
    column = _bucket(spec, ordered_by) if is_bucket(spec) else _metric(spec)
    if "where" in spec:
        column["filter"] = {"language": "kuery", "query": spec["where"]}
    return column


def _bucket(spec: Mapping[str, Any], ordered_by: str) -> Json:
    if "time" in spec:
        return {
            **_named(spec, spec["time"]),
            "dataType": "date",
            "isBucketed": True,
            "operationType": "date_histogram",
            "params": {"dropPartials": False, "includeEmptyRows": True, "interval": "auto"},
            "scale": "interval",
        }
    by_name = spec.get("order") == "name"
    return {
        **_named(spec, spec["terms"]),
        "dataType": "string",
        "isBucketed": True,
        "operationType": "terms",
        "params": {
            "exclude": [],
            "excludeIsRegex": False,
            "include": [],
            "includeIsRegex": False,
            "missingBucket": False,
            "orderBy": {"fallback": False, "type": "alphabetical"}
            if by_name
            else {"columnId": ordered_by, "type": "column"},
            "orderDirection": "asc" if by_name or spec.get("order") == "least" else "desc",
            "otherBucket": False,
            "parentFormat": {"id": "terms"},
            "size": spec["size"],
        },
        "scale": "ordinal",
    }


def _metric(spec: Mapping[str, Any]) -> Json:
    word = next(word for word in _METRICS if word in spec)
    # Of nothing there are 0, unless a gap says more; of nothing there is no largest.
    params: Json = {} if word == "max" else {"emptyAsNull": bool(spec.get("gaps"))}
    if "decimals" in spec:
        params["format"] = {"id": "number", "params": {"decimals": spec["decimals"]}}
    return {
        **_named(spec, RECORDS if word == "count" else spec[word]),
        "dataType": "date" if spec.get("date") else "number",
        "isBucketed": False,
        "operationType": _METRICS[word],
        "params": params,
        "scale": "ratio",
    }


def _named(spec: Mapping[str, Any], field: str) -> Json:
    return {"customLabel": True, "label": spec["label"], "sourceField": field}
