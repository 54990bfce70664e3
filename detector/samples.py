"""Sample lines that are kept as they were written, and what becomes of them once that is over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from detector.findings import Anomaly, Incident, Reason

Redact = Callable[[Iterable[str]], list[str]]
"""Masks personal data in texts, as `TemplateEngine.redact`; what is masked already stays as it is."""
Finding = TypeVar("Finding", bound=Anomaly | Incident)


def marked(finding: Finding, redact: Redact) -> Finding:
    """The finding, each of its reasons with whether masking would change a line of it."""
    return _with(finding, [replace(one, raw=tuple(redact(one.samples)) != one.samples) for one in finding.reasons])


def is_raw(finding: Anomaly | Incident) -> bool:
    """Whether a line of it is as it was written, with something in it that masking would change."""
    return any(one.raw for one in finding.reasons)


def masked(finding: Finding, redact: Redact) -> Finding:
    """The finding with all lines masked."""
    return _with(finding, [replace(one, samples=tuple(redact(one.samples)), raw=False) for one in finding.reasons])


def _with(finding: Finding, reasons: list[Reason]) -> Finding:
    return finding if tuple(reasons) == finding.reasons else replace(finding, reasons=tuple(reasons))
