"""What is said of a namespace before it has a model: errors that burst out anew in what had been going on without them.

A quarter of an hour is too short to say what is usual, but long enough to have seen what goes wrong all the time. So
only a statement of level error or critical is told that had not shown in at least `BEFORE` windows with lines, and
whose lines within `WITHIN` windows are many and more than all error lines of any such time before. What a start brings
is over by then, or was there before. That lines are missing can't be told yet. Pure; all times are microseconds UTC.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from detector.findings import Anomaly, Change, Feedback, Reason, ReasonKind, finding_id
from detector.scoring import Lines, change_before
from detector.vectors import Column, WindowCounts
from parsers.engine import Template
from parsers.level import ERRORS

BEFORE = 15
"""Windows with lines in which it was not there."""
WITHIN = 5
"""Windows whose lines are added up, and for which it is new."""
LEAST = 10
"""Lines."""
SCORE = 30.0
"""Nobody knows how seldom it comes: enough to be told by a budget of one a day, and no more."""
DETECTOR = "beginning"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Windows of a namespace, and all that is known of them. All times are microseconds UTC."""

    history: Iterable[WindowCounts]
    """Their counts, and those of the windows before them that give context."""
    columns: Mapping[str, Column]
    """Of all templates in it."""
    templates: Mapping[str, Template]
    lines: Lines
    changes: Sequence[Change]
    feedback: Sequence[Feedback]
    """All that was ever said of the namespace."""


def outbreaks(namespace: str, evidence: Evidence, begin: int, end: int, span: int) -> list[Anomaly]:
    """Anomalies in the windows from `begin` up to but not with `end`, oldest first, without incidents or a model.

    The history is all that there is of the namespace until then, the columns are those of its templates.
    """
    logged, errors = _lines(evidence.history, evidence.columns, end)
    anomalies = []
    for window in range(begin, end, span):
        counts = errors.get(window, {})
        new = {name: lines for name in counts if (lines := _burst(name, window, span, logged, errors))}
        if new:
            anomalies.append(_anomaly(namespace, window, span, {name: counts[name] for name in new}, evidence))
    return anomalies


def _lines(
    history: Iterable[WindowCounts], columns: Mapping[str, Column], end: int
) -> tuple[set[int], dict[int, dict[str, int]]]:
    """The windows that have lines, and the lines of each alarming template in each window that has some."""
    logged: set[int] = set()
    errors: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in history:
        if one.window >= end:
            continue
        logged.add(one.window)
        for template, count in zip(one.templates, one.counts.tolist(), strict=True):
            if columns[template].level in ERRORS:
                errors[one.window][template] += count
    return logged, errors


def _burst(name: str, window: int, span: int, logged: set[int], errors: Mapping[int, Mapping[str, int]]) -> int:
    """The lines of a template in the last `WITHIN` windows; nought where it is not new then, or they are no burst."""
    first = min(at for at, counts in errors.items() if name in counts)
    if first <= window - WITHIN * span or sum(at < first for at in logged) < BEFORE:
        return 0
    lines = sum(errors[at].get(name, 0) for at in range(first, window + span, span) if at in errors)
    before = {at: sum(counts.values()) for at, counts in errors.items() if at < first}
    usual = max((sum(before.get(at + step * span, 0) for step in range(WITHIN)) for at in before), default=0)
    return lines if lines >= LEAST and lines > usual else 0


def _anomaly(namespace: str, window: int, span: int, lines: Mapping[str, int], evidence: Evidence) -> Anomaly:
    ranked, total = sorted(lines, key=lambda name: (-lines[name], name)), sum(lines.values())
    reasons = tuple(
        _reason(evidence.templates[name], window, lines[name], round(lines[name] / total, 6), evidence)
        for name in ranked
    )
    return Anomaly(
        id=finding_id("anomaly", namespace, window, span),
        namespace=namespace,
        window=window,
        span=span,
        score=SCORE,
        scores={DETECTOR: SCORE},
        reasons=reasons,
        model="",
        change=change_before(window + span, reasons[0].workload, evidence.changes),
    )


def _reason(template: Template, window: int, lines: int, share: float, evidence: Evidence) -> Reason:
    samples = evidence.lines(template.id, window) or ((template.example,) if template.example else ())
    first = template.first_seen
    return Reason(
        template.id, template.text, template.workload, template.level, ReasonKind.NEW, lines, 0.0, 0.0, 1, share, first,
        samples,
    )  # fmt: skip
