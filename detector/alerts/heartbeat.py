"""A sign of life: an address is asked for while all is well, so that somebody else notices when it isn't any more.

Dead man's snitches, healthchecks.io, Uptime Kuma and the like take a GET.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from detector.settings.kinds import micros
from detector.store.port import Reader

if TYPE_CHECKING:
    from detector.outgoing import Network

log = structlog.get_logger("drainwatch.alerts")

_TIMEOUT = 10.0
"""Seconds."""
_STALE = 60_000_000
"""What was seen to be well longer ago isn't known to be (microseconds)."""


class Heartbeat:
    """A job beside detection; `well_at` says when all was last seen to be well, `clock` is in microseconds UTC, too."""

    name = "heartbeat"
    notices: Sequence[str] = ()

    def __init__(
        self,
        address: str,
        every: timedelta,
        well_at: Callable[[], int | None],
        clock: Callable[[], int],
        inside: Collection[Network] | None = None,
    ) -> None:
        """`inside`: networks of private addresses that it may be at; None: any."""
        self.every = every
        self._address, self._inside, self._well_at, self._clock = address, inside, well_at, clock
        self._failing = False

    def turn(self, store: Reader) -> None:
        """Give the sign, where all is well; that it didn't arrive is logged, as whoever waits for it says the rest."""
        well_at = self._well_at()
        if well_at is None or self._clock() - well_at > max(_STALE, micros(self.every)):
            return
        problem = _ask(self._address, self._inside)
        if problem and not self._failing:
            log.warning("no heartbeat", problem=problem, advice="See alerts.heartbeat, and whether it can be reached.")
        elif self._failing and not problem:
            log.info("heartbeat again")
        self._failing = bool(problem)

    def let_go(self) -> None:
        """Nothing is held."""


def _ask(address: str, inside: Collection[Network] | None) -> str:
    """What went wrong, without the address, which is a secret; empty where it was answered."""
    import httpx2  # only where it is wanted: the import takes a while

    from detector.outgoing import Guard, InsideError, Outgoing

    transport = None if inside is None else Outgoing(Guard(inside), verify=True, limits=httpx2.Limits())
    try:
        # What it says beside that isn't read: it may never end.
        with (
            httpx2.Client(timeout=_TIMEOUT, follow_redirects=False, transport=transport) as client,
            client.stream("GET", address) as answer,
        ):
            status = answer.status_code
    except InsideError as error:
        return f"It {error.problem}: alerts.private_networks allows its network, if it is yours."
    except httpx2.InvalidURL:
        return "The address can't be read."
    except httpx2.HTTPError as error:
        return f"{type(error).__name__}."
    return "" if status < 400 else f"It answered {status}."
