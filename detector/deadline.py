"""Until when what is being done for somebody is worth doing: they don't wait any longer.

Kept in a context variable, so that it goes along from the event loop into the thread that works on an answer.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_UNTIL: ContextVar[float | None] = ContextVar("drainwatch_until", default=None)
"""By `time.monotonic`; None for as long as it takes."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What is begun inside has so many seconds."""
    token = _UNTIL.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _UNTIL.reset(token)


def is_over() -> bool:
    """Whether nobody waits any more for what is done here."""
    until = _UNTIL.get()
    return until is not None and time.monotonic() > until


def left() -> float | None:
    """Seconds that are left, 0 where it is over; None where it takes as long as it does."""
    until = _UNTIL.get()
    return None if until is None else max(until - time.monotonic(), 0.0)


LATE = "it takes longer than an answer may"
"""Why the store gives something up."""
EARLIER = "Ask for less at once: a shorter time, or one namespace. Or set service.answer_within."
"""What to do about that."""
