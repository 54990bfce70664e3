"""Namespaces, counts, templates and scores, as far as somebody may see them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from detector.access.principal import Principal, Right
from detector.findings import (
    NamespaceStatus,
)
from detector.permitted.visible import (
    is_elsewhere,
    is_template_seen,
    status_seen,
)
from detector.sparse import Vectors
from detector.store.overview import IncidentCount, ScoreSeries
from detector.store.port import Reader, WindowCounts, WindowScores
from parsers.engine import Template


class PermittedCounts:
    """Reads them from a store; made for one question: the names of namespaces are looked up once."""

    def __init__(self, reader: Reader, who: Principal) -> None:
        self._reader, self._who = reader, who
        self._hidden_in: dict[str, frozenset[str]] = {}

    @cached_property
    def _names(self) -> Sequence[str]:
        """Theirs, as far as they may be there."""
        patterns = {name for one in self._who.grants if Right.READ in one.rights for name in one.namespaces}
        if not any("*" in pattern for pattern in patterns):
            return sorted(patterns)
        return self.namespaces()

    def _asked(self, namespace: str | None, namespaces: Sequence[str] | None) -> Sequence[str]:
        """Those to be looked at."""
        wanted = self._names if namespaces is None else list(filter(self._who.sees, namespaces))
        if namespace is None:
            return wanted
        named = [namespace] if self._who.sees(namespace) else []
        return named if namespaces is None or namespace in namespaces else []

    def namespaces(self) -> list[str]:
        """Theirs."""
        return list(filter(self._who.sees, self._reader.namespaces()))

    def statuses(self) -> list[NamespaceStatus]:
        """Of theirs."""
        return [status_seen(self._who, one) for one in self._reader.statuses() if self._who.sees(one.namespace)]

    def counts(self, namespace: str, since: int | None = None, until: int | None = None) -> Iterable[WindowCounts]:
        """Of theirs."""
        return self.vectors(namespace, since, until).windows()

    def vectors(self, namespace: str, since: int | None = None, until: int | None = None) -> Vectors:
        """Of theirs."""
        if not self._who.sees(namespace):
            return Vectors.of(namespace, [])
        return self._reader.vectors(namespace, since, until).without(self._hidden(namespace))

    def hours(self, namespace: str, since: int | None = None, until: int | None = None) -> Iterable[WindowCounts]:
        """Of theirs."""
        return self._hours(namespace, since, until) if self._who.sees(namespace) else ()

    def _hours(self, namespace: str, since: int | None, until: int | None) -> Iterator[WindowCounts]:
        hidden = self._hidden(namespace)
        for one in self._reader.hours(namespace, since, until):
            kept = np.array([name not in hidden for name in one.templates], bool)
            if kept.all():
                yield one
            elif kept.any():
                names = tuple(name for name in one.templates if name not in hidden)
                yield replace(one, templates=names, counts=one.counts[kept])

    def hourly(self, namespace: str, since: int | None = None, until: int | None = None) -> Vectors:
        """Of theirs."""
        if not self._who.sees(namespace):
            return Vectors.of(namespace, [])
        return self._reader.hourly(namespace, since, until).without(self._hidden(namespace))

    def _hidden(self, namespace: str) -> frozenset[str]:
        """Ids of the templates of a namespace of theirs that tell of others."""
        if namespace not in self._hidden_in:
            found = (one.id for one in self._reader.templates(namespace) if is_elsewhere(self._who, one.workload))
            self._hidden_in[namespace] = frozenset(found)
        return self._hidden_in[namespace]

    def rolled_until(self, namespace: str) -> int | None:
        """Of theirs."""
        return self._reader.rolled_until(namespace) if self._who.sees(namespace) else None

    def templates(self, namespace: str | None = None, namespaces: Sequence[str] | None = None) -> list[Template]:
        """Of theirs."""
        found = self._reader.templates(namespaces=self._asked(namespace, namespaces))
        return [one for one in found if is_template_seen(self._who, one)]

    def scores(
        self, since: int, until: int, namespace: str | None = None, namespaces: Sequence[str] | None = None
    ) -> list[ScoreSeries]:
        """Of theirs."""
        return self._reader.scores(since, until, namespaces=self._asked(namespace, namespaces))

    def highest(self, since: int, until: int, step: int, namespaces: Sequence[str] | None = None) -> list[ScoreSeries]:
        """Of theirs."""
        return self._reader.highest(since, until, step, self._asked(None, namespaces))

    def detector_scores(self, namespace: str, since: int | None = None, until: int | None = None) -> list[WindowScores]:
        """Of theirs."""
        return self._reader.detector_scores(namespace, since, until) if self._who.sees(namespace) else []

    def incident_counts(self, since: int, until: int, namespaces: Sequence[str] | None = None) -> list[IncidentCount]:
        """Of theirs."""
        return self._reader.incident_counts(since, until, self._asked(None, namespaces))
