"""`/api/v1/silences`: what people don't want to be told of for a time; written as feedback is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from detector.access.acts import Deed
from detector.access.principal import Right
from detector.alert import Silence
from detector.api.auth.rights import needs
from detector.api.context import Context, InContext
from detector.api.forms import API
from detector.api.parameters import NoQuery, named_time, page_links
from detector.api.problems import ReadOnlyError
from detector.api.silence_shapes import SilenceIn, SilenceOut, SilencesOut
from detector.api.times import expiry
from detector.saying import Saying
from detector.silencing import SilenceWish, about, end, find, in_force, silence, subjects

router = APIRouter(tags=["silences"])


class SilencesQuery(NoQuery):
    """Which silences."""

    active: bool = Field(False, description="Only those in force now.")


@router.get(
    f"{API}/silences", summary="What people don't want to be told of, newest first", dependencies=[needs(Right.READ)]
)
def silences(context: InContext, request: Request, query: Annotated[SilencesQuery, Query()]) -> SilencesOut:
    """Also what is over or was taken back, unless told otherwise."""
    now = context.clock()
    found = context.reader.silences()
    if query.active:
        found = in_force(found, now)
    subject = subjects(context.reader)
    items = [SilenceOut.of(one, subject(one), now) for one in reversed(found)]
    return SilencesOut(items=items, links=page_links(request, None))


@router.get(f"{API}/silences/{{silence}}", summary="One silence", dependencies=[needs(Right.READ)])
def one_silence(context: InContext, silence: str, query: Annotated[NoQuery, Query()]) -> SilenceOut:
    """By its id."""
    return _shown(context, find(context.reader, silence), context.clock())


@router.post(
    f"{API}/silences",
    status_code=201,
    summary="Be told nothing of a namespace, workload or template",
    dependencies=[needs(Right.FEEDBACK)],
)
def make_silence(
    context: InContext, request: Request, body: SilenceIn, query: Annotated[NoQuery, Query()]
) -> SilenceOut:
    """From now, or from a time to come on, until a time or for so long; said again, it is prolonged or shortened."""
    now = context.clock()
    since = named_time("since", body.since, now)
    wish = SilenceWish(
        body.namespace.strip(),
        body.workload.strip(),
        body.template.strip(),
        # A length begins with the silence; a time relative to now is just that.
        expiry(body.until, body.for_, now if body.for_ is None else max(now, since or now)),
        context.author(body.author),
        body.note.strip(),
        since,
    )
    made = silence(context.reader, _writing(context), wish, now)
    context.gate.audit.note(request.scope, Deed.SILENCE_MADE, made.id, namespace=made.namespace, detail=about(made))
    return _shown(context, made, now)


@router.delete(f"{API}/silences/{{silence}}", summary="End a silence", dependencies=[needs(Right.FEEDBACK)])
def end_silence(context: InContext, request: Request, silence: str, query: Annotated[NoQuery, Query()]) -> SilenceOut:
    """It stays, with the time at which it was taken back."""
    now = context.clock()
    ended = end(context.reader, _writing(context), silence, now)
    context.gate.audit.note(request.scope, Deed.SILENCE_ENDED, ended.id, namespace=ended.namespace, detail=about(ended))
    return _shown(context, ended, now)


def _writing(context: Context) -> Saying:
    if context.say is None:
        raise ReadOnlyError("This page can only be read.", "Use `drainwatch silence`, or the service's own page.")
    return context.say


def _shown(context: Context, one: Silence, now: int) -> SilenceOut:
    return SilenceOut.of(one, subjects(context.reader)(one), now)
