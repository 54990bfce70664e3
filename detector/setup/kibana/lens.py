"""Charts of a dashboard as Lens keeps them: what each kind of visualization wants, around the layers that it shows.

The keys are those of `src/platform/packages/shared/kbn-lens-common/visualizations` in elastic/kibana, in the form that
8.19 writes: a newer Lens converts it when it opens the panel, an older one doesn't know the newer form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from detector.setup.kibana.colours import COLOURS, KINDS, SEVERITIES, mapping, palette
from detector.setup.kibana.columns import Json, is_bucket, lens_column

_MAPPINGS = {"severity": SEVERITIES, "kind": KINDS}


@dataclass
class Drawing:
    """A chart that is put together."""

    name: str
    """Of its panel: ids of layers and columns begin with it."""
    views: Mapping[str, str]
    """Ids of data views by the names that panels call them."""
    layers: dict[str, Json] = field(default_factory=dict)
    references: list[Json] = field(default_factory=list)

    def layer(self, view: str, columns: Mapping[str, Mapping[str, Any]]) -> tuple[str, dict[str, str]]:
        """Add a layer; its id, and those of its columns by the names they have here.

        The order of columns that group is that of the nesting: terms are the largest of all the time that is shown,
        where they come before the time. The first that counts something is what terms are ordered by.
        """
        layer = f"{self.name}-{len(self.layers)}"
        ids = {key: f"{layer}-{key}" for key in columns}
        ordered_by = next(ids[key] for key, spec in columns.items() if not is_bucket(spec))
        self.layers[layer] = {
            "columnOrder": list(ids.values()),
            "columns": {ids[key]: lens_column(spec, ordered_by) for key, spec in columns.items()},
            "ignoreGlobalFilters": False,
            "incompleteColumns": {},
            "sampling": 1,
        }
        name = f"indexpattern-datasource-layer-{layer}"
        self.references.append({"id": self.views[view], "name": name, "type": "index-pattern"})
        return layer, ids


def chart(name: str, spec: Mapping[str, Any], views: Mapping[str, str]) -> Json:
    """A panel's chart as the attributes of a Lens object. `spec` is the panel as kibana/saved-objects/ has it."""
    drawing = Drawing(name, views)
    kind = next(word for word in KINDS_OF_CHARTS if word in spec)
    visualization_type, draw = KINDS_OF_CHARTS[kind]
    visualization = draw(drawing, spec[kind])
    return {
        "description": spec.get("description", ""),
        "references": drawing.references,
        "state": {
            "adHocDataViews": {},
            "datasourceStates": {"formBased": {"layers": drawing.layers}},
            "filters": [],
            "internalReferences": [],
            "query": {"language": "kuery", "query": spec[kind].get("where", "")},
            "visualization": visualization,
        },
        "title": spec["title"],
        "type": "lens",
        "visualizationType": visualization_type,
    }


def _number(drawing: Drawing, spec: Mapping[str, Any]) -> Json:
    layer, ids = drawing.layer(spec["data_view"], {"value": spec["value"]})
    return {
        "color": COLOURS[spec["colour"]],
        "layerId": layer,
        "layerType": "data",
        "metricAccessor": ids["value"],
        "subtitle": spec.get("subtitle", ""),
    }


def _heat_map(drawing: Drawing, spec: Mapping[str, Any]) -> Json:
    layer, ids = drawing.layer(spec["data_view"], {key: spec[key] for key in ("y", "x", "value")})
    return {
        "gridConfig": {
            "isCellLabelVisible": False,
            "isXAxisLabelVisible": True,
            "isXAxisTitleVisible": False,
            "isYAxisLabelVisible": True,
            "isYAxisTitleVisible": False,
            "type": "heatmap_grid",
        },
        "layerId": layer,
        "layerType": "data",
        "legend": {"isVisible": True, "position": "right", "type": "heatmap_legend"},
        "palette": palette(ids["value"]),
        "shape": "heatmap",
        "valueAccessor": ids["value"],
        "xAccessor": ids["x"],
        "yAccessor": ids["y"],
    }


