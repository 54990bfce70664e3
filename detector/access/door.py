"""What the page says to whoever is about to log in, or couldn't."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Door:
    """The content of the page at `/login`."""

    back: str
    """The path that was asked for, one of our own."""
    provider: str
    """Host of the provider of OpenID Connect; empty where there is none."""
    status: int = 200
    """Of the answer."""
    problem: str = ""
    """What went wrong, a sentence."""
    advice: str = ""
    """What to do about it."""
    person: str = ""
    """Who the provider says it is, where they may do nothing here."""
    groups: Sequence[str] = ()
    """Theirs."""
    is_out: bool = False
    """Whether somebody has just logged out."""
