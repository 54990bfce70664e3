"""How partitions are read."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ingest.accounting import Tally
from ingest.batch import Origin
from ingest.feed import Rules
from ingest.native import AnyFeed, open_feed
from ingest.settings import SECOND
from ingest.sniff import Form

LARGEST = 16 * 1024 * 1024
"""A larger document is not read."""


@dataclass(frozen=True, slots=True)
class PartitionRules:
    """How partitions are read; durations are microseconds."""

    rules: Rules
    lateness: int
    """What the pipeline waits for after a window's end."""
    disorder: int = 60 * SECOND
    """While there is a backlog: how far the times of lines that stand close together may differ."""
    delay: int = 10 * SECOND
    """How long a line may take from the program that wrote it into the partition."""
    split: frozenset[str] = frozenset()
    """Namespaces of which each workload is read as a namespace of its own."""
    remembered: int = 50_000
    """Among so many messages one that is there twice is counted once; 0: duplicates are not looked for."""
    largest: int = LARGEST
    """Bytes of a document; a larger one is not read."""

    def open_feed(self, tally: Tally) -> AnyFeed:
        """A feed for one partition, which says what it refuses and joins."""
        origin = Origin(self.rules.settings.namespace, "unknown")
        return open_feed(Form.FILEBEAT, origin, replace(self.rules, collect_refused=True, collect_joined=True), tally)
