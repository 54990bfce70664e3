"""`/api/v1/…/templates`: what the logs of a namespace consist of."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field

from detector.api.context import InContext, shown
from detector.api.forms import API
from detector.api.parameters import Cursor, Limit, NoQuery, page_links, paginate
from detector.api.problems import NotFoundError
from detector.api.shapes import PageOut
from detector.api.template_shapes import TemplateOut, shown_templates
from parsers.engine import Template

router = APIRouter(tags=["templates"])

Order = Literal["count", "first_seen", "last_seen", "workload", "text"]


class TemplatesQuery(NoQuery):
    """Which templates, in which order."""

    q: str | None = Field(
        None, max_length=500, description="Only those whose text, example, workload or id holds all these words."
    )
    workload: str | None = Field(None, max_length=500, description="Only this workload's.")
    sort: Order = Field("count", description="Counts and times from the highest down, texts from A on.")
    cursor: Cursor = None
    limit: Limit = 100


@router.get(f"{API}/namespaces/{{namespace:path}}/templates", summary="Templates of a namespace")
def templates(
    context: InContext, request: Request, namespace: str, query: Annotated[TemplatesQuery, Query()]
) -> PageOut[TemplateOut]:
    """The most frequent first, unless told otherwise."""
    context.status(namespace)
    words = (query.q or "").casefold().split()
    found = [
        template
        for template in context.reader.templates(namespace)
        if query.workload in (None, template.workload) and _holds(template, words)
    ]
    page = paginate(found, lambda template: _key(template, query.sort), query.sort, query.cursor, query.limit)
    return PageOut[TemplateOut](
        items=shown_templates(context.reader, page.items, context.clock()),
        next_cursor=page.next_cursor,
        links=page_links(request, page.next_cursor),
    )


@router.get(f"{API}/templates/{{template}}", summary="One template")
def one_template(context: InContext, template: str, query: Annotated[NoQuery, Query()]) -> TemplateOut:
    """By its id."""
    found = next((one for one in context.reader.templates() if one.id == template), None)
    if found is None:
        raise NotFoundError(f"There is no template {shown(template)}.", "Take the id from a namespace's templates.")
    return shown_templates(context.reader, [found], context.clock())[0]


def _holds(template: Template, words: list[str]) -> bool:
    if not words:
        return True
    text = f"{template.text}\n{template.example}\n{template.workload}\n{template.id}".casefold()
    return all(word in text for word in words)


def _key(template: Template, order: Order) -> tuple[int | str, str]:
    value = getattr(template, order)
    return (-value if isinstance(value, int) else value), template.id
