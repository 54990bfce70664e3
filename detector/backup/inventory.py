"""All that a store tells its readers, kind by kind, as numbers and sums: so any two stores are compared.

Nothing of how a store keeps things comes into the sums: not the small numbers of template ids, not the order of the
entries of a window, and of hours not whether they were rolled up by now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import msgspec
import numpy as np

from detector.backup.manifest import Contents
from detector.findings import Incident, Source
from detector.sparse import HOUR, Vectors
from detector.store.pages import pages
from detector.store.port import Page, Reader
from detector.store.tallies import stored_tally

_ENCODER = msgspec.json.Encoder(order="deterministic")


class _Sum:
    """Adds up a kind of thing."""

    def __init__(self) -> None:
        self.rows, self._sum = 0, hashlib.sha256()

    def add(self, thing: object) -> None:
        self.rows += 1
        self._sum.update(_ENCODER.encode(thing) + b"\n")

    def add_windows(self, vectors: Vectors) -> None:
        """In the order of windows, and in each of template ids."""
        lengths = vectors.end - vectors.begin
        which = np.repeat(np.arange(len(vectors)), lengths)
        before = np.cumsum(lengths) - lengths
        entry = np.repeat(vectors.begin - before, lengths) + np.arange(int(lengths.sum()))
        place = np.empty(len(vectors.templates), np.int64)
        place[sorted(range(len(vectors.templates)), key=vectors.templates.__getitem__)] = np.arange(len(place))
        ranked = place[vectors.number[entry]]
        order = np.argsort(which * max(1, len(place)) + ranked, kind="stable")
        ranked, count = ranked[order], vectors.count[entry][order]
        seen = np.zeros(len(place), bool)
        seen[ranked] = True
        numbers = (np.cumsum(seen) - 1)[ranked]
        names = sorted(vectors.templates)
        self.rows += len(vectors)
        self._sum.update(_ENCODER.encode([names[at] for at in np.flatnonzero(seen).tolist()]))
        for column in (vectors.window, lengths, numbers, count):
            self._sum.update(np.ascontiguousarray(column, "<i8").tobytes())

    def done(self, name: str) -> Contents:
        return Contents(name, self.rows, self._sum.hexdigest())


def inventory(reader: Reader, told: Callable[[str], None] = lambda _: None) -> tuple[Contents, ...]:
    """How much a store tells of each kind of thing, and a sum of all of it; `told` hears what comes next.

    Raises `StoreError` where something can't be read. The store should not be written meanwhile.
    """
    found = []
    for name, things in _KINDS.items():
        told(name)
        total = _Sum()
        for thing in things(reader):
            if isinstance(thing, Vectors):
                total.add_windows(thing)
            else:
                total.add(thing)
        found.append(total.done(name))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Compared:
    """A kind of thing on both sides; None where a side knows none of the kind."""

    name: str
    one: int | None
    other: int | None
    equal: bool


def compare(one: Iterable[Contents], other: Iterable[Contents]) -> list[Compared]:
    """Kind by kind, in the order of the first."""
    ours, theirs = {it.name: it for it in one}, {it.name: it for it in other}
    result = []
    for name in dict.fromkeys([*ours, *theirs]):
        mine, others = ours.get(name), theirs.get(name)
        result.append(Compared(name, _rows(mine), _rows(others), mine == others))
    return result


def _rows(one: Contents | None) -> int | None:
    return None if one is None else one.rows


def compare_stores(one: Reader, other: Reader) -> list[Compared]:
    """All that two stores tell, kind by kind. Raises as `inventory`."""
    return compare(inventory(one), inventory(other))


def _namespaces(reader: Reader) -> list[str]:
    """All that anything is kept of by namespace."""
    named = {one.namespace for one in reader.statuses()} | {one.namespace for one in reader.templates()}
    return sorted(named | {one.namespace for one in reader.models()} | {one.namespace for one in reader.deployed()})


def _counts(reader: Reader) -> Iterator[object]:
    for name in _namespaces(reader):
        yield reader.vectors(name)


def _hours(reader: Reader) -> Iterator[object]:
    for name in _namespaces(reader):
        yield reader.hourly(name).summed(HOUR).vectors


def _incidents(reader: Reader) -> Iterator[object]:
    for source in Source:
        yield from pages(partial(_incidents_of, reader, source))


def _incidents_of(reader: Reader, source: Source, cursor: str | None, count: int) -> Page[Incident]:
    return reader.incidents(cursor=cursor, limit=count, source=source)


def _fitted(reader: Reader) -> Iterator[object]:
    return (one for one in map(reader.fitted, _namespaces(reader)) if one is not None)


def _workloads(reader: Reader) -> Iterator[object]:
    engine = reader.engine_state()
    return ((engine.version, *place, state) for place, state in sorted(engine.by_workload.items()))


_KINDS: dict[str, Callable[[Reader], Iterable[object]]] = {
    "namespaces": lambda it: it.statuses(),
    "windows of counts": _counts,
    "hours of counts": _hours,
    "ends of what is rolled up": lambda it: ((name, it.rolled_until(name)) for name in _namespaces(it)),
    "templates": lambda it: it.templates(),
    "anomalies": lambda it: pages(lambda cursor, count: it.anomalies(cursor=cursor, limit=count)),
    "incidents": _incidents,
    "alerts": lambda it: pages(lambda cursor, count: it.alerts(cursor=cursor, limit=count)),
    "silences": lambda it: it.silences(),
    "models": lambda it: it.models(),
    "models as made": _fitted,
    "chosen models": lambda it: it.model_choices(),
    "changes": lambda it: it.changes(),
    "deployments": lambda it: it.deployed(),
    "feedback": lambda it: it.feedback(),
    "tokens": lambda it: it.tokens(),
    "audit log": lambda it: pages(lambda cursor, count: it.acts(cursor=cursor, limit=count)),
    "positions in sources": lambda it: it.checkpoints().items(),
    "workloads of the engine": _workloads,
    "account of lines": lambda it: [stored_tally(it.tally())],
    "scopes": lambda it: it.ends().items(),
    "owners of namespaces": lambda it: ((name, it.owner(name)) for name in _namespaces(it)),
}
"""What there is of each kind, in an order that is the same in every store."""