def _pie(drawing: Drawing, spec: Mapping[str, Any]) -> Json:
    layer, ids = drawing.layer(spec["data_view"], {**spec["slices"], "value": spec["value"]})
    return {
        "layers": [
            {
                "categoryDisplay": "default",
                "colorMapping": mapping(_MAPPINGS[spec["colours"]]),
                "layerId": layer,
                "layerType": "data",
                "legendDisplay": "show",
                "legendPosition": "right",
                "metrics": [ids["value"]],
                "nestedLegend": True,
                "numberDisplay": "value",
                "primaryGroups": [ids[key] for key in spec["slices"]],
            }
        ],
        "shape": "pie",
    }


def _lines_and_bars(drawing: Drawing, spec: Mapping[str, Any]) -> Json:
    sides: Json = {"yLeftExtent": {"mode": "full"}, "yTitle": spec["left"]}
    if "range" in spec:
        low, high = spec["range"]
        sides["yLeftExtent"] = {"lowerBound": low, "mode": "custom", "upperBound": high}
    if "right" in spec:
        sides |= {"yRightExtent": {"mode": "full"}, "yRightTitle": spec["right"]}
    return {
        "axisTitlesVisibilitySettings": {"x": False, "yLeft": True, "yRight": True},
        "fittingFunction": "None",
        "layers": [_xy_layer(drawing, layer) for layer in spec["layers"]],
        "legend": {"isVisible": True, "position": "bottom"},
        "preferredSeriesType": spec["layers"][0]["style"],
        "valueLabels": "hide",
        **sides,
    }


def _xy_layer(drawing: Drawing, spec: Mapping[str, Any]) -> Json:
    groups = {key: spec[key] for key in ("split", "x") if key in spec}
    layer, ids = drawing.layer(spec["data_view"], {**groups, **spec["values"]})
    drawn: Json = {
        "accessors": [ids[key] for key in spec["values"]],
        "layerId": layer,
        "layerType": "data",
        "seriesType": spec["style"],
        "xAccessor": ids["x"],
    }
    if "split" in spec:
        drawn["splitAccessor"] = ids["split"]
        if "colours" in spec:
            drawn["colorMapping"] = mapping(_MAPPINGS[spec["colours"]])
    else:
        drawn["yConfig"] = [
            {"axisMode": one.get("side", "left"), "color": COLOURS[one["colour"]], "forAccessor": ids[key]}
            for key, one in spec["values"].items()
        ]
    return drawn


def _table(drawing: Drawing, spec: Mapping[str, Any]) -> Json:
    layer, ids = drawing.layer(spec["data_view"], {**spec["rows"], **spec["values"]})
    return {
        "columns": [
            {
                "columnId": ids[key],
                "isMetric": key in spec["values"],
                "isTransposed": False,
                # What a click on a row's name filters by, without a menu: a drilldown begins there.
                **({"oneClickFilter": True} if key in spec["rows"] else {}),
                **({"colorMode": "cell", "palette": palette(ids[key])} if one.get("severity") else {}),
            }
            for key, one in {**spec["rows"], **spec["values"]}.items()
        ],
        "layerId": layer,
        "layerType": "data",
        "paging": {"enabled": True, "size": 10},
        "rowHeight": "auto",
        "sorting": {"columnId": ids[spec["sort"][0]], "direction": spec["sort"][1]},
    }


KINDS_OF_CHARTS: Mapping[str, tuple[str, Callable[[Drawing, Mapping[str, Any]], Json]]] = {
    "number": ("lnsMetric", _number),
    "heat_map": ("lnsHeatmap", _heat_map),
    "pie": ("lnsPie", _pie),
    "chart": ("lnsXY", _lines_and_bars),
    "table": ("lnsDatatable", _table),
}
"""By the word that a panel has: what Kibana calls it, and what draws it."""
