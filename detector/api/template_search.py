"""Which templates match a search, and how many would by another level or workload."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from detector.feedback import active, muting
from detector.findings import Feedback, FeedbackKind
from parsers.engine import Template
from parsers.level import LEVELS

NO_LEVEL = "none"
"""What templates are called whose level isn't known."""
MOST_WORKLOADS = 200
"""That are named beside a list."""
_RANK = {level: rank for rank, level in enumerate((*reversed(LEVELS), ""))}


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; None where it doesn't matter."""

    words: tuple[str, ...] = ()
    """All of them are in the text, example, workload or id; in lower case."""
    workload: str | None = None
    level: str | None = None
    new_since: int | None = None
    """Times are microseconds UTC."""
    gone_since: int | None = None
    muted: bool | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What matches."""

    templates: list[Template]
    levels: dict[str, int]
    """How many match by level, the worst first, whatever level is looked for."""
    workloads: dict[str, int]
    """Likewise by workload, the most first, as many as `MOST_WORKLOADS`."""


def search(templates: Iterable[Template], wanted: Search, feedback: Iterable[Feedback], now: int) -> Found:
    """Those that match, in their order; `now` (microseconds UTC) is when feedback has to hold."""
    mutes: dict[str, list[Feedback]] = {}
    if wanted.muted is not None:
        for one in active(feedback, now):
            if one.kind is FeedbackKind.MUTE:
                mutes.setdefault(one.namespace, []).append(one)
    found: list[Template] = []
    levels: Counter[str] = Counter()
    workloads: Counter[str] = Counter()
    for template in templates:
        if not _matches(template, wanted, mutes, now):
            continue
        level = template.level or NO_LEVEL
        is_level, is_workload = wanted.level in (None, level), wanted.workload in (None, template.workload)
        if is_workload:
            levels[level] += 1
        if is_level:
            workloads[template.workload] += 1
        if is_level and is_workload:
            found.append(template)
    ranked = sorted(levels, key=lambda level: by_level("" if level == NO_LEVEL else level))
    return Found(found, {level: levels[level] for level in ranked}, dict(workloads.most_common(MOST_WORKLOADS)))


def by_level(level: str) -> int:
    """Its place among levels, the worst first; those that aren't known last."""
    return _RANK.get(level, _RANK[""])


def _matches(template: Template, wanted: Search, mutes: dict[str, list[Feedback]], now: int) -> bool:
    """But for level and workload."""
    if wanted.new_since is not None and template.first_seen < wanted.new_since:
        return False
    if wanted.gone_since is not None and template.last_seen >= wanted.gone_since:
        return False
    if wanted.words and not _holds(template, wanted.words):
        return False
    if wanted.muted is None:
        return True
    own = mutes.get(template.namespace, ())
    by = muting(own, now, template.namespace, template.workload, template.id) if own else None
    return wanted.muted is (by is not None)


def _holds(template: Template, words: tuple[str, ...]) -> bool:
    text = f"{template.text}\n{template.example}\n{template.workload}\n{template.id}".casefold()
    return all(word in text for word in words)
