"""One log-in at a provider that was begun: what ties its end to the browser in which it began.

All is made of one random secret that only a cookie of that browser holds: so nothing is kept here, any worker may
finish what another one began, and nobody logs another one's browser in
(https://www.rfc-editor.org/rfc/rfc9700#section-2.1).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from detector.access.returning import own_path

LASTS = 600
"""Seconds in which somebody has typed their password."""
AT_ONCE = 4
"""Tabs in which a browser may be about to log in; those of more are begun anew."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """`secret` is 32 random bytes as base64url; `back` is the path that was asked for."""

    secret: str
    back: str

    @property
    def state(self) -> str:
        """Comes back with the answer; names the cookie, too."""
        return self._made("state")

    @property
    def nonce(self) -> str:
        """Comes back within the ID token."""
        return self._made("nonce")

    @property
    def verifier(self) -> str:
        """Of PKCE (https://www.rfc-editor.org/rfc/rfc7636#section-4.1)."""
        return self._made("verifier")

    @property
    def stored(self) -> str:
        """The cookie's value."""
        return f"{self.secret}.{_base64(self.back.encode())}"

    def _made(self, what: str) -> str:
        return _base64(hmac.digest(self.secret.encode(), what.encode(), hashlib.sha256))


def restored(stored: str, state: str) -> Attempt | None:
    """The attempt that a cookie holds, where it is that of this state."""
    found = re.fullmatch(r"([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]*)", stored)
    if found is None:
        return None
    try:
        back = base64.urlsafe_b64decode(found[2] + "=" * (-len(found[2]) % 4)).decode()
    except ValueError:
        return None
    attempt = Attempt(found[1], own_path(back))
    return attempt if hmac.compare_digest(attempt.state.encode(), state.encode()) else None


def label(state: str) -> str:
    """What the cookie's name ends in: tabs that log in at the same time have one each."""
    return re.sub(r"[^A-Za-z0-9]", "", state[:64])[:12]


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
