"""Incidents in other namespaces that may be the same story: of one alert, with the same statement, or at one time.

All times are microseconds UTC.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from detector.findings import Incident

Because = Literal["alert", "template", "time"]

NEAR = 600_000_000
"""Incidents with no more than this between them are of one time."""
MOST = 20
_RANK: dict[Because, int] = {"alert": 0, "template": 1, "time": 2}
_PLACEHOLDER = re.compile(r"<[A-Z0-9_*]+>")
_TELLING = re.compile(r"[^\W\d_]{3}")


@dataclass(frozen=True, slots=True)
class Related:
    """An incident, and why it may belong to another one."""

    incident: Incident
    because: Because
    """The best reason."""
    shared: tuple[str, ...]
    """Texts of the templates that both are told by."""


def related(one: Incident, others: Iterable[Incident], together: Collection[str]) -> list[Related]:
    """Those of the others that are of another namespace and may belong to this one, the best reasons first.

    `together` are the ids of the incidents of the same alert.
    """
    texts = _texts(one)
    found = {}
    for other in others:
        if other.namespace == one.namespace:
            continue
        theirs = set(_texts(other)) if texts else ()
        shared = tuple(text for text in texts if text in theirs)
        if (because := _because(one, other, shared, together)) is not None:
            found[other.id] = Related(other, because, shared)
    ranked = sorted(found.values(), key=lambda each: _order(one, each))
    return ranked[:MOST]


def _because(one: Incident, other: Incident, shared: tuple[str, ...], together: Collection[str]) -> Because | None:
    if other.id in together:
        return "alert"
    if shared:
        return "template"
    return "time" if other.start - NEAR <= one.end and one.start - NEAR <= other.end else None


def _order(one: Incident, each: Related) -> tuple[int, int, int, float, str]:
    other = each.incident
    return _RANK[each.because], -len(each.shared), abs(other.start - one.start), -other.score, other.id


def _texts(one: Incident) -> tuple[str, ...]:
    """Of templates that say something: one that is all placeholders is the same in every program."""
    own = (reason.template for reason in one.reasons if reason.template_id)
    return tuple(dict.fromkeys(text for text in own if _TELLING.search(_PLACEHOLDER.sub("", text))))
