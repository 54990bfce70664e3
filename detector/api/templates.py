"""`/api/v1/…/templates`: what the logs consist of, of a namespace or of all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field

from detector.access.principal import Right
from detector.api.auth.rights import needs
from detector.api.context import Context, InContext, shown
from detector.api.forms import API
from detector.api.parameters import Cursor, Limit, NoQuery, TimeText, named_time, page_links, paginate
from detector.api.problems import NotFoundError
from detector.api.template_search import Search, by_level, search
from detector.api.template_shapes import LevelName, TemplateFacetsOut, TemplateOut, TemplatesOut, shown_templates
from detector.saying import moment
from parsers.engine import Template

router = APIRouter(tags=["templates"])

Order = Literal["count", "first_seen", "last_seen", "level", "workload", "namespace", "text"]
_BEGINNING = 200
"""Characters of a text that it is sorted by: they stand in the cursor, which is a part of an address."""


class TemplatesQuery(NoQuery):
    """Which templates, in which order."""

    q: str | None = Field(
        None, max_length=500, description="Only those whose text, example, workload or id holds all these words."
    )
    workload: str | None = Field(None, max_length=500, description="Only this workload's.")
    level: LevelName | None = Field(None, description="Only those of this level; `none`: of no level that is known.")
    new_since: TimeText = Field(None, description="Only those that were first seen at this time or later.")
    gone_since: TimeText = Field(None, description="Only those that were last seen before this time.")
    muted: bool | None = Field(None, description="Only those that feedback keeps quiet, or only the others.")
    sort: Order = Field(
        "count", description="Counts and times from the highest down, levels from the worst, texts from A on."
    )
    cursor: Cursor = None
    limit: Limit = 100


class AllTemplatesQuery(TemplatesQuery):
    """Of which namespaces, too."""

    namespace: str | None = Field(None, max_length=500, description="Only this namespace's.")


@router.get(
    f"{API}/namespaces/{{namespace:path}}/templates",
    summary="Templates of a namespace",
    dependencies=[needs(Right.READ)],
)
def templates(
    context: InContext, request: Request, namespace: str, query: Annotated[TemplatesQuery, Query()]
) -> TemplatesOut:
    """The most frequent first, unless told otherwise."""
    return _page(context, request, namespace, query)


@router.get(f"{API}/templates", summary="Templates of all namespaces", dependencies=[needs(Right.READ)])
def all_templates(context: InContext, request: Request, query: Annotated[AllTemplatesQuery, Query()]) -> TemplatesOut:
    """The most frequent first, unless told otherwise."""
    return _page(context, request, query.namespace, query)


@router.get(f"{API}/templates/{{template}}", summary="One template", dependencies=[needs(Right.READ)])
def one_template(context: InContext, template: str, query: Annotated[NoQuery, Query()]) -> TemplateOut:
    """By its id."""
    found = next((one for one in _known(context, None) if one.id == template), None)
    if found is None:
        raise NotFoundError(f"There is no template {shown(template)}.", "Take the id from a namespace's templates.")
    return shown_templates(context.reader, [found], context.clock())[0]


def _page(context: Context, request: Request, namespace: str | None, query: TemplatesQuery) -> TemplatesOut:
    if namespace is not None:
        context.status(namespace)
    now = context.clock()
    wanted = Search(
        words=tuple((query.q or "").casefold().split()),
        workload=query.workload,
        level=query.level,
        new_since=named_time("new_since", query.new_since, now),
        gone_since=named_time("gone_since", query.gone_since, now),
        muted=query.muted,
    )
    found = search(
        _known(context, namespace),
        wanted,
        context.reader.feedback(namespace),
        moment(context.reader, now),
    )
    page = paginate(found.templates, lambda one: _key(one, query.sort), query.sort, query.cursor, query.limit)
    return TemplatesOut(
        items=shown_templates(context.reader, page.items, now),
        total=len(found.templates),
        facets=TemplateFacetsOut(levels=found.levels, workloads=found.workloads),
        next_cursor=page.next_cursor,
        links=page_links(request, page.next_cursor),
    )


def _known(context: Context, namespace: str | None) -> Sequence[Template]:
    """Of a namespace or of all, kept while nothing is written: whoever types a search asks with every letter."""
    return context.remember(("templates", namespace), lambda: context.reader.templates(namespace))


def _key(template: Template, order: Order) -> tuple[int | str, str]:
    if order == "level":
        return by_level(template.level), template.id
    value = getattr(template, order)
    return (-value if isinstance(value, int) else value[:_BEGINNING]), template.id
