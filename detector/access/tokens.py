"""Keys to the API: `dw_<id>_<secret>`. Who holds one is told by the id; that they do, by the digest of the secret.

A secret is 256 random bits: nobody finds it by trying, so a plain SHA-256 of it is as good as a slow hash
(https://pages.nist.gov/800-63-4/sp800-63b.html, section 3.1.2: look-up secrets of 112 bits and more).
"""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass
from hashlib import sha256

from detector.access.principal import EVERY, Grant, Kind, Principal, Right, principal
from detector.access.records import Token
from detector.errors import UsageError
from detector.moments import moment

DAY = 86_400_000_000
USUAL_LENGTH = 90 * DAY
"""Microseconds, where nothing else is said."""
LONGEST_NAME, LONGEST_PATTERN, MOST_PATTERNS = 100, 253, 50
ENTROPY = 10 + 32
"""Random bytes that a token is made of."""
_WRITTEN = re.compile(r"dw_([a-z2-7]{16})_([A-Za-z0-9_-]{43})")
_NAME = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_PATTERN = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_NOBODYS = "0" * 64


@dataclass(frozen=True, slots=True)
class Wish:
    """The token that somebody wants."""

    name: str
    """What it is for."""
    namespaces: tuple[str, ...]
    """Names, or patterns such as `pay*`; not needed for admin, who may everything everywhere."""
    right: Right
    expires: int | None
    """Microseconds UTC; None for never."""


def make(wish: Wish, author: str, now: int, entropy: bytes) -> tuple[Token, str]:
    """A token, and what its holder sends, which is kept nowhere; of `ENTROPY` random bytes.

    Raises `UsageError` for a wish that can't be.
    """
    checked = _checked(wish, now)
    id_ = base64.b32encode(entropy[:10]).decode().lower()
    secret = base64.urlsafe_b64encode(entropy[10:ENTROPY]).decode().rstrip("=")
    namespaces = (EVERY,) if checked.right is Right.ADMIN else checked.namespaces
    token = Token(
        id_, checked.name, _digest(secret), namespaces, (checked.right,), author[:LONGEST_NAME], now, checked.expires
    )
    return token, f"dw_{id_}_{secret}"


def id_of(sent: str) -> str | None:
    """The id in what somebody sent; None where that is no token of ours."""
    found = _WRITTEN.fullmatch(sent)
    return None if found is None else found[1]


def opens(token: Token | None, sent: str, now: int) -> bool:
    """Whether what was sent is this token, and it holds at a time; takes as long where there is no such token."""
    found = _WRITTEN.fullmatch(sent)
    fits = hmac.compare_digest(_digest(found[2] if found else ""), _NOBODYS if token is None else token.digest)
    return fits and token is not None and found is not None and found[1] == token.id and token.holds(now)


def holder(token: Token) -> Principal:
    """Who asks with it."""
    return principal(Kind.TOKEN, token.name, (Grant(token.namespaces, frozenset(token.rights)),), token.id)


def exceeds(wish: Wish, who: Principal) -> str | None:
    """What a wished token could do that its maker can't; None where that is nothing."""
    if wish.right is Right.ADMIN:
        return None if who.is_admin else "administer"
    missing = [one for one in wish.namespaces if not who.may(wish.right, one)]
    return f"{wish.right} in {', '.join(missing)}" if missing else None


def right_of(token: Token) -> Right:
    """The one that includes its others."""
    return max(token.rights, key=list(Right).index)


def told(token: Token) -> str:
    """What it may, and until when, for people."""
    right, until = (
        right_of(token),
        "for ever" if token.expires is None else f"until {moment(token.expires):%Y-%m-%dT%H:%M:%SZ}",
    )
    return f"{token.name}: {right} in {', '.join(token.namespaces)} {until}"


def _checked(wish: Wish, now: int) -> Wish:
    name = wish.name.strip()
    if not name or len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        raise UsageError(
            "A token needs a name: what it is for.", f"At most {LONGEST_NAME} characters, in one line: grafana."
        )
    namespaces = tuple(dict.fromkeys(one.strip() for one in wish.namespaces))
    if not namespaces and wish.right is not Right.ADMIN:
        raise UsageError("A token needs namespaces that it is for.", "Names, or patterns such as pay*; * is all.")
    if len(namespaces) > MOST_PATTERNS:
        raise UsageError(f"A token is for {MOST_PATTERNS} namespaces at most.", "Use a pattern: pay*.")
    for one in namespaces:
        if len(one) > LONGEST_PATTERN or not _PATTERN.fullmatch(one):
            raise UsageError(f"{one[:80]!r} is no namespace nor a pattern of some.", "Write it like payments or pay*.")
    if wish.expires is not None and wish.expires <= now:
        raise UsageError("The token would have expired already.", "Name a later time.")
    return Wish(name, namespaces, wish.right, wish.expires)


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
