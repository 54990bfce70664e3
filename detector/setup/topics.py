"""Looks at the topics that drainwatch reads and writes, says what would change, and creates what isn't there.

A topic that is there is left as it is, unless somebody asks for another configuration. Its partitions are never
changed: with their number every namespace would move to another one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from detector.errors import ServerError
from detector.setup.compare import Line
from detector.setup.plan import Action
from ingest.kafka.admin import Admin

HOUR = 3_600_000
"""Milliseconds."""
BY_DEFAULT: Mapping[str, Mapping[str, str]] = {
    "lines": {"retention.ms": str(24 * HOUR)},
    "findings": {"retention.ms": str(7 * 24 * HOUR)},
    # Twice what a topic of lines takes by default: a message is kept whole, with headers on top.
    "dead letters": {"retention.ms": str(14 * 24 * HOUR), "max.message.bytes": "2097152"},
}
"""By purpose, the configuration of a topic that is created."""
SHOWN = ("retention.ms", "retention.bytes", "cleanup.policy", "max.message.bytes", "min.insync.replicas")
"""Of a topic that is there."""


@dataclass(frozen=True, slots=True)
class WantedTopic:
    """A topic as it should be."""

    name: str
    purpose: str
    """`lines`, `findings` or `dead letters`."""
    partitions: int = 1
    replication: int = -1
    """Copies; -1 for what brokers do by default."""
    asked: Mapping[str, str] = field(default_factory=dict)
    """Configuration that somebody asked for: also of a topic that is there."""

    @property
    def config(self) -> dict[str, str]:
        """Of a new topic."""
        return {**BY_DEFAULT[self.purpose], **self.asked}


@dataclass(frozen=True, slots=True)
class TopicStep:
    """A topic, what is there, and what is to be done about it."""

    wanted: WantedTopic
    action: Action
    seen: str = ""
    """What is there, or will be."""
    lines: Sequence[Line] = ()
    """What is to be changed."""
    reason: str = ""
    """Why it failed, or what was not done."""

    @property
    def pending(self) -> bool:
        """Whether there is something to be done."""
        return self.action in (Action.CREATE, Action.CHANGE)


def plan_topics(admin: Admin, wanted: Sequence[WantedTopic]) -> list[TopicStep]:
    """What is to be done about each topic, without changing anything. Raises `ServerError` where nobody answers."""
    admin.cluster()
    return [_looked_at(admin, one) for one in wanted]


def apply_topics(admin: Admin, steps: Sequence[TopicStep]) -> Iterator[TopicStep]:
    """Do what is to be done, and hand over each step as it came out; what fails doesn't stop the others."""
    for step in steps:
        wanted = step.wanted
        try:
            if step.action is Action.CREATE:
                admin.create(wanted.name, wanted.partitions, wanted.replication, wanted.config)
            elif step.action is Action.CHANGE:
                admin.change(wanted.name, {line.path: line.should_be or "" for line in step.lines})
        except ServerError as error:
            yield replace(step, action=Action.FAIL, reason=str(error))
        else:
            yield step


def _looked_at(admin: Admin, wanted: WantedTopic) -> TopicStep:
    try:
        seen = admin.topic(wanted.name)
        if seen is None:
            return TopicStep(wanted, Action.CREATE, described(wanted.partitions, wanted.replication, wanted.config))
        config = admin.config(wanted.name) if "describe_configs" in seen.rights else {}
    except ServerError as error:
        return TopicStep(wanted, Action.FAIL, reason=str(error))
    told = described(seen.partitions, seen.replicas, {name: config[name] for name in SHOWN if name in config})
    lines = [Line(name, config.get(name), value) for name, value in wanted.asked.items() if config.get(name) != value]
    reason = ""
    if wanted.purpose == "lines" and seen.partitions != wanted.partitions and wanted.partitions > 1:
        reason = f"not {wanted.partitions} partitions: namespaces would move; docs/kafka.md tells how to do that"
    return TopicStep(wanted, Action.CHANGE if lines else Action.KEEP, told, lines, reason)


def described(partitions: int, replication: int, config: Mapping[str, str]) -> str:
    """A topic in a few words.

    >>> described(12, 3, {"retention.ms": "86400000", "max.message.bytes": "1048588"})
    '12 partitions, 3 copies, kept for 24 h, messages up to 1,048,588 bytes'
    """
    said = [_counted(partitions, "partition")]
    said.append("as many copies as brokers make by default" if replication < 1 else _counted(replication, "copy"))
    if (kept := config.get("retention.ms")) is not None:
        said.append("kept for ever" if int(kept) < 0 else f"kept for {int(kept) / HOUR:g} h")
    if config.get("cleanup.policy", "delete") != "delete":
        said.append(f"cleaned up by {config['cleanup.policy']}")
    if "max.message.bytes" in config:
        said.append(f"messages up to {int(config['max.message.bytes']):,} bytes")
    return ", ".join(said)


def _counted(number: int, what: str) -> str:
    several = what[:-1] + "ies" if what.endswith("y") else what + "s"
    return f"{number} {what if number == 1 else several}"
