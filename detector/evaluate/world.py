"""The background and what may be planted in it, by number: everything that days are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.counting import column_of
from detector.evaluate.background import Background
from detector.evaluate.vocabulary import JOB_WORKLOAD, Role, make_vocabulary
from detector.vectors import Column
from parsers.engine import Template, TemplateEngine

_ALARMING = ("warning", "error", "critical")


@dataclass(frozen=True, slots=True)
class World:
    """One namespace; shared by all days, never changed."""

    background: Background
    templates: tuple[Template, ...]
    """Those of the background first, then what may be planted; lines name them by their number."""
    columns: tuple[Column, ...]
    """How each of them counts."""
    workloads: tuple[str, ...]
    """Of the background, by name."""
    workload: NDArray[np.int32]
    """Of each template: number of its workload, -1 for the nightly job's."""
    vocabulary: Mapping[tuple[str, Role], tuple[int, ...]]
    touched: NDArray[np.float64]
    """Share of the traces that have a line of a workload, by workload, as days are mixed."""
    lines: NDArray[np.float64]
    """Lines a trace by template, as days are mixed."""

    @classmethod
    def of(cls, background: Background, engine: TemplateEngine) -> World:
        """Template what may be planted, and learn how usual everything is."""
        workloads = tuple(sorted({template.workload for template in background.templates}))
        spoken = make_vocabulary(engine, background.namespace, workloads, background.structured, 0)
        known = {template.id: number for number, template in enumerate(background.templates)}
        templates = list(background.templates)
        for words in spoken.values():
            for template in words:
                if known.setdefault(template.id, len(templates)) == len(templates):
                    templates.append(template)
        at = {name: number for number, name in enumerate(workloads)}
        workload = np.array([at.get(template.workload, -1) for template in templates], np.int32)
        touched, lines = _usual(background, workload, len(workloads), len(templates))
        return cls(
            background,
            tuple(templates),
            tuple(column_of(template) for template in templates),
            workloads,
            workload,
            {key: tuple(known[template.id] for template in words) for key, words in spoken.items()},
            touched,
            lines,
        )

    def said(self, workload: str, role: Role) -> tuple[int, ...]:
        """Templates of what a workload logs in a role."""
        return self.vocabulary[workload, role]

    def number(self, workload: str) -> int:
        """The number of a workload; -1 for the nightly job."""
        return self.workloads.index(workload) if workload != JOB_WORKLOAD else -1

    def of_workload(self, workload: str) -> NDArray[np.bool_]:
        """Which templates are its own, shape (templates,)."""
        return np.asarray(self.workload == self.number(workload))

    def alarming(self) -> NDArray[np.bool_]:
        """Which templates are warnings or errors, shape (templates,)."""
        return np.array([column.level in _ALARMING for column in self.columns])

    def lines_of(self, workload: str) -> float:
        """Its lines a trace."""
        return float(self.lines[self.of_workload(workload)].sum())

    def callers(self, workload: str) -> tuple[str, ...]:
        """Workloads that log just before the first line of this one in a fifth of its traces or more."""
        background, mine = self.background, self.of_workload(workload)[self.background.template]
        trace = np.repeat(np.arange(background.traces), np.diff(background.begin))
        rows = np.flatnonzero(mine)
        _, first = np.unique(trace[rows], return_index=True)
        rows = rows[first]
        led = rows[rows > background.begin[trace[rows]]] - 1
        share = np.bincount(self.workload[background.template[led]], minlength=len(self.workloads)) / max(1, len(rows))
        return tuple(self.workloads[number] for number in np.flatnonzero(share >= 0.2).tolist())


def _usual(
    background: Background, workload: NDArray[np.int32], workloads: int, templates: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What an average trace has when each busy minute is as likely: workloads touched, lines by template."""
    weight = np.zeros(background.traces)
    for minute in background.minutes:
        weight[minute] += 1.0 / len(minute) / len(background.minutes)
    trace = np.repeat(np.arange(background.traces), np.diff(background.begin))
    lines = np.bincount(background.template, weights=weight[trace], minlength=templates)
    pairs = np.unique(trace * workloads + workload[background.template])
    touched = np.bincount(pairs % workloads, weights=weight[pairs // workloads], minlength=workloads)
    return np.asarray(touched, np.float64), np.asarray(lines, np.float64)
