"""What the API answers with about the service itself, and about errors."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from detector.api import examples
from detector.api.forms import Links, Time, example
from detector.api.live import PartitionStatus
from detector.api.shapes import State
from detector.api.status_example import STATUS
from detector.api.status_shapes import ChannelOut, OutputOut, PartOut, SoftwareOut, SourceOut, StoreOut
from detector.api.times import rfc3339
from ingest.accounting import DropReason, Remark, Tally
from ingest.source import Progress


class TallyOut(BaseModel):
    """Lines since the first one, by what became of them: `read` is the sum of the others, remarks apart."""

    read: int
    records: int
    joined: int
    pending: int
    dropped: dict[str, int]
    remarks: dict[str, int] = Field(description="Noticed about lines that are counted all the same.")

    @classmethod
    def of(cls, tally: Tally) -> TallyOut:
        """From the account."""
        return cls(
            read=tally.read,
            records=tally.records,
            joined=tally.joined,
            pending=tally.pending,
            # Over the enumerations, because a source may be counting into the tally at this moment.
            dropped={reason.value: count for reason in DropReason if (count := tally.dropped[reason])},
            remarks={remark.value: count for remark in Remark if (count := tally.remarks[remark])},
        )


class ProgressOut(BaseModel):
    """How far the source is, in its own unit."""

    done: int
    total: int | None
    unit: str

    @classmethod
    def of(cls, progress: Progress) -> ProgressOut:
        """From the source."""
        return cls(done=progress.done, total=progress.total, unit=progress.unit)


class PartitionOut(BaseModel):
    """How far one partition of a topic is that this worker reads."""

    partition: str = Field(description="Topic and number.")
    position: int | None = Field(description="The offset of the next message to be read.")
    lag: int | None = Field(description="Messages that were not read yet.")
    closed_until: Time | None
    error: str | None = Field(description="Why it is not read, where it isn't.")
    problem: str | None = Field(description="What was last not as it should be: messages that are lost, say.")

    @classmethod
    def of(cls, status: PartitionStatus) -> PartitionOut:
        """From the worker."""
        closed = None if status.closed_until is None else rfc3339(status.closed_until)
        return cls(
            partition=status.partition,
            position=status.position,
            lag=status.lag,
            closed_until=closed,
            error=status.error,
            problem=status.problem,
        )


class StatusOut(BaseModel):
    """How the service is doing."""

    model_config = example(STATUS)

    version: str
    phase: Literal["catching up", "live", "not running"] = Field(
        description="`not running`: the store is only being looked at."
    )
    engine: str | None = Field(description="Which engine assigns templates: `python`, or `native` with its version.")
    started_at: Time | None
    last_pass_at: Time | None
    closed_until: Time | None = Field(description="Every window that starts before this is closed.")
    lag_seconds: float | None = Field(description="How far scoring is behind the clock.")
    error: str | None = Field(description="Why the last pass failed, where it did.")
    notices: list[str] = Field(
        description="What else somebody should know, such as that findings wait to be told; nothing where all is well."
    )
    parts: list[PartOut] = Field(description="How each part of the service is doing.")
    source: ProgressOut | None
    partitions: list[PartitionOut] = Field(description="Those of a Kafka topic that this worker reads.")
    tally: TallyOut | None = Field(
        description="Null, as all that is of the service as a whole is left out, for who may not read all namespaces."
    )
    sources: list[SourceOut] = Field(description="That of lines first; nothing where no service runs.")
    store: StoreOut | None = Field(description="Null while it can't be read.")
    outputs: list[OutputOut]
    channels: list[ChannelOut]
    versions: SoftwareOut
    namespaces: dict[State, int] = Field(description="How many are in which state.")
    templates: int
    links: Links


class HealthOut(BaseModel):
    """That the service answers."""

    status: Literal["ok"] = "ok"


class ReadyOut(BaseModel):
    """Which namespaces are scored, which are still learning and until when, and how each part is doing."""

    status: Literal["ready"] = "ready"
    ready: list[str]
    learning: dict[str, Time | None]
    parts: list[PartOut]


class ProblemOut(BaseModel):
    """An error as RFC 9457 has it (`application/problem+json`)."""

    model_config = example(examples.PROBLEM)

    type: str = "about:blank"
    title: str
    status: int
    detail: str = Field(description="What is wrong and what to do about it.")
    instance: str = Field("", description="The path that was asked for.")


class NotReadyOut(ProblemOut):
    """Why nothing can be answered or scored, with the state of each part."""

    model_config = example(examples.PROBLEM | {"parts": STATUS["parts"]})

    parts: list[PartOut]
