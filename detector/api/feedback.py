"""`/api/v1/feedback`: what people say of findings. Written as `detector.api.writes` allows it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from detector.access.acts import Deed
from detector.access.principal import Right
from detector.api.auth.rights import needs
from detector.api.context import Context, InContext
from detector.api.feedback_shapes import FeedbackIn, FeedbackListOut, FeedbackOut, SuggestionOut, SuggestionsOut
from detector.api.forms import API
from detector.api.parameters import NoQuery, TimeText, page_links
from detector.api.problems import ReadOnlyError
from detector.api.times import expiry, parse_time
from detector.feedback import active
from detector.findings import Feedback
from detector.saying import Saying, Wish, about, find, moment, say, subjects, take_back
from detector.suggestions import judged, suggest

router = APIRouter(tags=["feedback"])


class FeedbackQuery(NoQuery):
    """Whose feedback."""

    namespace: str | None = Field(None, max_length=500, description="Only this namespace's.")
    active: bool = Field(False, description="Only what holds now.")


@router.get(f"{API}/feedback", summary="What people said of findings, newest first", dependencies=[needs(Right.READ)])
def feedback(context: InContext, request: Request, query: Annotated[FeedbackQuery, Query()]) -> FeedbackListOut:
    """Also what expired or was taken back, unless told otherwise."""
    if query.namespace is not None:
        context.status(query.namespace)
    now = moment(context.reader, context.clock())
    found = context.reader.feedback(query.namespace)
    if query.active:
        holding = {one.id for one in found if active([one], max(now, one.created))}
        found = [one for one in found if one.id in holding]
    subject = subjects(context.reader)
    items = [FeedbackOut.of(one, subject(one), now) for one in reversed(found)]
    return FeedbackListOut(items=items, links=page_links(request, None))


class SuggestionsQuery(NoQuery):
    """Of which past."""

    namespace: str | None = Field(None, max_length=500, description="Only this namespace's.")
    since: TimeText = None


@router.get(
    f"{API}/feedback/suggestions",
    summary="What would bring peace, and what it would have changed",
    dependencies=[needs(Right.READ)],
)
def suggestions(context: InContext, request: Request, query: Annotated[SuggestionsQuery, Query()]) -> SuggestionsOut:
    """Measured on all that was told since (by default, ever): what lowers alerts and loses nothing marked real."""
    if query.namespace is not None:
        context.status(query.namespace)
    since = None if query.since is None else parse_time(query.since, moment(context.reader, context.clock()))
    told = judged(context.reader, context.detection, since, query.namespace)
    found = suggest(told, context.reader.feedback(query.namespace), context.detection.alert_budget)
    return SuggestionsOut(items=list(map(SuggestionOut.of, found)), links=page_links(request, None))


@router.get(f"{API}/feedback/{{feedback}}", summary="One word of feedback", dependencies=[needs(Right.READ)])
def one_feedback(context: InContext, feedback: str, query: Annotated[NoQuery, Query()]) -> FeedbackOut:
    """By its id."""
    return _shown(context, find(context.reader, feedback))


@router.post(
    f"{API}/feedback",
    status_code=201,
    summary="Mark an incident real or expected, or mute something",
    dependencies=[needs(Right.FEEDBACK)],
)
def give_feedback(
    context: InContext, request: Request, body: FeedbackIn, query: Annotated[NoQuery, Query()]
) -> FeedbackOut:
    """Said of the same thing again, it is prolonged or shortened; the word before stays, as taken back."""
    now = moment(context.reader, context.clock())
    wish = Wish(
        body.kind,
        body.incident,
        body.template,
        body.workload,
        body.namespace,
        expiry(body.until, body.for_, now),
        context.author(body.author),
        body.note.strip(),
    )
    said = say(context.reader, _writing(context), wish, now)
    context.gate.audit.note(request.scope, Deed.FEEDBACK_GIVEN, said.id, namespace=said.namespace, detail=about(said))
    return _shown(context, said)


@router.delete(f"{API}/feedback/{{feedback}}", summary="Take a word back", dependencies=[needs(Right.FEEDBACK)])
def withdraw_feedback(
    context: InContext, request: Request, feedback: str, query: Annotated[NoQuery, Query()]
) -> FeedbackOut:
    """It stays, with the time at which it was taken back."""
    now = moment(context.reader, context.clock())
    said = take_back(context.reader, _writing(context), feedback, now)
    context.gate.audit.note(
        request.scope, Deed.FEEDBACK_WITHDRAWN, said.id, namespace=said.namespace, detail=about(said)
    )
    return _shown(context, said)


def _writing(context: Context) -> Saying:
    if context.say is None:
        raise ReadOnlyError("This page can only be read.", "Use `drainwatch feedback`, or the service's own page.")
    return context.say


def _shown(context: Context, one: Feedback) -> FeedbackOut:
    return FeedbackOut.of(one, subjects(context.reader)(one), moment(context.reader, context.clock()))
