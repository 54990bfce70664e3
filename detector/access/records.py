"""What the store keeps of who may come in and of what they did. Times are microseconds UTC, by the clock."""

from __future__ import annotations

from dataclasses import dataclass

from detector.access.principal import Right


@dataclass(frozen=True, slots=True)
class Token:
    """A key to the API. What its holder sends is shown once, when it is made; only a digest of it is kept."""

    id: str
    """Stands in what its holder sends, and in the list of tokens."""
    name: str
    """What it is for."""
    digest: str
    """SHA-256 of its secret part, hexadecimal: that is 256 random bits, which nobody guesses from it."""
    namespaces: tuple[str, ...]
    """As `Principal.namespaces`."""
    rights: tuple[Right, ...]
    author: str
    """Who made it."""
    created: int
    expires: int | None
    """None for never."""
    revoked: int | None = None
    """When it was taken back; it stays in the list."""
    used: int | None = None
    """When it was used last, give or take an hour."""

    def holds(self, at: int) -> bool:
        """Whether it opens anything at a time."""
        return self.created <= at and (self.expires is None or at < self.expires) and self.revoked is None


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which somebody has logged in. The cookie holds a secret of which only the digest is kept."""

    id: str
    """SHA-256 of the cookie's secret, hexadecimal."""
    name: str
    """Of the person, for people: as the provider tells it, or the token's."""
    subject: str
    """Who it is, for good: issuer and `sub` of OpenID Connect; empty where a token was shown."""
    groups: tuple[str, ...]
    """As the provider told them; what they stand for is looked up at each request."""
    token: str
    """Id of the token that was shown instead; with it ends the session."""
    created: int
    expires: int
    ended: int | None = None
    """When somebody logged out."""

    def holds(self, at: int) -> bool:
        """Whether it is in force at a time."""
        return self.created <= at < self.expires and self.ended is None


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody did and that others may want to know of later; never changed, kept for a time."""

    id: str
    time: int
    who: str
    """Name of a person or token; of a shell's user for a command."""
    how: str
    """`token <id>`, `session`, `command`, `open` where nobody has to log in, or `nobody`."""
    what: str
    """In words with hyphens: `log-in`, `log-in-refused`, `token-made`, `token-revoked`, `model-chosen`, `erased` …"""
    subject: str
    """Of what: id or name; never a secret, nor a line."""
    namespace: str = ""
    """Where it is of one."""
    address: str = ""
    """From where, for requests."""
    detail: str = ""
    """More, for people."""
