"""Who asks, as a request's scope says it: the middleware puts it there, everything else reads it here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Request

from detector.access.principal import Principal

WHO = "drainwatch.who"
"""Key of the scope: the `Principal`. Nothing is there where nobody has to log in."""
STILL = "drainwatch.still"
"""Key of the scope: tells, whenever it is called, whether who asks would still be let in as they were. It may read the
store. Nothing is there where nobody has to log in."""


def asking(request: Request) -> Principal:
    """Who asks; where the scope says nothing, who anybody is to the application (`Context.who`)."""
    application: Any = request.app.state.drainwatch
    who: Principal = request.scope.get(WHO, application.who)
    return who


def still(request: Request) -> Callable[[], bool]:
    """Tells whether they would still be let in."""
    found: Callable[[], bool] = request.scope.get(STILL, lambda: True)
    return found
