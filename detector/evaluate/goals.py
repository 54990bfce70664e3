"""What is to be reached, and a gate for CI: limits that figures must keep."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.errors import UsageError
from detector.evaluate.faults import FAULTS
from detector.evaluate.harmless import HARMLESS
from detector.evaluate.scorecard import Card


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure against what was set out to reach."""

    name: str
    value: float
    limit: float
    at_least: bool
    """Whether the limit is the least (or the most) that will do."""
    percent: bool = True

    @property
    def reached(self) -> bool:
        """Whether it is; NaN never is."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def goals_of(card: Card) -> list[Goal]:
    """The goals of detection."""
    delay = float("nan") if card.delay is None else card.delay
    return [
        Goal("faults found", card.found.value, 0.95, True),
        Goal("false incidents a day", card.false_a_day.value, 1.0, False, percent=False),
        Goal("median delay, windows", delay, 1.0, False, percent=False),
        Goal("faulty workload named first", card.named.value, 0.90, True),
        Goal("AUC-ROC by window", card.auc_roc.value, 0.95, True, percent=False),
        Goal("recall by window", card.recall.value, 0.95, True),
        Goal("false-positive rate by window", card.false_positive_rate.value, 0.01, False),
    ]


_GATES: Mapping[str, tuple[bool, Callable[[Card], float]]] = {
    "found": (True, lambda card: card.found.value),
    "false_a_day": (False, lambda card: card.false_a_day.value),
    "delay": (False, lambda card: math.inf if card.delay is None else card.delay),
    "named": (True, lambda card: card.named.value),
    "auc_roc": (True, lambda card: card.auc_roc.value),
    "recall": (True, lambda card: card.recall.value),
    "false_positive_rate": (False, lambda card: card.false_positive_rate.value),
}


def read_gate(path: Path) -> dict[str, Any]:
    """The limits in a file.

    `{"found": 0.9, "false_a_day": 2, "kinds": {"silent": 0.9}, "harmless": {"surge": 0}}`: least for what should be
    high, most for what should be low; by kind the least share found, by harmless kind the most false incidents an
    event. Raises `UsageError` for anything else.
    """
    try:
        limits = json.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The gate {path} can't be read: {error}.", "Name a JSON file with limits.") from None
    except json.JSONDecodeError as error:
        raise UsageError(f"The gate {path} is no JSON: {error}.", 'Write {"found": 0.9}, for example.') from None
    if not isinstance(limits, dict):
        raise UsageError(f"The gate {path} is no table of limits.", 'Write {"found": 0.9}, for example.')
    known: dict[str, tuple[str, ...]] = {"kinds": tuple(FAULTS), "harmless": tuple(HARMLESS)}
    for name, limit in limits.items():
        if name in known:
            _check_names(path, name, limit, known[name])
        elif name not in _GATES:
            raise UsageError(f"{path}: {name} is no figure.", f"Take {', '.join((*_GATES, *known))}.")
        elif not _is_number(limit):
            raise UsageError(f"{path}: the limit of {name} is no number.", "Write one, such as 0.9.")
    return limits


def violations(card: Card, limits: Mapping[str, Any]) -> list[str]:
    """A sentence for each limit that is not kept."""
    broken = []
    for name, limit in limits.items():
        if name in _GATES:
            at_least, figure = _GATES[name]
            value = figure(card)
            if math.isnan(value) or (value < limit if at_least else value > limit):
                broken.append(f"{name} is {value:.3g}, at {'least' if at_least else 'most'} {limit} is wanted.")
    for group in card.kinds:
        limit = limits.get("kinds", {}).get(group.name)
        if limit is not None and group.share.value < limit:
            broken.append(f"{group.name}: {group.found} of {group.of} found, at least {limit:.0%} is wanted.")
    for row in card.peace:
        limit = limits.get("harmless", {}).get(row.name)
        if limit is not None and row.false > limit * row.events:
            broken.append(f"{row.name}: {row.false} false incidents in {row.events} events, {limit} an event at most.")
    return broken


def _check_names(path: Path, section: str, limits: object, known: tuple[str, ...]) -> None:
    if not isinstance(limits, dict):
        raise UsageError(f"{path}: {section} is no table.", f'Write {{"{section}": {{"{known[0]}": 0.9}}}}.')
    for name, limit in limits.items():
        if name not in known or not _is_number(limit):
            raise UsageError(f"{path}: {section}.{name} is unknown or has no number.", f"There are {', '.join(known)}.")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
