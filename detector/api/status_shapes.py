"""What the status tells of the service's parts: sources, store, versions, outputs and channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from detector.alerts.delivery import ChannelCount
from detector.api.forms import Time
from detector.api.sources import ReadFrom, package_versions, python_version
from detector.api.times import rfc3339
from detector.outputs.outbox import Figures
from detector.parts import Part, State
from detector.settings.shown import without_secrets
from detector.store.facts import StoreFacts


class SourceOut(BaseModel):
    """Where lines, or metrics, come from."""

    kind: Literal["files", "elasticsearch", "kafka", "prometheus"]
    where: list[str] = Field(description="Paths, patterns of indices, a topic, or names of queries.")
    servers: list[str]

    @classmethod
    def of(cls, source: ReadFrom) -> SourceOut:
        """From the settings."""
        return cls(kind=source.kind, where=list(source.where), servers=list(source.servers))


class StoreOut(BaseModel):
    """Where results are kept."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    kind: Literal["sqlite", "elasticsearch"]
    where: str = Field(description="The file, or the pattern of the indices.")
    servers: list[str]
    bytes: int | None = Field(description="On disk; null where nobody knows.")
    schema_version: int = Field(alias="schema", description="The version of its form.")

    @classmethod
    def of(cls, facts: StoreFacts) -> StoreOut:
        """From the store."""
        return cls(
            kind=facts.kind,
            where=facts.where,
            servers=[without_secrets(server) for server in facts.servers],
            bytes=facts.bytes,
            schema_version=facts.schema,
        )


class PartOut(BaseModel):
    """How one part of the service is doing: the others go on without it, as far as they don't need it."""

    name: str = Field(
        description="`store`, `source`, `detection`; `alerts`, `metrics`, `heartbeat`, `pruning`;"
        " `channel:` or `output:` and its name."
    )
    state: State = Field(description="`degraded`: some of it goes on, as a store that is read and can't be written.")
    since: Time | None = Field(description="Since when; null where no service runs that would know.")
    problem: str | None = Field(description="What is wrong and what to do about it; null where it is up.")

    @classmethod
    def of(cls, part: Part, *, known: bool = True) -> PartOut:
        """From the board; `known` says whether anybody has watched it for longer than this request."""
        since = rfc3339(part.since) if known else None
        return cls(name=part.name, state=part.state, since=since, problem=part.problem or None)


class SoftwareOut(BaseModel):
    """What runs, and in which version."""

    drainwatch: str
    python: str
    elasticsearch: str | None = Field(description="Of the server that the store is in; null where nobody knows.")
    packages: dict[str, str]

    @classmethod
    def of(cls, drainwatch: str, facts: StoreFacts | None) -> SoftwareOut:
        """Of this process, and of the store."""
        return cls(
            drainwatch=drainwatch,
            python=python_version(),
            elasticsearch=None if facts is None else facts.server_version,
            packages=dict(package_versions()),
        )


class OutputOut(BaseModel):
    """What became of the messages to one output since the service began; that of a channel is `alert:` and its name."""

    output: str
    waiting: int
    sent: int
    failed: int = Field(description="Attempts, which are made again.")
    given_up: int

    @classmethod
    def of(cls, figures: Figures) -> OutputOut:
        """From the outbox."""
        return cls(
            output=figures.output,
            waiting=figures.waiting,
            sent=figures.sent,
            failed=figures.failed,
            given_up=figures.given_up,
        )


class ChannelOut(BaseModel):
    """What became of the notices to one channel of alerts since the service began."""

    channel: str = Field(description="As the settings call it.")
    kind: str
    sent: int
    failed: int = Field(description="Attempts, which are made again.")
    refused: int = Field(description="Notices that it refused for good.")
    last_success: Time | None

    @classmethod
    def all_of(cls, counts: Mapping[str, ChannelCount]) -> list[ChannelOut]:
        """From the delivery, by name."""
        return [
            cls(
                channel=name,
                kind=one.kind,
                sent=one.sent,
                failed=one.failed,
                refused=one.refused,
                last_success=None if one.last_success is None else rfc3339(one.last_success),
            )
            for name, one in counts.items()
        ]
