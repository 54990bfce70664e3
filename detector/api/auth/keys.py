"""The tokens that there are, as a request needs them: looked up often, read seldom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Lock

import structlog

from detector.access.principal import Principal
from detector.access.records import Token
from detector.access.tokens import holder, id_of, opens
from detector.errors import StoreError
from detector.saying import Saying
from detector.store.port import Reader

log = structlog.get_logger("drainwatch.service")

LOOK_EVERY = 0.5
"""Seconds: so much later at most a token is refused that was revoked by another process."""
LOOK_AGAIN = 0.1
"""Seconds: what is unknown may have been made a moment ago, but isn't read for whatever is sent."""
USED_EVERY = 3_600_000_000
"""Microseconds between two notes of when a token was used."""


class Keys:
    """Usable from several threads. `clock` gives microseconds UTC, `monotonic` seconds that only grow."""

    def __init__(
        self, reader: Reader, say: Saying | None, clock: Callable[[], int], monotonic: Callable[[], float]
    ) -> None:
        self._reader, self._say = reader, say
        self._clock, self._monotonic = clock, monotonic
        self._lock = Lock()
        self._tokens: dict[str, Token] = {}
        self._looked = float("-inf")
        self._used: dict[str, int] = {}
        """When those were used last that were used since the start, and noted."""

    def open(self, sent: str) -> Principal | None:
        """Who sent a token; None for anything that is none, or none that holds, whichever it is.

        Raises `StoreError` where the store can't be read and nothing is known of it.
        """
        id_ = id_of(sent) or ""
        for patience in (LOOK_EVERY, LOOK_AGAIN):
            token = self._known(patience).get(id_)
            if opens(token, sent, self._clock()) and token is not None:
                self._note(token)
                return holder(token)
        return None

    def holder(self, token_id: str) -> Principal | None:
        """Who has the token of an id, as long as it holds."""
        token = self._known(LOOK_EVERY).get(token_id)
        return holder(token) if token is not None and token.holds(self._clock()) else None

    def token(self, token_id: str) -> Token | None:
        """The token of an id, also one that doesn't hold any more."""
        return self._known(LOOK_EVERY).get(token_id)

    def forget(self) -> None:
        """Look anew the next time: something was written."""
        with self._lock:
            self._looked = float("-inf")

    def _known(self, patience: float) -> dict[str, Token]:
        with self._lock:
            if self._monotonic() - self._looked >= patience:
                # Before it is read, so that what is written meanwhile is seen the next time.
                looked = self._monotonic()
                self._tokens = {one.id: one for one in self._reader.tokens()}
                self._looked = looked
            return self._tokens

    def _note(self, token: Token) -> None:
        now = self._clock()
        with self._lock:
            last = max(self._used.get(token.id, 0), token.used or 0)
            if self._say is None or 0 <= now - last < USED_EVERY:
                return
            self._used[token.id] = now
        try:
            # As it is now: nobody shall bring back what was revoked meanwhile.
            fresh = next((one for one in self._reader.tokens() if one.id == token.id), None)
            if fresh is not None and fresh.holds(now):
                self._say(replace(fresh, used=now))
        except StoreError as error:
            log.warning("use of a token not noted", token=token.id, problem=error.problem)
