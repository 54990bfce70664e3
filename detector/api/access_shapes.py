"""Tokens and the audit log, as JSON."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from detector.access.principal import Right
from detector.access.records import Act, Token
from detector.access.tokens import LONGEST_NAME, LONGEST_PATTERN, MOST_PATTERNS, right_of
from detector.api import access_examples as examples
from detector.api.forms import Links, Time, example, path
from detector.api.parameters import TimeText
from detector.api.times import rfc3339

Pattern = Annotated[str, Field(max_length=LONGEST_PATTERN)]


class TokenIn(BaseModel):
    """The token that is wanted; without a time it is one of 90 days."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [examples.TOKEN_IN]})

    name: str = Field(max_length=LONGEST_NAME, description="What it is for.")
    namespaces: Annotated[tuple[Pattern, ...], Field(max_length=MOST_PATTERNS)] = Field(
        (), description="Names, or patterns with `*`; `*` is all. Admin needs none: it holds everywhere."
    )
    right: Right = Field(Right.READ, description="Each includes those before it: `read`, `feedback`, `admin`.")
    expires: TimeText = None
    for_: Annotated[str | None, Field(alias="for", max_length=20, description="Or for how long: `1d`, `90d`.")] = None
    never: bool = Field(False, description="Whether it is one that never expires.")


class TokenOut(BaseModel):
    """A token without what its holder sends, which is shown once, when it is made."""

    model_config = example(examples.TOKEN)

    id: str
    name: str
    namespaces: list[str]
    right: Right
    author: str = Field(description="Who made it.")
    created: Time
    expires: Time | None = Field(description="Null for never.")
    revoked: Time | None
    used: Time | None = Field(description="When it was used last, give or take an hour; null for never.")
    active: bool = Field(description="Whether it opens anything now.")
    links: Links

    @classmethod
    def of(cls, token: Token, now: int) -> TokenOut:
        """From the token; `now` in microseconds UTC."""
        return cls(
            id=token.id,
            name=token.name,
            namespaces=list(token.namespaces),
            right=right_of(token),
            author=token.author,
            created=rfc3339(token.created),
            expires=_time(token.expires),
            revoked=_time(token.revoked),
            used=_time(token.used),
            active=token.holds(now),
            links={"self": path("tokens", token.id)},
        )


class TokenMadeOut(TokenOut):
    """The same with what its holder sends."""

    model_config = example(examples.TOKEN_MADE)

    token: str = Field(description="`Authorization: Bearer` and this. It is kept nowhere and never shown again.")


class TokensOut(BaseModel):
    """All that were ever made, the newest first."""

    items: list[TokenOut]
    links: Links


class ActOut(BaseModel):
    """Something that somebody did."""

    model_config = example(examples.ACT)

    id: str
    time: Time
    who: str = Field(description="Name of a person or token; of a shell's user for a command.")
    how: str = Field(description="`token <id>`, `session`, `command`, `open` where nobody has to log in, or `nobody`.")
    what: str = Field(description="Such as `token-made`, `log-in-refused`, `erased`, `denied`.")
    subject: str = Field(description="Of what: an id or a name.")
    namespace: str = Field(description="Where it is of one.")
    address: str = Field(description="From where, for requests.")
    detail: str

    @classmethod
    def of(cls, act: Act) -> ActOut:
        """From the act."""
        return cls(
            id=act.id,
            time=rfc3339(act.time),
            who=act.who,
            how=act.how,
            what=act.what,
            subject=act.subject,
            namespace=act.namespace,
            address=act.address,
            detail=act.detail,
        )


class ActsOut(BaseModel):
    """A page of the audit log, the newest first."""

    items: list[ActOut]
    next_cursor: str | None
    links: Links


def _time(at: int | None) -> str | None:
    return None if at is None else rfc3339(at)
