"""Who may do what an operation is for, and what the others are told."""

from __future__ import annotations

import pytest
from fastapi import FastAPI, Request

from detector.access.principal import NOBODY, OPEN, Grant, Kind, Principal, Right, principal
from detector.api.app import create_app
from detector.api.auth.rights import Needs
from detector.api.auth.who import STILL, WHO, asking, still
from detector.api.problems import UnknownCallerError
from detector.errors import ForbiddenError
from detector.store.sqlite import SqliteStore
from tests.loops import run
from tests.store.shop import minute

ANA = principal(Kind.PERSON, "ana", [Grant(("pay*",), frozenset({Right.READ}))])
EVA = principal(Kind.TOKEN, "eva", [Grant(("shop",), frozenset({Right.FEEDBACK}))])
ADA = principal(Kind.PERSON, "ada", [Grant(("*",), frozenset(Right))])
SAID = {
    Right.READ: "You may not read anything here.",
    Right.FEEDBACK: "You may not mark, mute or silence anything here.",
    Right.ADMIN: "You may not do this: it takes the right admin.",
}


@pytest.fixture
def app(store: SqliteStore) -> FastAPI:
    """Nobody has to log in here, but who comes may be known all the same."""
    return create_app(store, live=None, clock=lambda: minute(10), say=store.say)


def asked(app: FastAPI, who: Principal | None) -> Request:
    """A request of theirs, as the middleware hands it on; None: where there is none."""
    return Request({"type": "http", "app": app} | ({} if who is None else {WHO: who}))


def test_who_holds_the_right_anywhere_passes_and_the_others_are_told_whom_to_ask(app: FastAPI) -> None:
    eve = principal(Kind.PERSON, "eve", [])
    for who, held in ((eve, 0), (ANA, 1), (EVA, 2), (ADA, 3), (OPEN, 3), (None, 3)):
        for number, right in enumerate(Right):
            if number < held:
                run(Needs(right)(asked(app, who)))
                continue
            with pytest.raises(ForbiddenError) as refused:
                run(Needs(right)(asked(app, who)))
            assert str(refused.value) == f"{SAID[right]} Ask who runs drainwatch for it."


def test_nobody_is_told_to_log_in_rather_than_what_is_missing(app: FastAPI) -> None:
    for right in Right:
        with pytest.raises(UnknownCallerError) as refused:
            run(Needs(right)(asked(app, NOBODY)))
        assert str(refused.value) == ("Nobody is let in here without logging in. Send a token, or log in at /login.")
    run(Needs(None)(asked(app, NOBODY)))


def test_who_asks_is_whom_the_middleware_knows_and_else_anybody(app: FastAPI) -> None:
    assert [asking(asked(app, who)) for who in (ANA, NOBODY, None)] == [ANA, NOBODY, OPEN]


def test_somebody_is_still_let_in_until_the_middleware_says_otherwise(app: FastAPI) -> None:
    assert still(asked(app, None))() is True
    gone = asked(app, ANA)
    gone.scope[STILL] = lambda: False
    assert still(gone)() is False
