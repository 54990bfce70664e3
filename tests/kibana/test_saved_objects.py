"""Saved objects are what 8.19 and 9.x know: nothing leads nowhere, no key is one that Kibana would drop or refuse.

Attributes, panels and visualizations are checked against the names in elastic/kibana: dashboard_saved_object/schema/v1,
saved_search/server/saved_objects/schema_legacy.ts and kbn-lens-common/visualizations.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from detector import beginning, rules
from detector.assets import asset_folder
from detector.setup.kibana.colours import SEVERITIES
from detector.setup.kibana.objects import KibanaChoices, SavedObject, fold, ndjson, saved_objects, unfold
from tests.docs.markdown import first_names, section, text_of
from tests.kibana.panels import Panel, panels_of

Json = dict[str, Any]
TO_DASHBOARD, TO_DISCOVER = "DASHBOARD_TO_DASHBOARD_DRILLDOWN", "OPEN_IN_DISCOVER_DRILLDOWN"
LOGS = ("logs-*-*", "filebeat-*")
ATTRIBUTES = {
    "index-pattern": {"allowNoIndex", "fieldFormatMap", "name", "timeFieldName", "title"},
    "search": {
        "columns", "description", "grid", "hideChart", "isTextBasedQuery", "kibanaSavedObjectMeta", "rowHeight",
        "sort", "timeRestore", "title",
    },
    "dashboard": {
        "controlGroupInput", "description", "kibanaSavedObjectMeta", "optionsJSON", "panelsJSON", "refreshInterval",
        "timeFrom", "timeRestore", "timeTo", "title", "version",
    },
}  # fmt: skip
"""Of those that the schemas have, what is used."""
STATES = {
    "lnsMetric": {"color", "layerId", "layerType", "metricAccessor", "subtitle"},
    "lnsHeatmap": {
        "gridConfig", "layerId", "layerType", "legend", "palette", "shape", "valueAccessor", "xAccessor", "yAccessor",
    },
    "lnsPie": {"layers", "shape"},
    "lnsXY": {
        "axisTitlesVisibilitySettings", "fittingFunction", "layers", "legend", "preferredSeriesType", "valueLabels",
        "yLeftExtent", "yRightExtent", "yRightTitle", "yTitle",
    },
    "lnsDatatable": {"columns", "layerId", "layerType", "paging", "rowHeight", "sorting"},
}  # fmt: skip
"""By type of visualization the keys of its state."""


def objects(**chosen: str) -> list[SavedObject]:
    choices = KibanaChoices("drainwatch", LOGS, **chosen)
    return saved_objects(asset_folder("kibana/saved-objects"), choices)


def dashboards() -> list[SavedObject]:
    return [one for one in objects() if one.type == "dashboard"]


def panels() -> list[Panel]:
    return [panel for one in dashboards() for panel in panels_of(one)]


def strings(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from (key, *strings(value))
    elif isinstance(tree, list):
        for item in tree:
            yield from strings(item)
    elif isinstance(tree, str):
        yield tree


def test_every_reference_leads_to_one_of_the_objects() -> None:
    known = {one.key for one in objects()}
    assert len(known) == len(objects())
    for one in objects():
        assert {(ref["type"], ref["id"]) for ref in one.references} <= known, one.id
        names = [ref["name"] for ref in one.references]
        assert len(set(names)) == len(names), one.id


def test_every_reference_that_a_dashboard_needs_is_there_and_no_other() -> None:
    for one in dashboards():
        needed = set()
        for panel in panels_of(one):
            needed |= {f"{panel.name}:{ref['name']}" for ref in panel.attributes.get("references", ())}
            needed |= {f"{panel.name}:{panel.body['panelRefName']}"} if panel.type == "search" else set()
            for event in panel.drilldowns:
                if event["action"]["factoryId"] == TO_DASHBOARD:
                    needed.add(f"{panel.name}:drilldown:{TO_DASHBOARD}:{event['eventId']}:dashboardId")
        controls = one.attributes["controlGroupInput"]["panelsJSON"]
        needed |= {f"controlGroup_{name}:optionsListDataView" for name in controls}
        assert needed == {ref["name"] for ref in one.references}, one.id


def test_attributes_are_those_of_the_schemas() -> None:
    for one in objects():
        assert one.attributes.keys() <= ATTRIBUTES[one.type], one.id


def test_lines_are_as_kibana_imports_them() -> None:
    lines = [json.loads(line) for line in ndjson(objects()).splitlines()]
    assert {(line["type"], line["typeMigrationVersion"]) for line in lines} == {
        ("index-pattern", "8.0.0"), ("search", "8.0.0"), ("dashboard", "8.9.0"),
    }  # fmt: skip
    assert {line["coreMigrationVersion"] for line in lines} == {"8.8.0"}
    for line, one in zip(lines, objects(), strict=True):
        folded = line["attributes"]
        assert unfold(folded) == one.attributes
        assert fold(one.attributes) == folded
        kept_as_text = [folded.get("panelsJSON"), folded.get("optionsJSON"), folded.get("fieldFormatMap")]
        kept_as_text.append(folded.get("kibanaSavedObjectMeta", {}).get("searchSourceJSON"))
        kept_as_text.append(folded.get("controlGroupInput", {}).get("panelsJSON"))
        assert all(isinstance(text, str) for text in kept_as_text if text is not None), one.id


def test_panels_lie_side_by_side() -> None:
    for one in dashboards():
        places = {panel.name: panel.body["gridData"] for panel in panels_of(one)}
        assert all(place["i"] == name for name, place in places.items())
        assert all(place["x"] + place["w"] <= 48 and place["h"] >= 4 for place in places.values())
        for first, second in combinations(places.values(), 2):
            apart = (
                first["x"] + first["w"] <= second["x"]
                or second["x"] + second["w"] <= first["x"]
                or first["y"] + first["h"] <= second["y"]
                or second["y"] + second["h"] <= first["y"]
            )
            assert apart, (one.id, first["i"], second["i"])
        area = sum(place["w"] * place["h"] for place in places.values())
        assert area == 48 * max(place["y"] + place["h"] for place in places.values()), f"{one.id} has holes"


@pytest.mark.parametrize("panel", panels(), ids=str)
def test_a_panel_is_of_a_kind_that_is_known(panel: Panel) -> None:
    assert panel.type in {"lens", "search", "visualization"}
    if panel.type == "visualization":
        assert panel.body["embeddableConfig"]["savedVis"]["type"] == "markdown"
    if panel.type == "lens":
        assert set(panel.state["visualization"]) <= STATES[panel.attributes["visualizationType"]]
        assert set(panel.state) == {
            "adHocDataViews", "datasourceStates", "filters", "internalReferences", "query", "visualization",
        }  # fmt: skip


@pytest.mark.parametrize("panel", [panel for panel in panels() if panel.type == "lens"], ids=str)
def test_a_chart_shows_all_columns_of_its_layers_and_no_others(panel: Panel) -> None:
    named = set(strings(panel.state["visualization"]))
    for name, layer in panel.layers.items():
        assert name in named
        assert layer["columnOrder"] == list(layer["columns"])
        assert set(layer["columns"]) <= named, "a column that nothing shows"
        grouped = [column["isBucketed"] for column in layer["columns"].values()]
        assert grouped == sorted(grouped, reverse=True), "what groups comes before what counts"
        for column in layer["columns"].values():
            order = column.get("params", {}).get("orderBy", {})
            assert order.get("columnId", name) in {name, *layer["columns"]}
    columns = {column for layer in panel.layers.values() for column in layer["columns"]}
    accessors = {text for text in named if re.match(rf"{panel.name}-\d+-", text)}
    assert accessors == columns


def leading(factory: str) -> list[tuple[Panel, Json]]:
    """Panels with a drilldown of that kind, and it."""
    return [
        (panel, event)
        for panel in panels()
        for event in panel.drilldowns
        if event["action"]["factoryId"] == factory and event["triggers"] == ["FILTER_TRIGGER"]
    ]


def test_drilldowns_are_those_that_are_free() -> None:
    drilldowns = [event for panel in panels() for event in panel.drilldowns]
    assert len(drilldowns) == len(leading(TO_DASHBOARD)) + len(leading(TO_DISCOVER))
    assert len({event["eventId"] for event in drilldowns}) == len(drilldowns)


def test_another_dashboard_is_told_only_what_all_documents_have() -> None:
    assert {panel.dashboard for panel, _ in leading(TO_DASHBOARD)} == {"drainwatch-overview", "drainwatch-ingest"}
    for panel, event in leading(TO_DASHBOARD):
        config = {"openInNewTab": False, "useCurrentDateRange": True, "useCurrentFilters": False}
        assert event["action"]["config"] == config
        columns = [column for layer in panel.layers.values() for column in layer["columns"].values()]
        grouping = {column["sourceField"] for column in columns if column["isBucketed"]}
        assert grouping <= {"kubernetes.namespace", "@timestamp"}


def test_discover_is_opened_from_one_layer_with_the_lines_or_the_anomalies() -> None:
    seen = set()
    for panel, event in leading(TO_DISCOVER):
        assert event["action"]["config"] == {"openInNewTab": False}
        (layer,) = panel.layers  # of several Lens opens none
        seen.add((str(panel), panel.view_of(layer)))
    assert seen == {
        ("overview-heat", "drainwatch-anomalies"),
        ("namespace-kinds", "drainwatch-anomalies"),
        ("namespace-lines", "logs-*"),
    }


def test_links_in_texts_lead_to_dashboards() -> None:
    ids = {one.id for one in dashboards()}
    for panel in panels():
        if panel.type == "visualization":
            text = panel.body["embeddableConfig"]["savedVis"]["params"]["markdown"]
            assert set(re.findall(r"\]\(#/view/([^)]+)\)", text)) == ids


def test_nothing_is_left_to_be_filled_in_and_no_field_is_computed() -> None:
    for chosen in ({}, {"page": "https://drainwatch.example", "space": "ops", "logs_view": "ours"}):
        for one in objects(**chosen):
            assert not re.search(r"__[A-Z]", json.dumps([one.id, one.attributes, one.references])), one.id
            assert "runtimeFieldMap" not in one.attributes


def test_a_data_view_has_the_patterns_of_the_settings() -> None:
    titles = {one.id: one.attributes["title"] for one in objects() if one.type == "index-pattern"}
    assert titles["logs-*"] == "logs-*-*,filebeat-*"
    assert titles["drainwatch-volume"] == "drainwatch-counts-*,drainwatch-hours-*"
    assert [one.id for one in objects() if one.shared] == ["logs-*"]


def test_ids_lead_to_the_page_where_that_is_known() -> None:
    def links(page: str) -> set[str]:
        return {text for one in objects(page=page) for text in strings(one.attributes) if text.endswith("/{{value}}")}

    assert links("https://dw.example") == {
        "https://dw.example/incidents/{{value}}",
        "https://dw.example/alerts/{{value}}",
    }
    assert links("") == set()


def test_every_judge_of_a_namespace_has_its_line_and_its_field() -> None:
    judges = set(first_names(section(text_of("docs/detection.md"), "## What judges a namespace")))
    (panel,) = [panel for panel in panels() if panel.name == "detectors"]
    (layer,) = panel.layers.values()
    shown = {column["sourceField"] for column in layer["columns"].values() if not column["isBucketed"]}
    assert shown == {"drainwatch.score", *(f"drainwatch.scores.{judge}" for judge in judges)}
    template = json.loads((asset_folder("ilm") / "index-templates" / "anomalies.json").read_text("utf-8"))
    scores = template["template"]["mappings"]["properties"]["drainwatch"]["properties"]["scores"]["properties"]
    assert set(scores) == judges | {beginning.DETECTOR, rules.DETECTOR}


def test_severities_have_the_colours_of_the_page() -> None:
    css = (Path(__file__).parents[2] / "detector/web/src/styles/base.css").read_text("utf-8")
    assert all(f"--{severity}: {colour};" in css for severity, colour in SEVERITIES.items())
    (heat,) = [panel for panel in panels() if panel.attributes.get("visualizationType") == "lnsHeatmap"]
    bands = heat.state["visualization"]["palette"]["params"]["colorStops"]
    assert bands == [
        {"color": colour, "stop": stop} for colour, stop in zip(SEVERITIES.values(), (0, 25, 50, 75), strict=True)
    ]
