"""Who may come in: what an application is told of it, and what it makes of that."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from detector.access.principal import Kind, Principal
from detector.access.records import Session
from detector.api.auth.audit import Audit
from detector.api.auth.failures import Failures
from detector.api.auth.keys import Keys
from detector.saying import Saying
from detector.settings.access import AccessSettings
from detector.store.port import Reader


@dataclass(frozen=True, slots=True)
class Access:
    """How people and programs are known."""

    settings: AccessSettings
    random: Callable[[int], bytes] = secrets.token_bytes
    """So many random bytes, of which tokens and sessions are made."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that only grow."""
    page: str = ""
    """`alerts.page`: where people reach the page."""
    behind_proxy: bool = False
    """`service.behind_proxy`."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What those need who let somebody in, or write down what they did; one for an application."""

    settings: AccessSettings
    random: Callable[[int], bytes]
    reader: Reader
    clock: Callable[[], int]
    keys: Keys
    failures: Failures
    """Of tokens, by address."""
    audit: Audit

    def still(self, who: Principal, session: Session | None) -> bool:
        """Whether somebody may still come in who did a moment ago, by this session where there is one.

        Raises `StoreError` where that can't be known.
        """
        if session is not None:
            now = self.reader.session(session.id)
            if now is None or not now.holds(self.clock()):
                return False
        return who.kind is not Kind.TOKEN or self.keys.holder(who.key) is not None


def gate(access: Access, reader: Reader, say: Saying | None, clock: Callable[[], int]) -> Gate:
    """Of an application over this store; `clock` gives microseconds UTC."""
    return Gate(
        access.settings,
        access.random,
        reader,
        clock,
        Keys(reader, say, clock, access.monotonic),
        Failures(access.monotonic),
        Audit(say, clock, access.monotonic),
    )
