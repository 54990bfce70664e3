"""Incidents in other namespaces that may be the same story, as JSON."""

from __future__ import annotations

from pydantic import BaseModel, Field

from detector.api import examples
from detector.api.forms import Links, example
from detector.api.shapes import IncidentOut
from detector.relatives import Because, Related

_RELATED: examples.Example = {
    "incident": examples.INCIDENT
    | {
        "id": "c0de52f3189c41d0",
        "namespace": "billing",
        "change": None,
        "links": {
            "self": "/api/v1/incidents/c0de52f3189c41d0",
            "namespace": "/api/v1/namespaces/billing",
            "changes": "/api/v1/changes?namespace=billing&since=2026-11-21T07%3A00%3A00Z",
        },
    },
    "because": "alert",
    "shared": ["could not connect to <HOST> after <NUM> attempts"],
}
RELATED: examples.Example = {
    "items": [_RELATED],
    "links": {
        "self": "/api/v1/incidents/9c41d0be7a52f318/related",
        "incident": "/api/v1/incidents/9c41d0be7a52f318",
    },
}


class RelatedOut(BaseModel):
    """An incident in another namespace, and why it is shown."""

    incident: IncidentOut
    because: Because = Field(
        description="The best reason: it is in the same `alert`; it is told by the same `template`, within a day; or "
        "it is of the same `time`, to ten minutes."
    )
    shared: tuple[str, ...] = Field(description="Texts of the templates that both are told by.")

    @classmethod
    def of(cls, one: Related) -> RelatedOut:
        """From what was found."""
        return cls(incident=IncidentOut.of(one.incident), because=one.because, shared=one.shared)


class RelatedIncidentsOut(BaseModel):
    """At most 20 of them, the best reasons first."""

    model_config = example(RELATED)

    items: tuple[RelatedOut, ...]
    links: Links
