"""What people are told of: alerts, and the silences by which they want to be left alone.

Plain data; times are microseconds since 1970, UTC, by the clock where nothing else is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from detector.findings import Severity


class AlertKind(StrEnum):
    """What an alert is about."""

    INCIDENT = "incident"
    """Incidents of one namespace, or of several that began together."""
    NO_LINES = "no-lines"
    """Lines used to come, and don't any more."""
    BEHIND = "behind"
    """Windows are judged much later than they ended."""
    FAILING = "failing"
    """Passes fail one after the other."""


class Event(StrEnum):
    """What a message says of an alert."""

    OPENED = "opened"
    WORSENED = "worsened"
    """It has reached a higher band of severity than was told before."""
    SPREAD = "spread"
    """More namespaces are in it than were told before."""
    FIRING = "firing"
    """Nothing new: it goes on. For channels that forget what isn't repeated."""
    RESOLVED = "resolved"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class ToldTo:
    """What a channel was last told of an alert."""

    channel: str
    event: Event
    severity: Severity
    namespaces: tuple[str, ...]
    at: int
    """When that was decided; it is in the outbox from then on."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One story for people: it is opened, may worsen or spread, and is resolved."""

    id: str
    """Digest of its kind and of what it began with: deciding it twice changes nothing."""
    kind: AlertKind
    namespaces: tuple[str, ...]
    """In the order in which they came to it; none where it is about drainwatch itself."""
    incidents: tuple[str, ...]
    """Ids, likewise."""
    start: int
    """Start of the first anomalous window, by the time of the logs."""
    end: int
    """End of the last one so far."""
    score: float
    """The highest so far."""
    summary: str
    """One sentence to be read out."""
    opened: int
    """When it was decided that there is one."""
    changed: int
    """When it was last decided anew."""
    resolved: int | None = None
    told: tuple[ToldTo, ...] = ()
    """The last message to each channel, by its name."""
    quiet: str = ""
    """Why nobody, or not everybody, was told last: `silenced by <id> until 14:00 UTC`; empty where all were."""

    @property
    def severity(self) -> Severity:
        """The band of the score."""
        return Severity.of(self.score)

    @property
    def open(self) -> bool:
        """Whether it goes on."""
        return self.resolved is None


@dataclass(frozen=True, slots=True)
class Silence:
    """A person's wish not to be told for a time. What is silenced is detected, stored and shown all the same.

    Other than a mute (`FeedbackKind.MUTE`), which has no incident made. It is never deleted: taken back, it stays with
    the time at which it was.
    """

    id: str
    namespace: str
    """A name, or a pattern with `*`; `*` is all."""
    since: int
    until: int
    workload: str = ""
    """Where one is named: only what is told by this workload for the most part."""
    template: str = ""
    """Likewise, the id of a template."""
    author: str = ""
    note: str = ""
    """Why."""
    created: int = 0
    withdrawn: int | None = None
    """When it was taken back."""

    def holds(self, at: int) -> bool:
        """Whether it is in force at a time."""
        return self.since <= at < self.until and (self.withdrawn is None or at < self.withdrawn)
