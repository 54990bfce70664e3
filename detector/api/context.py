"""What every endpoint needs: the store's reader, the running service, the clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from detector.access.principal import OPEN, Kind, Principal
from detector.api.auth.access import Gate
from detector.api.auth.who import WHO as WHO
from detector.api.auth.who import asking
from detector.api.event_shapes import EventOut
from detector.api.forms import path
from detector.api.live import LiveStatus
from detector.api.news import News
from detector.api.problems import NotFoundError
from detector.api.remembered import Remembered
from detector.api.shapes import SILENT_AFTER, State, state_of
from detector.api.sources import InForce as InForce
from detector.errors import StoreError
from detector.findings import NamespaceStatus
from detector.parts import STORE, Board, Part
from detector.permitted import allowed, permitted
from detector.rarity import score_of_budget
from detector.saying import LONGEST_AUTHOR, Saying
from detector.settings import DetectionSettings
from detector.settings.alerts import AlertSettings
from detector.store.port import Reader
from ingest.accounting import Tally

_READING = "reading"
"""Who tells whether the store can be read; whether it can be written is told by who writes."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Context:
    """Passed to each endpoint."""

    reader: Reader
    live: LiveStatus | None
    clock: Callable[[], int]
    """Now, microseconds UTC."""
    span: int
    """Length of a window, microseconds."""
    version: str
    say: Saying | None
    """Writes feedback and silences down; None where nothing can be written."""
    detection: DetectionSettings
    alerts: AlertSettings
    """Where people reach the page and Kibana."""
    news: News[EventOut]
    """What those are told who follow what happens."""
    settings: InForce | None
    """None where no service runs."""
    remembered: Remembered
    """What was made of the store, as long as it is the same: asked by `remember`."""
    gate: Gate
    """What those need who let somebody in, or write down what they did."""
    who: Principal = OPEN
    """Who asks; of the application itself, who anybody is of whom a request's scope says nothing."""

    def remember(self, key: Hashable, make: Callable[[], Item]) -> Item:
        """What `make` gives of the reader, kept as `Remembered` keeps it for all who see the same of the store."""
        return self.remembered.get((key, None if self.who.sees_all else self.who.grants), make)

    def author(self, given: str) -> str:
        """Whom something that is said now is put down to: who asks where that is known, else who they say they are."""
        return self.who.name[:LONGEST_AUTHOR] if self.who.kind is not Kind.OPEN else given.strip()

    @property
    def threshold(self) -> float:
        """The score from which on an anomalous window makes an incident, by the alert budget."""
        return score_of_budget(self.detection.alert_budget, self.span)

    def status(self, namespace: str) -> NamespaceStatus:
        """Of one namespace. Raises `NotFoundError`, with the nearest names, where there is none of this name."""
        statuses = {status.namespace: status for status in self.reader.statuses()}
        if (status := statuses.get(namespace)) is not None:
            return status
        if self._is_told_of(namespace):
            raise NotFoundError(
                f"No line of {shown(namespace)} was read: what is known of it are incidents in metrics.",
                f"They are at {path('namespaces', namespace, 'incidents')}.",
            )
        raise NotFoundError(f"There is no namespace {shown(namespace)}.", _nearest(namespace, statuses))

    def check_told(self, namespace: str) -> None:
        """Raises as `status`, but not where incidents in metrics are told of a namespace that logs nothing."""
        if not self._is_told_of(namespace):
            self.status(namespace)

    def _is_told_of(self, namespace: str) -> bool:
        return bool(self.reader.incidents(namespace, limit=1).items)

    def silent(self, status: NamespaceStatus, closed_until: int | None) -> bool:
        """Whether the newest closed windows, as far back as `SILENT_AFTER`, hold no line of the namespace.

        `closed_until` is that of the store. The counts are looked at only where the status doesn't tell.
        """
        if closed_until is None or status.last_line:
            return closed_until is not None and status.last_line < closed_until - SILENT_AFTER
        return next(iter(self.reader.counts(status.namespace, closed_until - SILENT_AFTER, closed_until)), None) is None

    def states(self, statuses: Iterable[NamespaceStatus]) -> dict[State, int]:
        """How many namespaces are in which state."""
        closed = self.reader.closed_until()
        counted = Counter(state_of(one, silent=self.silent(one, closed)) for one in statuses)
        states: tuple[State, ...] = ("learning", "ready", "silent")
        return {state: counted[state] for state in states}

    def parts(self, unreadable: StoreError | None) -> list[Part]:
        """How each part of the service is doing; `unreadable` is what came of reading the store just now."""
        board = (None if self.live is None else self.live.board) or Board(self.clock)
        board.expect(STORE)
        if unreadable is None:
            board.works(STORE, by=_READING)
        else:
            board.fails(STORE, str(unreadable), by=_READING)
        return list(board.parts())

    def tally(self) -> Tally:
        """The service's own where it runs, else what the last pass left in the store."""
        return self.reader.tally() if self.live is None or self.live.tally is None else self.live.tally


def of_application(request: Request) -> Context:
    """The context of the application that serves the request, with all there is: for what tells nobody of it."""
    context: Context = request.app.state.drainwatch
    return context


async def of_request(request: Request) -> Context:
    """The context of the application that serves the request, as far as who asks may see it."""
    context, who = of_application(request), asking(request)
    say = None if context.say is None else allowed(context.say, context.reader, who)
    return replace(context, who=who, reader=permitted(context.reader, who), say=say)


InContext = Annotated[Context, Depends(of_request)]


def shown(text: str) -> str:
    """The text in quotes, cut and made printable: an answer repeats no more of a request than it takes to see."""
    return repr(text if len(text) <= 80 else text[:80] + "…")


def _nearest(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    if not names:
        return "No line was read yet."
    near = get_close_matches(name[:253], names, n=3) or names[:5]
    return f"Known are {', '.join(near)}{' …' if len(near) < len(names) else ''}: see /api/v1/namespaces."
