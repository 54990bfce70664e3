"""Judges what finds the templates: the compiled core, or Python."""

from __future__ import annotations

from detector.doctor.check import Check, failed, ok
from detector.doctor.facts import Facts, Refused


def judge(facts: Facts) -> Check:
    """Python does as well, only slower: missing is the core only where it is demanded."""
    if isinstance(facts.core, Refused):
        return failed("engine", facts.core.problem, facts.core.advice)
    if facts.core:
        return ok("engine", facts.core)
    return ok("engine", f"python: {facts.why_no_core}")
