"""Templates as JSON, with what keeps them quiet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal
from urllib.parse import quote

from pydantic import BaseModel, Field

from detector.api import examples
from detector.api.forms import Links, Time, example, path
from detector.api.shapes import PageOut
from detector.api.times import rfc3339
from detector.feedback import muting
from detector.saying import moment
from detector.store.port import Reader
from parsers.engine import Template

LevelName = Literal["critical", "error", "warning", "info", "debug", "trace", "none"]
"""As `parsers.level` has them, and where none is known."""


class TemplateOut(BaseModel):
    """One statement in the code of a workload, as far as its lines show it."""

    model_config = example(examples.TEMPLATE)

    id: str
    namespace: str
    workload: str
    text: str
    level: str
    first_seen: Time
    last_seen: Time
    count: int
    example: str = Field(description="A line of it, personal data masked.")
    muted: bool = Field(description="Whether feedback keeps it quiet: its own, its workload's or its namespace's.")
    muted_by: str | None = Field(None, description="Id of that feedback.")
    links: Links

    @classmethod
    def of(cls, template: Template, muted_by: str | None = None) -> TemplateOut:
        """From the catalogue; `muted_by` is the id of the feedback that keeps it quiet."""
        own = path("namespaces", template.namespace)
        return cls(
            id=template.id,
            namespace=template.namespace,
            workload=template.workload,
            text=template.text,
            level=template.level,
            first_seen=rfc3339(template.first_seen),
            last_seen=rfc3339(template.last_seen),
            count=template.count,
            example=template.example,
            muted=muted_by is not None,
            muted_by=muted_by,
            links={
                "self": path("templates", template.id),
                "namespace": own,
                "counts": f"{own}/counts?template={quote(template.id, safe='')}",
            },
        )


class TemplateFacetsOut(BaseModel):
    """How many match, but for the filter in question."""

    levels: dict[str, int] = Field(description="By level, the worst first; `none` where none is known.")
    workloads: dict[str, int] = Field(description="By workload, the most first; 200 of them at most.")


class TemplatesOut(PageOut[TemplateOut]):
    """Some of the templates that match, and what there is to choose from."""

    model_config = example(examples.TEMPLATES)

    total: int = Field(description="How many match.")
    facets: TemplateFacetsOut


def shown_templates(reader: Reader, found: Iterable[Template], clock: int) -> list[TemplateOut]:
    """Each with the feedback that keeps it quiet now; `clock` in microseconds UTC."""
    now, said = moment(reader, clock), reader.feedback()
    return [TemplateOut.of(one, muting(said, now, one.namespace, one.workload, one.id)) for one in found]
