"""What each panel asks has an answer, on the real servers, over documents that the real store wrote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from detector.alert import AlertKind
from detector.assets import asset_folder
from detector.findings import ReasonKind
from detector.setup.kibana.objects import KibanaChoices, SavedObject, saved_objects
from detector.store.elasticsearch import open_store
from detector.store.port import PassResult
from ingest.elasticsearch.client import connect
from tests.kibana.lens import fields_of, kql, rows, search_of
from tests.kibana.panels import Panel, panels_of
from tests.servers.elasticsearch import Server
from tests.servers.names import fresh_prefix, remove
from tests.store.alerts import alert, told_to
from tests.store.clusters import set_up
from tests.store.shop import anomaly, counts, minute, morning, reason, template
from tests.store.test_changes import change

Json = dict[str, Any]
Objects = dict[tuple[str, str], SavedObject]
MORNING = {"gte": "2026-11-21T06:30:00Z", "lte": "2026-11-21T08:30:00Z"}
SHOP: Json = {"match_phrase": {"kubernetes.namespace": "shop"}}
"""What the control of the namespace's page, or a click, adds to every query of it."""
TYPES = {"string": {"keyword"}, "number": {"long", "double"}, "date": {"date"}}
"""Types of mapping that Lens takes for a type of data."""


@pytest.fixture(scope="module")
def observed(elasticsearch: Server) -> Iterator[Objects]:
    """The saved objects over results of a morning, and over the lines that they came from; no test changes them."""
    prefix = fresh_prefix()
    set_up(elasticsearch.client, prefix)
    store = open_store(elasticsearch.connection("writer"), prefix, clock=lambda: minute(30))
    for result in morning():
        store.commit(result)
    fewer = replace(reason("paid", 3), kind=ReasonKind.FEWER, expected_low=40.0, expected_high=60.0, share=0.4)
    detectors = {"new": 71.0, "more": 12.0, "fewer": 55.0, "relations": 9.0, "mixture": 1.0, "silence": 3.0}
    detectors["forest"] = 20.0
    odd = replace(anomaly(12, 77.0), scores=detectors, reasons=(replace(reason(), share=0.6), fewer))
    silent = alert(9, resolved=11, told=(told_to("oncall", 9),))
    ours = replace(silent, kind=AlertKind.NO_LINES, namespaces=(), quiet="no route fits for desk")
    store.commit(
        PassResult(
            minute(13),
            counts=[counts(12, failed=7, slow=2, paid=1)],
            templates=[
                replace(template("failed"), level="error"),
                replace(template("slow"), level="warning"),
                template("paid", count=31),
            ],
            anomalies=[odd],
            changes=[change(5)],
            alerts=[alert(4, told=(told_to("oncall", 4),)), replace(alert(6), quiet="silenced by s1"), ours],
        )
    )
    store.close()
    write_lines(elasticsearch.client, f"logstash-{prefix}-1")
    choices = KibanaChoices(prefix, (f"logstash-{prefix}-*",))
    yield {one.key: one for one in saved_objects(asset_folder("kibana/saved-objects"), choices)}
    remove(elasticsearch.client, prefix)


def write_lines(client: Elasticsearch, index: str) -> None:
    """Some lines, as Logstash writes them."""
    kubernetes = {
        "namespace": {"type": "keyword"},
        "pod": {"properties": {"name": {"type": "keyword"}}},
        "container": {"properties": {"name": {"type": "keyword"}}},
    }
    properties = {
        "@timestamp": {"type": "date"},
        "message": {"type": "text"},
        "kubernetes": {"properties": kubernetes},
    }
    client.indices.create(index=index, mappings={"properties": properties})
    for number in range(10):
        of = {"namespace": "shop", "pod": {"name": "checkout-1"}, "container": {"name": "checkout"}}
        line = {"@timestamp": f"2026-11-21T07:0{number}:00Z", "message": f"paid {number}", "kubernetes": of}
        client.index(index=index, document=line, refresh=number == 9)


@pytest.fixture
def client(elasticsearch: Server) -> Iterator[Elasticsearch]:
    """Somebody who may look at logs and findings, and at nothing else."""
    looking = connect(elasticsearch.connection("lector"))
    yield looking
    looking.close()


def panels(objects: Objects) -> Iterator[tuple[Panel, list[Json]]]:
    """Panels, and the filters that they are seen with."""
    for (type_, id_), one in objects.items():
        if type_ == "dashboard":
            for panel in panels_of(one):
                yield panel, [SHOP] if id_.endswith("-namespace") else []


