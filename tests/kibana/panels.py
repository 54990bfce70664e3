"""The panels of a dashboard, taken apart again from what Kibana imports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from detector.setup.kibana.objects import SavedObject

Json = dict[str, Any]


@dataclass(frozen=True)
class Panel:
    """One of them; `references` are those of the dashboard, by name."""

    dashboard: str
    body: Json
    references: dict[str, str]

    def __str__(self) -> str:
        return f"{self.dashboard.removeprefix('drainwatch-')}-{self.name}"

    @property
    def name(self) -> str:
        return str(self.body["panelIndex"])

    @property
    def type(self) -> str:
        return str(self.body["type"])

    @property
    def attributes(self) -> Json:
        """Of the chart, where it is one."""
        found: Json = self.body["embeddableConfig"].get("attributes", {})
        return found

    @property
    def state(self) -> Json:
        found: Json = self.attributes["state"]
        return found

    @property
    def layers(self) -> dict[str, Json]:
        found: dict[str, Json] = self.state["datasourceStates"]["formBased"]["layers"]
        return found

    @property
    def drilldowns(self) -> list[Json]:
        found: list[Json] = (
            self.body["embeddableConfig"].get("enhancements", {}).get("dynamicActions", {}).get("events", [])
        )
        return found

    def view_of(self, layer: str) -> str:
        """Id of the data view that a layer asks, as Kibana finds it."""
        return self.references[f"{self.name}:indexpattern-datasource-layer-{layer}"]


def panels_of(dashboard: SavedObject) -> Iterator[Panel]:
    """Its panels, in order."""
    references = {ref["name"]: ref["id"] for ref in dashboard.references}
    for body in dashboard.attributes["panelsJSON"]:
        yield Panel(dashboard.id, body, references)
