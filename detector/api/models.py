"""`/api/v1/models`: what namespaces learned when, how two models differ, and which one is to be at work."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from detector.access.acts import Deed
from detector.access.principal import Right
from detector.api.auth.rights import needs
from detector.api.context import Context, InContext
from detector.api.forms import API
from detector.api.model_shapes import ChoiceIn, ChoiceOut, ComparedOut, VersionOut, VersionsOut
from detector.api.parameters import NoQuery, page_links
from detector.api.problems import ReadOnlyError
from detector.findings import ModelCard
from detector.versions import Version, compare, find, release, roll_back, versions

router = APIRouter(tags=["models"])


class ModelsQuery(NoQuery):
    """Whose models."""

    namespace: str | None = Field(None, max_length=500, description="Only this namespace's.")


@router.get(
    f"{API}/models",
    summary="All models there ever were, by namespace, the newest first",
    dependencies=[needs(Right.READ)],
)
def models(context: InContext, request: Request, query: Annotated[ModelsQuery, Query()]) -> VersionsOut:
    """What each was made of and why; which is at work, and who chose it."""
    if query.namespace is not None:
        context.status(query.namespace)
    found = versions(context.reader, query.namespace)
    return VersionsOut(items=list(map(VersionOut.of, found)), links=page_links(request, None))


class CompareQuery(NoQuery):
    """Which two."""

    old: str = Field(max_length=100, description="A version, or the beginning of one.")
    new: str = Field(max_length=100)


@router.get(f"{API}/models/compare", summary="How two models of a namespace differ", dependencies=[needs(Right.READ)])
def compared(context: InContext, request: Request, query: Annotated[CompareQuery, Query()]) -> ComparedOut:
    """Templates that only one knows, expected numbers that moved, and what each would flag in the last day."""
    old, new = find(context.reader, query.old), find(context.reader, query.new)
    found = compare(context.reader, old, new, context.detection)
    return ComparedOut.of(found, _standing(context, old), _standing(context, new), page_links(request, None)["self"])


@router.get(f"{API}/models/{{version}}", summary="One model", dependencies=[needs(Right.READ)])
def one_model(context: InContext, version: str, query: Annotated[NoQuery, Query()]) -> VersionOut:
    """By its version, or the beginning of it."""
    return VersionOut.of(_standing(context, find(context.reader, version)))


@router.post(
    f"{API}/models/choice",
    status_code=201,
    summary="Have an earlier model score a namespace, or release it",
    dependencies=[needs(Right.ADMIN)],
)
def choose(context: InContext, request: Request, body: ChoiceIn, query: Annotated[NoQuery, Query()]) -> ChoiceOut:
    """It stays at work until it is released; from then on training chooses again."""
    if context.say is None:
        raise ReadOnlyError("This page can only be read.", "Use `drainwatch models`, or the service's own page.")
    context.status(body.namespace)
    author, note = context.author(body.author), body.note.strip()
    if not body.version:
        made = release(context.reader, context.say, body.namespace, author, note)
        context.gate.audit.note(request.scope, Deed.MODEL_RELEASED, "", namespace=body.namespace)
        return ChoiceOut.of(made)
    card = find(context.reader, body.version, body.namespace)
    made = roll_back(context.reader, context.say, card, context.detection, author, note)
    context.gate.audit.note(request.scope, Deed.MODEL_CHOSEN, card.version, namespace=body.namespace)
    return ChoiceOut.of(made)


def _standing(context: Context, card: ModelCard) -> Version:
    return next(one for one in versions(context.reader, card.namespace) if one.card.version == card.version)
