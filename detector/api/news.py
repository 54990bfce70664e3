"""What those who follow the service are told: one look at it a moment for all of them together, none while nobody does.

All of it happens on the event loop of the server, but for the look itself.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

import structlog

from detector.errors import DrainwatchError

MOST = 100
"""Who follow at once: more than people ever are, and few enough that nobody takes all connections."""
EACH = 20
"""Of one client: more pages than anybody keeps open."""

CHECKED = 2.0
"""Seconds."""

log = structlog.get_logger("drainwatch.api")
Item = TypeVar("Item")


class CrowdedError(DrainwatchError):
    """Too many follow already."""


class News(Generic[Item]):
    """Looks every so many seconds, and tells all who follow what is new.

    `look` is called in a thread; what it gives is told where `differs` from what was told before. `pause` is how long
    to wait between two looks.
    """

    def __init__(
        self,
        look: Callable[[], Item],
        differs: Callable[[Item, Item], bool],
        pause: float,
        most: int = MOST,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        self._look, self._differs, self._pause, self._most = look, differs, pause, most
        self._latest: Item | None = None
        self._changed = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        self._over = False
        self._of: Counter[str] = Counter()
        """How many of each client."""
        self.following = 0
        """How many do."""

    @contextmanager
    def place(self, client: str = "") -> Iterator[None]:
        """For one more of a client to follow. Raises `CrowdedError` where too many do, or too many of theirs."""
        if client and self._of[client] >= EACH:
            raise CrowdedError(
                f"{EACH} pages or programs of yours follow what happens already, and more can't.",
                "Close some, or ask for /api/v1/status now and then.",
            )
        if self.following >= self._most:
            raise CrowdedError(
                f"{self.following} follow what happens already, and more can't.",
                "Close some pages, or ask for /api/v1/status now and then.",
            )
        self.following += 1
        self._of[client] += 1
        if self._looking is None:
            self._looking = asyncio.get_running_loop().create_task(self._look_on())
        try:
            yield
        finally:
            self.following -= 1
            self._of[client] -= 1
            if not self._of[client]:
                del self._of[client]
            if not self.following:
                self._looking.cancel()
                self._looking = self._latest = None

    async def follow(self, still: Callable[[], bool] = lambda: True) -> AsyncIterator[Item]:
        """How it is at once, then whatever is new, until `end`; for who has a `place`.

        `still` tells whether they may go on; it is asked in a thread, every `CHECKED` seconds at most.
        """
        told: Item | None = None
        checked = self._monotonic()
        while not self._over:
            if self._monotonic() - checked >= CHECKED:
                if not await asyncio.to_thread(still):
                    return
                checked = self._monotonic()
            changed, latest = self._changed, self._latest
            if latest is not None and (told is None or self._differs(told, latest)):
                told = latest
                yield latest
            else:
                await changed.wait()

    def end(self) -> None:
        """Nobody is told anything any more: what they follow ends at once."""
        self._over = True
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _look_on(self) -> None:
        while True:
            try:
                self._latest = await asyncio.to_thread(self._look)
                self._wake()
            except Exception:
                # Those who follow stay, and are told once it can be looked at again.
                log.exception("failed unexpectedly")
            await asyncio.sleep(self._pause)
