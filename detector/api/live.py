"""What only the running service knows, for `/api/v1/status` and `/metrics`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from detector.alerts.delivery import ChannelCount
from detector.api.metrics.account import Account
from detector.api.metrics.measured import Measured
from detector.outputs.outbox import Figures
from detector.parts import Board
from ingest.accounting import Tally
from ingest.source import Progress

Phase = Literal["catching up", "live"]


@dataclass(frozen=True, slots=True)
class PartitionStatus:
    """How far one partition is that this worker reads."""

    partition: str
    """Topic and number: `kubernetes-logs/3`."""
    position: int | None
    """The offset of the next message to be read; None while it is not known."""
    end: int | None
    """The offset after the last message, when last looked."""
    closed_until: int | None
    """Microseconds UTC."""
    error: str | None = None
    """Why it is not read, where it isn't."""
    problem: str | None = None
    """What was last not as it should be since it is read: messages that are lost, lines that aren't its own."""

    @property
    def lag(self) -> int | None:
        """Messages that were not read yet."""
        return None if self.position is None or self.end is None else max(0, self.end - self.position)


@dataclass(slots=True)
class LiveStatus:
    """Filled by the service, read by the API from other threads: replace its values whole, don't change them in place.

    The tally alone may be the source's own and go on counting. Times are microseconds UTC.
    """

    engine: str
    """Name of the template engine: `python`, or `native` with its version."""
    started_at: int
    phase: Phase = "catching up"
    """`catching up` while what was there at the start is still being read."""
    progress: Progress | None = None
    tally: Tally | None = None
    last_pass_at: int | None = None
    """When the last pass was done, by the clock."""
    lag_seconds: float | None = None
    """How far scoring is behind the clock."""
    error: str | None = None
    """Why the last pass failed, as a sentence; None where it didn't."""
    partitions: tuple[PartitionStatus, ...] = ()
    """Those that this worker reads, by number; nothing where lines don't come from Kafka."""
    notices: Callable[[], Sequence[str]] = tuple
    """What else somebody should know, a sentence each, as of now."""
    outputs: Callable[[], Sequence[Figures]] = tuple
    """What came of the messages to each output, alert channels among them (`Outbox.figures`, `Delivery.figures`)."""
    channels: Callable[[], Mapping[str, ChannelCount]] = dict
    """What came of the notices to each alert channel, by its name (`Delivery.counts`)."""
    tasks: Callable[[], Mapping[str, bool]] = dict
    """What is done beside detection, by name, and whether it failed last."""
    metric_scores: Callable[[], Mapping[str, float]] = dict
    """By namespace, of what Prometheus knew at the newest step that was looked at."""
    board: Board | None = None
    """How each part of the service is doing; None where nobody says."""
    account: Account = field(default_factory=Account)
    """Where the tally stood when this process began."""
    measured: Measured = field(default_factory=Measured)
    """How long things take in this process."""
