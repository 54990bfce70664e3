"""What Kibana asks of Elasticsearch for a layer of Lens, a search in Discover, and a query in KQL.

After elastic/kibana: `toEsAggsFn` of each operation in
x-pack/platform/plugins/shared/lens/public/datasources/form_based/operations/definitions,
src/platform/plugins/shared/data/common/search/aggs (terms are ordered by a metric that is asked beside them, a metric
with a query is inside a filter) and src/platform/packages/shared/kbn-es-query/src/kuery. What isn't used by any panel
isn't translated, and fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]
RECORDS = "___records___"
BARS = "5m"
"""What `auto` comes to for two hours."""
_METRICS = {"max": "max", "sum": "sum", "unique_count": "cardinality"}
_TOKENS = re.compile(r'\s*(\(|\)|:|"(?:[^"\\]|\\.)*"|[^\s():"]+)')


def kql(text: str) -> Json:
    """A query of `field : value`, `not`, `and` and `or`."""
    tokens = [found[1] for found in _TOKENS.finditer(text)]
    query, rest = _either(tokens) if tokens else ({"match_all": {}}, [])
    assert not rest, f"{text!r} isn't understood from {rest} on"
    return query


def _either(tokens: list[str]) -> tuple[Json, list[str]]:
    first, rest = _both(tokens)
    queries = [first]
    while rest[:1] == ["or"]:
        following, rest = _both(rest[1:])
        queries.append(following)
    return (first if len(queries) == 1 else {"bool": {"should": queries, "minimum_should_match": 1}}), rest


def _both(tokens: list[str]) -> tuple[Json, list[str]]:
    first, rest = _single(tokens)
    queries = [first]
    while rest[:1] == ["and"]:
        following, rest = _single(rest[1:])
        queries.append(following)
    return (first if len(queries) == 1 else {"bool": {"filter": queries}}), rest


def _single(tokens: list[str]) -> tuple[Json, list[str]]:
    if tokens[0] == "not":
        query, rest = _single(tokens[1:])
        return {"bool": {"must_not": query}}, rest
    if tokens[0] == "(":
        query, rest = _either(tokens[1:])
        assert rest[:1] == [")"]
        return query, rest[1:]
    field, colon, value = tokens[:3]
    assert colon == ":", tokens
    if value == "*":
        return {"exists": {"field": field}}, tokens[3:]
    if value.startswith('"'):
        return {"match_phrase": {field: value[1:-1].replace('\\"', '"')}}, tokens[3:]
    return {"match": {field: value}}, tokens[3:]


def search_of(layer: Json, query: str, time: str, when: Mapping[str, str], filters: list[Json]) -> Json:
    """The body of the search for a layer; aggregations are called as columns are, less what Elasticsearch refuses."""
    asked = [kql(query), {"range": {time: {**when, "format": "strict_date_optional_time"}}}, *filters]
    columns = {name: layer["columns"][name] for name in layer["columnOrder"]}
    return {"size": 0, "query": {"bool": {"filter": asked}}, "track_total_hits": True, "aggs": _aggregations(columns)}


def _aggregations(columns: Mapping[str, Json]) -> Json:
    metrics = {name: one for name, one in columns.items() if not one["isBucketed"]}
    buckets = [(name, one) for name, one in columns.items() if one["isBucketed"]]
    found = {name: metric for name, one in metrics.items() if (metric := _metric(one))}
    for name, one in reversed(buckets):
        by = one["params"].get("orderBy", {}).get("columnId", "")
        ordering = {by: metric} if by and (metric := _metric(metrics[by])) else {}
        found = {name: {**_bucket(one, by if ordering else "_count"), "aggs": {**ordering, **found}}}
    return found


def _bucket(column: Json, by: str) -> Json:
    params = column["params"]
    if column["operationType"] == "date_histogram":
        assert (params["interval"], params["includeEmptyRows"], params["dropPartials"]) == ("auto", True, False)
        return {"date_histogram": {"field": column["sourceField"], "fixed_interval": BARS, "min_doc_count": 0}}
    assert column["operationType"] == "terms"
    assert not any(params[name] for name in ("otherBucket", "missingBucket", "include", "exclude"))
    key = "_key" if params["orderBy"]["type"] == "alphabetical" else by
    return {"terms": {"field": column["sourceField"], "size": params["size"], "order": {key: params["orderDirection"]}}}


def _metric(column: Json) -> Json:
    """Nothing where it is the number of documents, which each bucket has."""
    kind = column["operationType"]
    if kind == "count":
        assert column["sourceField"] == RECORDS
        metric: Json = {}
    else:
        metric = {_METRICS[kind]: {"field": column["sourceField"]}}
    if "filter" not in column:
        return metric
    assert column["filter"]["language"] == "kuery"
    inside = {"aggs": {"of": metric}} if metric else {}
    return {"filter": kql(column["filter"]["query"]), **inside}


def rows(layer: Json, answer: Json) -> list[dict[str, Any]]:
    """The table that Kibana draws: a row a bucket of the innermost kind, with a value a column."""
    names = layer["columnOrder"]
    buckets = [name for name in names if layer["columns"][name]["isBucketed"]]
    whole = {**answer.get("aggregations", {}), "doc_count": answer["hits"]["total"]["value"]}
    metrics = [name for name in names if name not in buckets]
    return list(_rows(whole, buckets, metrics, {}))


def _rows(level: Json, buckets: list[str], metrics: list[str], row: Json) -> Iterator[Json]:
    if buckets:
        for bucket in level[buckets[0]]["buckets"]:
            yield from _rows(bucket, buckets[1:], metrics, {**row, buckets[0]: bucket["key"]})
        return
    yield {**row, **{name: _value(level.get(name), level["doc_count"]) for name in metrics}}


def _value(metric: Json | None, documents: int) -> Any:
    if metric is None:
        return documents
    if "of" in metric:
        return metric["of"]["value"]
    return metric["value"] if "value" in metric else metric["doc_count"]


def fields_of(layer: Json) -> Iterator[tuple[str, str]]:
    """The fields that it asks, each with the type of data that it takes them for."""
    for column in layer["columns"].values():
        if column["sourceField"] != RECORDS:
            counted = column["operationType"] == "unique_count"
            yield column["sourceField"], "any" if counted else column["dataType"]
