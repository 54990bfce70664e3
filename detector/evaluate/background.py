"""Real logs as a background: their whole traces, by the minute in which each began."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.errors import SourceError, UsageError
from detector.evaluate.traces import group
from ingest.accounting import Tally
from ingest.batch import LogBatch
from ingest.source import Progress, Source
from parsers.engine import Template, TemplateEngine

Ints = NDArray[np.int64]

MINUTE = 60_000_000
LEAST_MINUTES = 5
LEAST_TRACES = 50
_BUSY = 1 / 3
"""Minutes with less than this share of the median's traces are cut short by a gap: their mixture is none."""


@dataclass(frozen=True, slots=True)
class Background:
    """The traces of one namespace, line by line, without the texts."""

    namespace: str
    templates: tuple[Template, ...]
    """Every template that occurs; lines name them by their number."""
    minutes: tuple[Ints, ...]
    """Real minutes that are busy enough: the numbers of the traces that began in each."""
    begin: Ints
    """The lines of trace i are `begin[i]` up to but not with `begin[i + 1]`; shape (traces + 1,)."""
    template: NDArray[np.int32]
    """Of each line."""
    offset: Ints
    """Microseconds since the first line of its trace, of each line."""
    structured: frozenset[str]
    """Workloads that log JSON."""

    @property
    def traces(self) -> int:
        """How many there are."""
        return len(self.begin) - 1

    @property
    def median(self) -> float:
        """Traces a minute in the middle one of the busy minutes."""
        return float(np.median([len(minute) for minute in self.minutes]))


def read_background(
    source: Source,
    engine: TemplateEngine,
    namespace: str | None = None,
    on_progress: Callable[[Progress, Tally], None] = lambda *_: None,
) -> Background:
    """Read a source to its end and find the templates and traces of a namespace; by default that with most lines.

    Raises `SourceError` where there is nothing, `UsageError` where it is too little to mix days from.
    """
    batch = _read(source, on_progress)
    if not len(batch):
        raise SourceError("No line could be read.", "Name files or folders with container logs.")
    batch = batch.take(_rows_of(batch, namespace)).in_order()
    name = batch.origins[int(batch.origin[0])].namespace
    parsed = engine.parse(batch)
    catalogue = engine.catalogue(name)
    trace = group(batch)
    order = np.lexsort((np.arange(len(batch)), trace))
    begin = np.searchsorted(trace[order], np.arange(int(trace.max()) + 2))
    start = batch.time[order[begin[:-1]]]
    return Background(
        namespace=name,
        templates=tuple(catalogue[id_] for id_ in parsed.templates),
        minutes=_busy_minutes(name, start),
        begin=begin.astype(np.int64),
        template=parsed.template[order].astype(np.int32),
        offset=batch.time[order] - np.repeat(start, np.diff(begin)),
        structured=_structured(batch),
    )


def _read(source: Source, on_progress: Callable[[Progress, Tally], None]) -> LogBatch:
    batches = []
    with closing(source):
        while True:
            batch = source.poll()
            batches.append(batch)
            on_progress(source.progress(), source.tally)
            if source.exhausted and not len(batch):
                return LogBatch.concat([one for one in batches if len(one)])


def _rows_of(batch: LogBatch, namespace: str | None) -> NDArray[np.intp]:
    names = np.array([origin.namespace for origin in batch.origins])[batch.origin]
    known = Counter(names.tolist())
    wanted = namespace or min(known, key=lambda name: (-known[name], name))
    if wanted not in known:
        raise UsageError(f"There is no line of namespace {wanted}.", f"There are lines of {', '.join(sorted(known))}.")
    return np.flatnonzero(names == wanted)


def _busy_minutes(name: str, start: Ints) -> tuple[Ints, ...]:
    minute = start // MINUTE
    numbers, sizes = np.unique(minute, return_counts=True)
    # The median minute of a trace, not of the minutes: many that are nearly empty must not pass for the usual.
    usual = float(np.median(np.repeat(sizes, sizes)))
    busy = numbers[sizes >= _BUSY * usual]
    if len(busy) < LEAST_MINUTES or len(start) < LEAST_TRACES:
        raise UsageError(
            f"{name}: {len(start)} traces in {len(busy)} busy minutes are too few to mix days from; "
            f"at least {LEAST_TRACES} in {LEAST_MINUTES} are needed.",
            "Give more logs, or another --namespace.",
        )
    return tuple(np.flatnonzero(minute == number).astype(np.int64) for number in busy)


def _structured(batch: LogBatch) -> frozenset[str]:
    lines: Counter[str] = Counter()
    braces: Counter[str] = Counter()
    for message, origin in zip(batch.message, batch.origin.tolist(), strict=True):
        workload = batch.origins[origin].workload
        lines[workload] += 1
        braces[workload] += message.startswith("{")
    return frozenset(workload for workload in lines if 2 * braces[workload] > lines[workload])