def test_each_chart_has_rows_with_a_value_in_each_column(observed: Objects, client: Elasticsearch) -> None:
    lacking, asked = {}, 0
    for panel, filters in panels(observed):
        for name, layer in panel.layers.items() if panel.type == "lens" else ():
            view = observed["index-pattern", panel.view_of(name)].attributes
            body = search_of(layer, panel.state["query"]["query"], view["timeFieldName"], MORNING, filters)
            answer = client.search(index=view["title"].split(","), allow_no_indices=True, **as_arguments(body)).body
            table = rows(layer, answer)
            asked += 1
            empty = [column for column in layer["columnOrder"] if not any(row[column] for row in table)]
            if empty or not answer["hits"]["total"]["value"]:
                lacking[str(panel)] = empty
    assert lacking == {}
    assert asked > 20


def test_fields_of_charts_and_controls_can_be_aggregated_and_are_of_the_type_that_is_taken(
    observed: Objects, client: Elasticsearch
) -> None:
    for panel, _ in panels(observed):
        for name, layer in panel.layers.items() if panel.type == "lens" else ():
            view = observed["index-pattern", panel.view_of(name)]
            for field, kind in fields_of(layer):
                (mapped,) = capabilities(client, view, field)
                assert mapped["aggregatable"], (str(panel), field)
                assert kind == "any" or mapped["type"] in TYPES[kind], (str(panel), field)
    for (type_, _id), one in observed.items():
        for name, control in one.attributes.get("controlGroupInput", {}).get("panelsJSON", {}).items():
            (view_id,) = [ref["id"] for ref in one.references if ref["name"].startswith(f"controlGroup_{name}:")]
            field = control["explicitInput"]["fieldName"]
            (mapped,) = capabilities(client, observed["index-pattern", view_id], field)
            assert (type_, mapped["aggregatable"], mapped["type"]) == ("dashboard", True, "keyword")


def test_each_search_shows_something_in_each_column(observed: Objects, client: Elasticsearch) -> None:
    for (type_, id_), one in observed.items():
        if type_ != "search":
            continue
        (reference,) = one.references
        view = observed["index-pattern", reference["id"]].attributes
        ((field, direction),) = one.attributes["sort"]
        assert field == view["timeFieldName"]
        where = one.attributes["kibanaSavedObjectMeta"]["searchSourceJSON"]["query"]["query"]
        found = client.search(
            index=view["title"].split(","),
            query={"bool": {"filter": [kql(where), {"range": {field: MORNING}}]}},
            sort=[{field: direction}],
            fields=[{"field": "*"}],
            source=False,
            size=500,
        )["hits"]["hits"]
        shown = {name for hit in found for name in hit["fields"]}
        assert set(one.attributes["columns"]) - shown == set(), id_


def test_the_reasons_of_a_window_stand_side_by_side(observed: Objects, client: Elasticsearch) -> None:
    (search,) = [one for one in observed.values() if one.type == "search" and one.id.endswith("-anomalies")]
    columns, prefix = search.attributes["columns"], search.id.removesuffix("-anomalies")
    found = client.search(
        index=f"{prefix}-anomalies-*", query=kql("drainwatch.scores.new : 71"), fields=columns, source=False
    )
    (hit,) = found["hits"]["hits"]
    shown = {name.removeprefix("drainwatch.reasons."): values for name, values in hit["fields"].items()}
    assert (shown["kind"], shown["observed"]) == (["new", "fewer"], [214, 3])
    assert (shown["expected.low"], shown["expected.high"]) == ([0.0, 40.0], [0.0, 60.0])


def test_formats_are_of_fields_that_are_there(observed: Objects, client: Elasticsearch) -> None:
    for (type_, _), one in observed.items():
        if type_ == "index-pattern":
            for field in [one.attributes["timeFieldName"], *one.attributes.get("fieldFormatMap", {})]:
                assert capabilities(client, one, field), (one.id, field)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", {"match_all": {}}),
        ("drainwatch.open : true", {"match": {"drainwatch.open": "true"}}),
        ('not drainwatch.kind : "incident"', {"bool": {"must_not": {"match_phrase": {"drainwatch.kind": "incident"}}}}),
        ("a : * and b : 1", {"bool": {"filter": [{"exists": {"field": "a"}}, {"match": {"b": "1"}}]}}),
    ],
)
def test_the_language_of_queries(text: str, query: Json) -> None:
    assert kql(text) == query


def capabilities(client: Elasticsearch, view: SavedObject, field: str) -> list[Json]:
    """How a field is mapped in the indices of a data view: once, where all agree."""
    found = client.field_caps(index=view.attributes["title"].split(","), fields=[field], allow_no_indices=True)
    return list(found["fields"].get(field, {}).values())


def as_arguments(body: Json) -> Json:
    """As the client calls them."""
    return {"aggregations" if name == "aggs" else name: value for name, value in body.items()}
