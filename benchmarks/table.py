"""One table of all figures: what was measured, what was wanted, what was seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from benchmarks.machine import describe

Sense = Literal["least", "most", ""]


@dataclass(frozen=True, slots=True)
class Measure:
    """One row: a figure from several runs, and the goal that it is held to."""

    name: str
    goal: float | None
    """None where nothing was promised."""
    values: tuple[float, ...]
    """One a run; with none, it could not be measured, and `note` says why."""
    unit: str = "×"
    note: str = ""
    """The peer, and what it was measured on."""
    sense: Sense = "least"
    """Whether the goal is the least or the most that it may be."""

    @property
    def seen(self) -> float | None:
        """The median of the runs."""
        return median(self.values) if self.values else None

    @property
    def met(self) -> bool | None:
        """Whether the median reaches the goal; None without a goal, or where nothing was measured."""
        if self.goal is None or self.seen is None:
            return None
        return self.seen >= self.goal if self.sense == "least" else self.seen <= self.goal


def shown(measures: Sequence[Measure]) -> str:
    """The rows as a Markdown table."""
    head = ("measure", "goal", "seen", "least to most", "met", "note")
    rows = [head, tuple("---" for _ in head), *(_row(one) for one in measures)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def show(measures: Callable[[Sequence[str], bool], Sequence[Measure]], arguments: Sequence[str]) -> None:
    """Print the machine and the table; `measures` is given the paths among the arguments, and whether `--short` is."""
    paths = [each for each in arguments if not each.startswith("--")]
    print(f"{describe()}\n")
    print(shown(measures(paths, "--short" in arguments)))


def _row(one: Measure) -> tuple[str, ...]:
    sign = {"least": "≥ ", "most": "≤ ", "": ""}[one.sense]
    goal = "" if one.goal is None else f"{sign}{_figure(one.goal)} {one.unit}".strip()
    if one.seen is None:
        return (one.name, goal, "not measured", "", "", one.note)
    spread = f"{_figure(min(one.values))} to {_figure(max(one.values))}" if len(one.values) > 1 else ""
    met = {True: "yes", False: "no", None: ""}[one.met]
    return (one.name, goal, f"{_figure(one.seen)} {one.unit}".strip(), spread, met, one.note)


def _figure(value: float) -> str:
    """Three significant digits, thousands apart.

    >>> _figure(1234.5), _figure(12.34), _figure(0.01234)
    ('1,234', '12.3', '0.0123')
    """
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
