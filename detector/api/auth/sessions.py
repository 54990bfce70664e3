"""Log-ins at the page: made, found by their cookie, ended. They are in the store, so that any worker knows them."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from starlette.types import Scope

from detector.access.people import Person, grants_of
from detector.access.principal import Kind, Principal, principal
from detector.access.records import Session, Token
from detector.api.auth import cookies
from detector.api.problems import ReadOnlyError
from detector.saying import Saying
from detector.settings import micros
from detector.settings.access import AccessSettings
from detector.store.port import Reader

REMEMBERED = 1_000_000
"""Microseconds for which a session isn't looked up again: as long may one live on that was ended at another worker."""
_MOST = 10_000
"""Sessions that are remembered, and ID tokens that are kept to log out with."""
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


BY = "drainwatch.session"
"""Where a request's scope has the session that it comes by, where it comes by one."""


class Sessions:
    """`clock` gives microseconds UTC, `random` so many random bytes; `say` is None where nothing can be written."""

    def __init__(
        self,
        reader: Reader,
        say: Saying | None,
        settings: AccessSettings,
        clock: Callable[[], int],
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._reader, self._say, self._settings = reader, say, settings
        self._clock, self._random = clock, random
        self._found: OrderedDict[str, tuple[int, Session | None]] = OrderedDict()
        self._hints: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()

    def person(self, found: Person, id_token: str) -> tuple[str, Session]:
        """Log somebody in who was sent back by the provider; the cookie's secret, and what is kept."""
        now = self._clock()
        secret, session = self._made(found.name, now, now + micros(self._settings.session))
        session = replace(session, subject=found.subject, groups=found.groups)
        self._write(session)
        with self._lock:
            self._hints[session.id] = id_token
            while len(self._hints) > _MOST:
                self._hints.popitem(last=False)
        return secret, session

    def holder(self, token: Token) -> tuple[str, Session]:
        """Log somebody in who showed a token, which has been checked; the session ends with the token."""
        now = self._clock()
        until = now + micros(self._settings.session)
        until = until if token.expires is None else min(until, token.expires)
        secret, session = self._made(token.name, now, until)
        session = replace(session, token=token.id)
        self._write(session)
        return secret, session

    def find(self, secret: str) -> Session | None:
        """The session of a cookie, where it is in force."""
        if not _SECRET.fullmatch(secret):
            return None
        session_id, now = _digest(secret), self._clock()
        with self._lock:
            looked, known = self._found.get(session_id, (0, None))
        if known is None or not 0 <= now - looked < REMEMBERED:
            known = self._reader.session(session_id)
            self._remember(session_id, now, known)
        return known if known is not None and known.holds(now) else None

    def of_request(
        self, scope: Scope, token: Callable[[str], Principal | None], *, secure: bool
    ) -> tuple[Session, Principal] | None:
        """The session whose cookie a request brings, and who that is; None where there is none that is in force."""
        secret = cookies.given(scope).get(cookies.name_of(cookies.SESSION, secure=secure))
        session = self.find(secret) if secret else None
        who = self.who(session, token) if session else None
        if session is None or who is None:
            return None
        scope[BY] = session
        return session, who

    def end(self, session: Session) -> str | None:
        """Log somebody out; the ID token that they were logged in by, where it is still there."""
        self._write(replace(session, ended=self._clock()))
        with self._lock:
            return self._hints.pop(session.id, None)

    def who(self, session: Session, token: Callable[[str], Principal | None]) -> Principal | None:
        """Who it is of, and what they may now, by the roles in force; None where that is nothing.

        `token` gives the principal of a token by its id, None where it isn't in force.
        """
        if not session.token:
            found = self.stands_for(Person(session.name, session.subject, session.groups), session.id)
            return found if found.grants else None
        holder = token(session.token)
        return None if holder is None else replace(holder, key=holder.key or session.id)

    def stands_for(self, found: Person, key: str = "") -> Principal:
        """Somebody whom the provider knows, with what their groups may by now; without grants where that is nothing."""
        return principal(Kind.PERSON, found.name, grants_of(found.groups, self._settings.roles), key)

    def _made(self, name: str, now: int, until: int) -> tuple[str, Session]:
        secret = base64.urlsafe_b64encode(self._random(32)).decode().rstrip("=")
        return secret, Session(_digest(secret), name, "", (), "", now, until)

    def _write(self, session: Session) -> None:
        if self._say is None:
            raise ReadOnlyError("Nobody can log in here.", "The service that writes to this store takes log-ins.")
        self._say(session)
        self._remember(session.id, self._clock(), session)

    def _remember(self, session_id: str, now: int, session: Session | None) -> None:
        if session is None:
            return  # whoever sends secrets that are none would have us forget those that are some
        with self._lock:
            self._found[session_id] = now, session
            self._found.move_to_end(session_id)
            while len(self._found) > _MOST:
                self._found.popitem(last=False)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
