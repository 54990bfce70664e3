"""Who asks, and what they may."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

EVERY = "*"
"""The pattern of all namespaces, those to come and what is about drainwatch itself, too."""


class Right(StrEnum):
    """What somebody may; each includes those before it."""

    READ = "read"
    FEEDBACK = "feedback"
    """Mark, mute and silence, and take that back."""
    ADMIN = "admin"
    """All of it, in all namespaces: settings, tokens, the audit log, choosing models."""


class Kind(StrEnum):
    """How somebody is known."""

    OPEN = "open"
    """Not at all: nobody has to log in here."""
    NOBODY = "nobody"
    """Not at all, and that is not enough."""
    TOKEN = "token"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Grant:
    """Rights in some namespaces."""

    namespaces: tuple[str, ...]
    """Names, or patterns in which `*` stands for any text."""
    rights: frozenset[Right]


@dataclass(frozen=True, slots=True)
class Principal:
    """One who asks. Made by `principal`, which puts in what a right includes."""

    kind: Kind
    name: str
    """What feedback and acts are put down to; empty where nobody is known."""
    grants: tuple[Grant, ...]
    key: str = ""
    """Id of the token, or of the session: what limits are kept by; empty for the others."""

    def may(self, right: Right, pattern: str | None = None) -> bool:
        """Whether they have a right in a namespace, or in all that a pattern may ever stand for; None: in any."""
        return any(
            right in grant.rights and (pattern is None or any(_takes_in(own, pattern) for own in grant.namespaces))
            for grant in self.grants
        )

    def sees(self, namespace: str) -> bool:
        """Whether a namespace is theirs to read; only who sees everything sees what is about none of them (`""`)."""
        return self.may(Right.READ, namespace)

    @property
    def sees_all(self) -> bool:
        """Whether there is no namespace that they may not read."""
        return self.may(Right.READ, EVERY)

    @property
    def is_admin(self) -> bool:
        """Whether they may do everything."""
        return self.may(Right.ADMIN)


def principal(kind: Kind, name: str, grants: Iterable[Grant], key: str = "") -> Principal:
    """Who may give feedback may read, and who is admin may everything everywhere."""
    held = tuple(Grant(one.namespaces, one.rights | {Right.READ}) for one in grants if one.rights)
    if any(Right.ADMIN in one.rights for one in held):
        held = (Grant((EVERY,), frozenset(Right)),)
    return Principal(kind, name, held, key)


OPEN = principal(Kind.OPEN, "", (Grant((EVERY,), frozenset(Right)),))
"""Everybody, where nobody has to log in."""
NOBODY = principal(Kind.NOBODY, "", ())


def _takes_in(own: str, pattern: str) -> bool:
    """Whether all that a pattern stands for fits another one of ours.

    What its star stands for is any text, so only a star of ours can take it in: the pattern is looked at as a name, in
    which `*` is a letter like any other. What is about no namespace, the empty name, fits `*` alone.
    """
    return _compiled(own).fullmatch(pattern) is not None if pattern else own == EVERY


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, re.split(r"\*+", pattern))), re.DOTALL)
