"""What the doctor looked at in Kafka, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ingest.kafka.admin import Cluster, TopicSeen


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """What could not be looked at, and why."""

    problem: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class TopicFact:
    """A topic that the settings name."""

    name: str
    purpose: str
    """`lines`, `findings` or `dead letters`."""
    needed: frozenset[str]
    """What drainwatch does with it: `read`, `write`, `describe`."""
    seen: TopicSeen | NoAnswer | None
    """None where there is none of that name."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The newest messages of each partition of the lines, some of each."""

    looked_at: int
    keyless: int
    unreadable: int
    """Those that are no JSON object."""
    nameless: int
    """Those that name no namespace, neither in a field nor in the path of the log file."""
    where: Mapping[str, frozenset[int]]
    """By namespace the partitions that it was seen in."""
    behind: int | None
    """Messages that come after what the consumer group keeps; None where it keeps nothing yet."""


SampleFact: TypeAlias = "Sample | NoAnswer | None"


@dataclass(frozen=True, slots=True)
class KafkaFacts:
    """All that was seen."""

    brokers: Sequence[str]
    protocol: str
    asks: str
    """Who asks."""
    secret_from: str
    """Where the secret comes from."""
    group: str
    split: frozenset[str] = frozenset()
    """Namespaces that may lie in several partitions."""
    unusable: NoAnswer | None = None
    """Why the settings can't be used."""
    cluster: Cluster | NoAnswer | None = None
    topics: Sequence[TopicFact] = ()
    group_rights: frozenset[str] | NoAnswer | None = None
    """None where nothing is read."""
    sample: SampleFact = None
    """None where there is nothing to be looked at."""
