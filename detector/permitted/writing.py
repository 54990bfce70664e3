"""What people say, where they have the right to it in the namespace that it is about."""

from __future__ import annotations

from dataclasses import replace

from detector.access.principal import Principal, Right
from detector.access.records import Token
from detector.alert import Silence
from detector.errors import ForbiddenError
from detector.findings import Feedback, ModelChoice
from detector.saying import Saying, shown
from detector.store.port import Reader, Word


def allowed(write: Saying, reader: Reader, who: Principal) -> Saying:
    """Writes what may be said, and raises `ForbiddenError` for what may not; `reader` is of the whole store.

    What somebody saw in part is kept whole: as who sees everything would have said it. What the service itself writes
    of them, sessions and acts, is none of their doing.
    """
    if who.is_admin:
        return write

    def say(said: Word, /) -> None:
        if isinstance(said, ModelChoice | Token):
            raise ForbiddenError("This takes the right admin, which you don't have.", "Ask who runs drainwatch for it.")
        if isinstance(said, Feedback | Silence) and not who.may(Right.FEEDBACK, said.namespace):
            raise ForbiddenError(
                f"You lack the right feedback in {shown(said.namespace)}.",
                "Say it of a namespace in which you have it, or ask who runs drainwatch for it.",
            )
        write(_whole(said, reader) if isinstance(said, Feedback) else said)

    return say


def _whole(said: Feedback, reader: Reader) -> Feedback:
    known = next((one for one in reader.feedback(said.namespace) if one.id == said.id), None)
    if known is not None:  # of what was said before only that it is taken back may be new
        return replace(known, withdrawn=said.withdrawn)
    incident = reader.incident(said.incident) if said.incident else None
    if incident is None:
        return said
    return replace(said, like=tuple(replace(reason, samples=()) for reason in incident.reasons))
