"""A dashboard as Kibana keeps it, from its file in kibana/saved-objects/dashboards/.

Attributes are those of src/platform/plugins/shared/dashboard/server/dashboard_saved_object/schema/v1 (elastic/kibana),
which forbids others. Every reference of a panel's begins with the panel's name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from detector.setup.kibana.columns import Json
from detector.setup.kibana.lens import chart

_TO_DASHBOARD, _TO_DISCOVER = "DASHBOARD_TO_DASHBOARD_DRILLDOWN", "OPEN_IN_DISCOVER_DRILLDOWN"
_OPTIONS = {
    "hidePanelTitles": False,
    "syncColors": False,
    "syncCursor": True,
    "syncTooltips": False,
    "useMargins": True,
}
_EMPTY_SEARCH = {"filter": [], "query": {"language": "kuery", "query": ""}}


def dashboard(spec: Mapping[str, Any], ids: Mapping[str, Mapping[str, str]]) -> tuple[Json, list[Json]]:
    """Attributes (`…JSON` unfolded) and references; `ids` are those of all objects, by type and file."""
    panels, references = [], []
    for panel in spec["panels"]:
        made, needed = _panel(panel, ids)
        panels.append(made)
        references += needed
    controls, needed = _controls(spec.get("controls", ()), ids)
    attributes: Json = {
        "controlGroupInput": controls,
        "description": spec["description"],
        "kibanaSavedObjectMeta": {"searchSourceJSON": _EMPTY_SEARCH},
        "optionsJSON": _OPTIONS,
        "panelsJSON": panels,
        # Without a time of its own a dashboard keeps that of the one from which somebody came.
        "timeRestore": "time" in spec,
        "title": spec["title"],
        "version": 1,
    }
    if "time" in spec:
        begin, end = spec["time"]
        attributes |= {"refreshInterval": {"pause": False, "value": 60_000}, "timeFrom": begin, "timeTo": end}
    return attributes, references + needed


def _panel(panel: Mapping[str, Any], ids: Mapping[str, Mapping[str, str]]) -> tuple[Json, list[Json]]:
    name = panel["name"]
    x, y, width, height = panel["at"]
    made: Json = {
        "gridData": {"h": height, "i": name, "w": width, "x": x, "y": y},
        "panelIndex": name,
        "title": panel.get("title", ""),
    }
    needed: list[Json] = []
    if "text" in panel:
        config = {"hidePanelTitles": True, "savedVis": _markdown("\n".join(panel["text"]))}
        made |= {"embeddableConfig": config, "type": "visualization"}
    elif "search" in panel:
        needed.append({"id": ids["search"][panel["search"]], "name": f"panel_{name}", "type": "search"})
        made |= {"embeddableConfig": {}, "panelRefName": f"panel_{name}", "type": "search"}
    else:
        attributes = chart(name, panel, ids["index-pattern"])
        needed += attributes["references"]
        made |= {"embeddableConfig": {"attributes": attributes}, "type": "lens"}
    if "leads_to" in panel:
        events, references = _leads_to(name, panel["leads_to"], ids["dashboard"])
        made["embeddableConfig"]["enhancements"] = {"dynamicActions": {"events": events}}
        needed += references
    return made, [{**one, "name": f"{name}:{one['name']}"} for one in needed]


def _leads_to(
    name: str, targets: Sequence[Mapping[str, Any]], dashboards: Mapping[str, str]
) -> tuple[list[Json], list[Json]]:
    """What a click offers: another dashboard, or Discover with the documents of the panel.

    Both get what was clicked, a namespace or a time; the other dashboard gets no other filters, for those of this one
    may be of fields that not all documents have there. Both are free of charge; a drilldown to any address would need
    Gold (x-pack/platform/plugins/private/drilldowns/url_drilldown).
    """
    events, references = [], []
    for target in targets:
        config: Json = {"openInNewTab": False}
        factory, event = _TO_DISCOVER, f"{name}-leads-to-discover"
        if "dashboard" in target:
            factory, event = _TO_DASHBOARD, f"{name}-leads-to-{target['dashboard']}"
            config |= {"useCurrentDateRange": True, "useCurrentFilters": False}
            reference = f"drilldown:{factory}:{event}:dashboardId"
            references.append({"id": dashboards[target["dashboard"]], "name": reference, "type": "dashboard"})
        action = {"config": config, "factoryId": factory, "name": target["label"]}
        events.append({"action": action, "eventId": event, "triggers": ["FILTER_TRIGGER"]})
    return events, references


def _markdown(text: str) -> Json:
    return {
        "data": {"aggs": [], "searchSource": _EMPTY_SEARCH},
        "description": "",
        "params": {"fontSize": 12, "markdown": text, "openLinksInNewTab": False},
        "title": "",
        "type": "markdown",
        "uiState": {},
    }


def _controls(specs: Any, ids: Mapping[str, Mapping[str, str]]) -> tuple[Json, list[Json]]:
    panels = {
        one["name"]: {
            "explicitInput": {
                "enhancements": {},
                "fieldName": one["field"],
                "id": one["name"],
                "selectedOptions": [],
                "singleSelect": True,
                "title": one["title"],
            },
            "grow": True,
            "order": order,
            "type": "optionsListControl",
            "width": "large",
        }
        for order, one in enumerate(specs)
    }
    group = {
        "chainingSystem": "HIERARCHICAL",
        "controlStyle": "oneLine",
        "ignoreParentSettingsJSON": {
            "ignoreFilters": False,
            "ignoreQuery": False,
            "ignoreTimerange": False,
            "ignoreValidations": False,
        },
        "panelsJSON": panels,
    }
    references = [
        {
            "id": ids["index-pattern"][one["data_view"]],
            "name": f"controlGroup_{one['name']}:optionsListDataView",
            "type": "index-pattern",
        }
        for one in specs
    ]
    return group, references
