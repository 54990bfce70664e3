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
RECENT = 1.0
"""Seconds: older than that, what is known isn't taken for what is stored while somebody looks."""
PAUSE = 5.0
"""Seconds until a store that could not be read is asked again."""
GRACE = 3_600.0
"""Seconds for which tokens hold on that were known when the store went away."""
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
        self._looking, self._noting = Lock(), Lock()
        self._tokens: dict[str, Token] | None = None
        """As they were when they were last read; None where they never were."""
        self._read = self._looked = self._failed = float("-inf")
        """When they were, when that was last tried, and when it failed."""
        self._error: StoreError | None = None
        """Why that was."""
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
        with self._looking:
            self._looked = float("-inf")

    def _known(self, patience: float) -> dict[str, Token]:
        # While another thread looks, which a store that is away draws out, what was read a moment ago is good enough.
        known = self._tokens
        recent = self._error is not None or self._monotonic() - self._read < RECENT
        if not self._looking.acquire(blocking=known is None or not recent):
            return known or {}
        try:
            now = self._monotonic()
            if now - self._looked >= patience and now - self._failed >= PAUSE:
                # Before it is read, so that what is written meanwhile is seen the next time.
                self._looked = now
                self._look(now)
            if self._tokens is None and self._error is not None:
                raise self._error
            return self._tokens or {}
        finally:
            self._looking.release()

    def _look(self, now: float) -> None:
        try:
            self._tokens, self._error = {one.id: one for one in self._reader.tokens()}, None
            self._read = now
        except StoreError as error:
            self._failed, self._error = self._monotonic(), error
            if self._tokens is None or now - self._read >= GRACE:
                self._tokens = None
                return
            # Nobody reads what the store holds meanwhile, and somebody has to see that it is away.
            log.warning("tokens not read", problem=error.problem, advice="Those that were known hold on for a while.")

    def _note(self, token: Token) -> None:
        now = self._clock()
        with self._noting:
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
