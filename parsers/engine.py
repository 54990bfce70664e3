"""The seam at which the hot step can be exchanged: records in, templates out.

`parsers.miner.DrainEngine` is the Python way (formats, masks, Drain3), `parsers.native.NativeEngine` the compiled one:
record for record and in order, both give the same templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ingest.batch import LogBatch
from ingest.columns import TextColumn


@dataclass(slots=True)
class Template:
    """One statement in the code of a workload, as far as its lines show it."""

    id: str
    """Sixteen hexadecimal digits, a digest of namespace, workload and the text at birth; it outlives new texts."""
    namespace: str
    workload: str
    text: str
    level: str
    """`trace`, `debug`, `info`, `warning`, `error`, `critical`, or empty where no level was found."""
    first_seen: int
    """Microseconds UTC."""
    last_seen: int
    count: int
    example: str
    """What its first line said, personal data masked; the head of the logger (time, thread) is left out."""


@dataclass(frozen=True, slots=True)
class ParsedBatch:
    """What the engine found, row for row with the batch that it was given."""

    templates: tuple[str, ...]
    """Ids; `template` points into it."""
    template: NDArray[np.int32]
    level: TextColumn


@dataclass(slots=True)
class Health:
    """How well the logs of one workload template, and what was done where they don't."""

    namespace: str
    workload: str
    templates: int
    lines: int
    overflowing: bool
    """Whether templates grew without end: new texts go to the workload's catch-all template until it is over."""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class EngineState:
    """What an engine needs in order to go on after a restart: plain JSON by namespace and workload."""

    version: int
    by_workload: Mapping[tuple[str, str], bytes] = field(default_factory=dict)


class TemplateEngine(Protocol):
    """Assigns each record its template and keeps the catalogue of them."""

    name: str
    """Which engine it is, as logs and the status page show it."""

    def parse(self, batch: LogBatch) -> ParsedBatch:
        """Assign templates in the order of the rows, learning new ones on the way."""

    def catalogue(self, namespace: str) -> Mapping[str, Template]:
        """The templates of a namespace by id."""

    def redact(self, messages: Iterable[str]) -> list[str]:
        """The messages with personal data masked and everything else left readable, fit to be shown as samples."""

    def health(self) -> list[Health]:
        """One entry a workload."""

    def dirty_state(self) -> EngineState:
        """The state of those workloads that changed since the last call."""

    def restore(self, state: EngineState, catalogue: Iterable[Template]) -> None:
        """Go on from a saved state.

        Raises `ValueError` with a sentence for the reader where the state is damaged or of a newer version.
        """

    def close(self) -> None:
        """End the processes that it has started, if any; nothing is asked of it any more."""


@runtime_checkable
class Pipelined(Protocol):
    """An engine that has work for several batches at once."""

    def parse_all(self, batches: Iterable[LogBatch]) -> Iterator[tuple[LogBatch, ParsedBatch]]:
        """As `TemplateEngine.parse`, batch by batch in their order; the next ones may be taken before that."""


def parse_all(engine: TemplateEngine, batches: Iterable[LogBatch]) -> Iterator[tuple[LogBatch, ParsedBatch]]:
    """Each batch with what the engine found, in order; the engine may take the next ones ahead."""
    if isinstance(engine, Pipelined):
        return engine.parse_all(batches)
    return ((batch, engine.parse(batch)) for batch in batches)
