"""`drainwatch setup kafka`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli.options import ConfigOption, settings_of
from detector.cli.setup import DryRunOption, YesOption
from detector.cli.setup_steps import carry_out, counted, mark_of, went_wrong
from detector.errors import UsageError

if TYPE_CHECKING:
    from rich.text import Text

    from detector.settings import Settings
    from detector.setup.topics import TopicStep, WantedTopic

PartitionsOption = Annotated[
    int,
    typer.Option("--partitions", min=1, max=10_000, help="Of a new topic of lines: at most so many workers share it."),
]
ReplicationOption = Annotated[
    int | None,
    typer.Option("--replication", min=1, help="Copies of new topics; without it what brokers do by default."),
]
RetentionOption = Annotated[
    str | None, typer.Option("--retention", metavar="DURATION", help="How long lines are kept: 24h, 7d.")
]


def kafka(
    partitions: PartitionsOption = 12,
    replication: ReplicationOption = None,
    retention: RetentionOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    config: ConfigOption = None,
) -> None:
    """Create the topics that drainwatch reads and writes; what is there is shown and left as it is."""
    settings = settings_of(config, os.environ)
    from detector.connecting import kafka_connection_of
    from detector.setup.topics import apply_topics, plan_topics
    from ingest.kafka.admin import Admin

    admin = Admin(kafka_connection_of(settings))
    planned = plan_topics(admin, topics_of(settings, partitions, replication, retention))
    steps = carry_out(planned, lines_of, lambda steps: apply_topics(admin, steps), dry_run=dry_run, yes=yes)
    print(summary(steps, done=not dry_run))
    raise typer.Exit(1 if any(map(went_wrong, steps)) else 0)


def topics_of(settings: Settings, partitions: int, replication: int | None, retention: str | None) -> list[WantedTopic]:
    """The topics that the settings name. Raises `UsageError` for a retention that is no duration."""
    from datetime import timedelta

    from detector.settings.kinds import parse_duration
    from detector.setup.topics import WantedTopic

    asked: dict[str, str] = {}
    if retention is not None:
        kept = parse_duration(retention)
        if not isinstance(kept, timedelta) or kept <= timedelta(0):
            raise UsageError(f"--retention can't be {retention!r}:", "write a duration such as 24h or 7d.")
        asked["retention.ms"] = str(kept // timedelta(milliseconds=1))
    copies = replication or -1
    section = settings.kafka
    wanted = [WantedTopic(section.topic, "lines", partitions, copies, asked)]
    if section.anomalies_topic:
        wanted.append(WantedTopic(section.anomalies_topic, "findings", 1, copies))
    if section.dead_letter_topic:
        wanted.append(WantedTopic(section.dead_letter_topic, "dead letters", 1, copies))
    return wanted


def lines_of(step: TopicStep, done: bool) -> list[Text]:
    """What is said of one topic."""
    from rich.text import Text

    from detector.cli.output import harmless
    from detector.setup.plan import Action

    mark, style = mark_of(step)
    word = {
        Action.CREATE: "created" if done else "new",
        Action.CHANGE: "changed" if done else "to be changed",
        Action.KEEP: "there",
        Action.SKIP: "skipped",
        Action.FAIL: "failed",
    }[step.action]
    said = ": ".join(part for part in (word, step.seen) if part)
    lines = [Text(f"{mark} {step.wanted.purpose:<13} {step.wanted.name:<32} {harmless(said)}", style)]
    if step.reason:
        lines.append(Text(f"    {harmless(step.reason)}", "yellow"))
    for line in step.lines:
        lines.append(Text(f"    - {line.path}: {harmless(line.is_now or 'unknown')}", "red"))
        lines.append(Text(f"    + {line.path}: {line.should_be}", "green"))
    return lines


def summary(steps: Sequence[TopicStep], done: bool) -> str:
    """What it comes to, in one sentence."""
    from detector.setup.plan import Action

    kept = sum(step.action is Action.KEEP for step in steps)
    words = {
        Action.CREATE: "created" if done else "to be created",
        Action.CHANGE: "changed" if done else "to be changed",
        Action.KEEP: "left as it is" if kept == 1 else "left as they are",
        Action.FAIL: "failed",
    }
    return f"{', '.join(counted(steps, words))}."
