"""`/api/v1/tokens`: keys to the API, made, listed and taken back by who runs drainwatch."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request

from detector.access.acts import Deed
from detector.access.principal import Right
from detector.access.tokens import ENTROPY, USUAL_LENGTH, Wish, exceeds, make, told
from detector.api.access_shapes import TokenIn, TokenMadeOut, TokenOut, TokensOut
from detector.api.auth.rights import needs
from detector.api.context import Context, InContext, shown
from detector.api.forms import API
from detector.api.parameters import NoQuery, page_links
from detector.api.problems import NotFoundError, ReadOnlyError
from detector.api.times import expiry
from detector.errors import ForbiddenError, UsageError
from detector.saying import Saying

router = APIRouter(tags=["access"])


@router.get(f"{API}/tokens", summary="Keys to the API, the newest first", dependencies=[needs(Right.ADMIN)])
def tokens(context: InContext, request: Request, query: Annotated[NoQuery, Query()]) -> TokensOut:
    """Also those that expired or were revoked; never what their holders send."""
    now = context.clock()
    items = [TokenOut.of(one, now) for one in reversed(context.reader.tokens())]
    return TokensOut(items=items, links=page_links(request, None))


@router.post(f"{API}/tokens", status_code=201, summary="Make a key to the API", dependencies=[needs(Right.ADMIN)])
def make_token(context: InContext, request: Request, body: TokenIn, query: Annotated[NoQuery, Query()]) -> TokenMadeOut:
    """What its holder sends is in this answer, and nowhere else. Nobody makes one that may do more than they do."""
    write, now = _writing(context), context.clock()
    wish = Wish(body.name, tuple(body.namespaces), body.right, _expires(body, now))
    token, sent = make(wish, context.who.name, now, context.gate.random(ENTROPY))
    if (more := exceeds(wish, context.who)) is not None:
        raise ForbiddenError(f"Nobody can hand out what they may not do: {more}.", "Ask who runs drainwatch for it.")
    write(token)
    context.gate.keys.forget()
    context.gate.audit.note(request.scope, Deed.TOKEN_MADE, token.id, detail=told(token))
    return TokenMadeOut(**TokenOut.of(token, now).model_dump(), token=sent)


@router.delete(f"{API}/tokens/{{token}}", summary="Revoke a key to the API", dependencies=[needs(Right.ADMIN)])
def revoke_token(context: InContext, request: Request, token: str, query: Annotated[NoQuery, Query()]) -> TokenOut:
    """It stays in the list, with the time; every worker refuses it within a second."""
    write, now = _writing(context), context.clock()
    found = next((one for one in context.reader.tokens() if one.id == token), None)
    if found is None:
        raise NotFoundError(f"There is no token {shown(token)}.", f"They are at {API}/tokens.")
    if found.revoked is None:
        found = replace(found, revoked=now)
        write(found)
        context.gate.keys.forget()
        context.gate.audit.note(request.scope, Deed.TOKEN_REVOKED, found.id, detail=found.name)
    return TokenOut.of(found, now)


def _expires(body: TokenIn, now: int) -> int | None:
    if body.never:
        if body.expires is not None or body.for_ is not None:
            raise UsageError("A token that never expires has no time.", "Leave one of them out.")
        return None
    ends = expiry(body.expires, body.for_, now)
    return now + USUAL_LENGTH if ends is None else ends


def _writing(context: Context) -> Saying:
    if context.say is None:
        raise ReadOnlyError("This page can only be read.", "Use `drainwatch token`, or the service's own page.")
    return context.say
