"""The audit log, as the HTTP side writes it: into the store, and into the log of the service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import structlog
from starlette.types import Scope

from detector.access.acts import Deed, Doer, act, by_request, repeated
from detector.access.principal import OPEN, Principal
from detector.access.records import Act
from detector.api.auth.failures import Failures
from detector.api.auth.who import WHO
from detector.errors import StoreError
from detector.saying import Saying
from detector.serving.clients import client_of

MOST, HOUR = 100, 3_600.0
"""Entries of what is done again and again, and seconds in which they are so many."""
_ALL = "all"

log = structlog.get_logger("drainwatch.service")


class Audit:
    """Usable from several threads; `say` is None where nothing can be written. Times are microseconds UTC."""

    def __init__(self, say: Saying | None, clock: Callable[[], int], monotonic: Callable[[], float]) -> None:
        self._say, self._clock = say, clock
        self._often, self._entries = Failures(monotonic), Failures(monotonic, MOST, HOUR)

    def note(
        self,
        scope: Scope,
        deed: Deed,
        subject: str,
        *,
        who: Principal | None = None,
        namespace: str = "",
        detail: str = "",
    ) -> None:
        """Write down what was done by a request; `who` did it, else who is known to ask.

        It was done already: where it can't be written that is logged, with the act, and nothing is raised.
        """
        self._keep(act(_doer(scope, who), deed, subject, self._clock(), namespace=namespace, detail=detail))

    def note_again(
        self, scope: Scope, deed: Deed, subject: str, *, who: Principal | None = None, detail: str = ""
    ) -> None:
        """Likewise of what may be done over and over: one entry a minute, which says how often.

        After `MOST` such entries in an hour, all others are one a minute: no crowd of addresses fills the disk.
        """
        doer, now = _doer(scope, who), self._clock()
        doer = replace(doer, address=client_of(doer.address))
        if self._entries.wait(_ALL) > 0:
            doer, subject, detail = Doer("", doer.how, "many"), "", ""
        times = self._often.add(repeated(doer, deed, subject, now, 1, detail=detail).id)
        if times == 1:
            self._entries.add(_ALL)
        if _worth_writing(times):
            self._keep(repeated(doer, deed, subject, now, times, detail=detail))

    def _keep(self, done: Act) -> None:
        told = {
            name: text
            for name in ("what", "who", "how", "subject", "namespace", "address", "detail")
            if (text := getattr(done, name))
        }
        log.info("audit", **told)
        if self._say is None:
            return
        try:
            self._say(done)
        except StoreError as error:
            log.error("act not kept", act=done.id, problem=error.problem, advice=error.advice)


def address_of(scope: Scope) -> str:
    """From where a request comes, as far as trusted proxies say."""
    client = scope.get("client")
    return client[0] if client else ""


def _doer(scope: Scope, who: Principal | None) -> Doer:
    return by_request(who or scope.get(WHO, OPEN), address_of(scope))


def _worth_writing(times: int) -> bool:
    """The first, then ever fewer: a flood must not write once for each."""
    return times & (times - 1) == 0
