"""Who gets a model of their own: names come from what is logged, and whoever logs may make up any number of them.

Each namespace has counts, a history and models, each workload a tree of templates: all of it in memory. What comes when
there are as many as may be is counted all the same, under one name for all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from ingest.batch import LogBatch, Origin

OVERFLOW = "(overflow)"
"""Namespace, or workload, of all that came too late to have one of its own; Kubernetes has no such name."""


class Admission:
    """Lets `most_namespaces` in, and of each `most_workloads`; those that are `known` (both names) always are.

    `overflow` is the namespace of all others.
    """

    def __init__(
        self,
        known: Iterable[tuple[str, str]],
        most_namespaces: int,
        most_workloads: int,
        overflow: str = OVERFLOW,
    ) -> None:
        self._most_namespaces, self._most_workloads, self._overflow = most_namespaces, most_workloads, overflow
        self._workloads: dict[str, set[str]] = defaultdict(set)
        for namespace, workload in known:
            self._workloads[namespace].add(workload)
        self._put: dict[str, None] = {}
        """Namespaces that have too many workloads; the empty name where there are too many namespaces."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What the page should say of it, a sentence or two each."""
        told = []
        if "" in self._put:
            told.append(
                f"{self._most_namespaces:,} namespaces are known, and more log: lines of those are counted together as "
                f"{self._overflow}. Raise detection.max_namespaces, or look who makes them up."
            )
        if named := [name for name in self._put if name]:
            more = f" and {len(named) - 3:,} more" if len(named) > 3 else ""
            told.append(
                f"In {', '.join(named[:3])}{more} more than {self._most_workloads:,} workloads log: lines of further "
                f"ones are counted together as {OVERFLOW}. Raise detection.max_workloads, or look who makes them up."
            )
        return tuple(told)

    def admit(self, batch: LogBatch) -> LogBatch:
        """The same records, each under a name that it may have."""
        origins = tuple([self._placed(origin) for origin in batch.origins])
        return batch if origins == batch.origins else replace(batch, origins=origins)

    def _placed(self, origin: Origin) -> Origin:
        workloads = self._workloads.get(origin.namespace)
        if workloads is not None and origin.workload in workloads:
            return origin
        if workloads is None and len(self._workloads) >= self._most_namespaces:
            if origin.namespace != self._overflow:
                self._put[""] = None
            # Of pods and containers nothing is kept: of that, too, there may be any number.
            origin = Origin(self._overflow, OVERFLOW)
        elif workloads is not None and len(workloads) >= self._most_workloads:
            self._put[origin.namespace] = None
            origin = Origin(origin.namespace, OVERFLOW)
        self._workloads[origin.namespace].add(origin.workload)
        return origin
