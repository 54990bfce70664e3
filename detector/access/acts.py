"""Makes what the audit log holds of things that somebody did.

Whoever does something of the kind writes it down once it is done: `store.say(act(by_request(who, address), Deed.…,
subject, now))`. A command does so with `by_command`, beside a service with `wiring.open_notes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from detector.access.principal import Kind, Principal
from detector.access.records import Act
from detector.findings import finding_id

MINUTE = 60_000_000
_LONGEST = 300
"""Characters of a text of an act: it is cut, so that nobody fills the log with one request."""


class Deed(StrEnum):
    """What is written down."""

    LOG_IN = "log-in"
    LOG_IN_REFUSED = "log-in-refused"
    LOG_OUT = "log-out"
    TOKEN_MADE = "token-made"
    TOKEN_REVOKED = "token-revoked"
    MODEL_CHOSEN = "model-chosen"
    MODEL_RELEASED = "model-released"
    FEEDBACK_GIVEN = "feedback-given"
    FEEDBACK_WITHDRAWN = "feedback-withdrawn"
    SILENCE_MADE = "silence-made"
    SILENCE_ENDED = "silence-ended"
    ERASED = "erased"
    BACKED_UP = "backed-up"
    RESTORED = "restored"
    SET_UP = "set-up"
    RELEASED = "released"
    DENIED = "denied"
    """Somebody known asked for what they may not do."""


@dataclass(frozen=True, slots=True)
class Doer:
    """Who does something, as an act names them."""

    who: str
    how: str
    address: str = ""


def by_request(who: Principal, address: str = "") -> Doer:
    """Somebody who asks over HTTP, from an address."""
    hows = {Kind.TOKEN: f"token {who.key}", Kind.PERSON: "session"}
    return Doer(who.name, hows.get(who.kind, who.kind.value), address)


def by_command(user: str) -> Doer:
    """The user of a shell, or of a job that runs a command."""
    return Doer(user, "command")


def act(by: Doer, deed: Deed, subject: str, now: int, *, namespace: str = "", detail: str = "") -> Act:
    """The act of now, microseconds UTC. `subject` is an id or name and `detail` for people: no secret, no line.

    Of the same parts it is the same act, so that writing it twice changes nothing.
    """
    told = tuple(map(_cut, (by.who, by.how, deed, subject, namespace, by.address, detail)))
    who, how, what, subject, namespace, address, detail = told
    return Act(finding_id("act", now, *told), now, who, how, what, subject, namespace, address, detail)


def repeated(by: Doer, deed: Deed, subject: str, now: int, times: int, *, namespace: str = "", detail: str = "") -> Act:
    """What somebody did again and again, as one act a minute, written over with how often it was by now.

    So a flood leaves one entry a minute of each who floods. The time is the beginning of the minute.
    """
    begin = now // MINUTE * MINUTE
    told = tuple(map(_cut, (by.who, by.how, deed, subject, namespace, by.address, detail)))
    who, how, what, subject, namespace, address, detail = told
    if times > 1:
        detail = f"{detail}; {times:,} times in this minute".removeprefix("; ")
    return Act(finding_id("acts", begin, *told), begin, who, how, what, subject, namespace, address, detail)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
