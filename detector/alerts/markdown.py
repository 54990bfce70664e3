"""An incident as Markdown, to be pasted into an issue or a chat.

What strangers wrote stands in code spans and fences that it can't end, or is escaped: no markup, HTML, link or mention
of it comes alive. Syntax: CommonMark 0.31 (6.1 code spans, 4.5 fences, 2.4 escapes) and GitHub's tables
(https://github.github.com/gfm/#tables-extension-).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from detector.alerts.channels.harmless import block, visible
from detector.alerts.channels.wording import expected, length, span
from detector.alerts.notices import reason_notice
from detector.findings import Change, Incident, Reason, ReasonKind
from detector.incidents import describe
from detector.moments import moment

_REASONS, _SAMPLES, _CHANGES = 10, 3, 10
_CELL, _LINE = 300, 2_000
_HEADINGS = ("What", "Workload", "Template", "Observed", "Expected", "First seen")
_SPECIAL = re.compile(r"[\\`*_{}\[\]|~!$]")
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_AHEAD = "\u200b"
"""Nothing that shows: so `@` and `#` mention nobody and refer to nothing."""


@dataclass(frozen=True, slots=True)
class Told:
    """An incident with what stands beside it."""

    incident: Incident
    parts: Sequence[Incident] = ()
    """What metrics showed at the same time."""
    changes: Sequence[Change] = ()
    """In its namespace, before and during it, by time."""
    links: Sequence[tuple[str, str]] = ()
    """Words and address; empty addresses are left out."""


def markdown(told: Told) -> str:
    """The whole, ending in a line break."""
    one = told.incident
    when = f"{span(moment(one.start), moment(one.end))} UTC"
    still = ", still going on" if one.open else f" ({length(moment(one.end) - moment(one.start))})"
    parts = [
        f"### {one.severity.value.capitalize()} incident in {code(one.namespace, 100)}",
        f"**What happened:** {prose(one.summary, 1_000)}",
        f"**When:** {when}{still}",
        f"**Score:** {one.score:.0f} of 100, {one.severity.value}",
        _table([*one.reasons, *(reason for part in told.parts for reason in part.reasons)]),
        _changed(told.changes or ([one.change] if one.change else [])),
        *(_lines(reason) for reason in one.reasons[:_REASONS]),
        " · ".join(f"[{words}](<{address}>)" for words, address in told.links if address),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def prose(text: str, limit: int) -> str:
    """Text in one line, within a sentence: it can't begin a block there, and nothing in it is markup."""
    escaped = _SPECIAL.sub(r"\\\g<0>", visible(text, limit))
    escaped = re.sub("[<>&]", lambda found: _ENTITIES[found[0]], escaped)
    # Addresses would become links by themselves.
    escaped = re.sub(r":(?=/)", r"\\:", escaped)
    escaped = re.sub(r"(?i)\b(www)\.", r"\1\\.", escaped)
    return re.sub(r"[@#]", lambda found: found[0] + _AHEAD, escaped)


def code(text: str, limit: int) -> str:
    """Text in one line as a code span that nothing in it ends, wherever it stands."""
    shown = visible(text, limit)
    if not shown.strip():
        return "(empty)"
    ticks = "`" * (_longest(shown) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def fenced(texts: Sequence[str], limit: int) -> str:
    """Texts of one or more lines as they are, in a fence that none of them ends."""
    shown = "\n".join(block(text, limit) for text in texts)
    ticks = "`" * max(_longest(shown) + 1, 3)
    return f"{ticks}text\n{shown}\n{ticks}"


def _longest(text: str) -> int:
    """Of the runs of backticks."""
    return max(map(len, re.findall("`+", text)), default=0)


def _table(reasons: Sequence[Reason]) -> str:
    if not reasons:
        return ""
    rows = [" | ".join(_HEADINGS), " | ".join("---:" if name == "Observed" else "---" for name in _HEADINGS)]
    rows += [" | ".join(_cells(reason)) for reason in reasons[:_REASONS]]
    hidden = len(reasons) - _REASONS
    more = f"\n\nand {hidden} more reason{'s' * (hidden > 1)}" if hidden > 0 else ""
    return "\n".join(f"| {row} |" for row in rows) + more


def _cells(reason: Reason) -> tuple[str, ...]:
    usual = {ReasonKind.NEW: "never seen before", ReasonKind.BACK: "none any more", ReasonKind.RULE: "always told"}
    windows = f" in {reason.windows} windows" if reason.windows > 1 else ""
    text = _in_cell(code(reason.template, _CELL)) if reason.template_id else prose(reason.template, _CELL)
    return (
        reason.kind.value,
        _in_cell(code(reason.workload, 100)) if reason.workload else "",
        " ".join(filter(None, (prose(reason.level, 20), text))),
        f"{reason.observed:,}{windows}",
        usual.get(reason.kind) or expected(reason_notice(reason, 0)),
        "" if reason.first_seen is None else f"{moment(reason.first_seen):%Y-%m-%d %H:%M} UTC",
    )


def _in_cell(span: str) -> str:
    """A code span in a table, where a bar ends the cell unless an odd number of backslashes stands before it."""
    return re.sub(r"(\\*)\|", lambda found: found[1] + "\\" * (1 + len(found[1]) % 2) + "|", span)


def _changed(changes: Sequence[Change]) -> str:
    if not changes:
        return ""
    shown = [f"- {moment(one.time):%Y-%m-%d %H:%M} UTC: {prose(describe(one), 300)}" for one in changes[-_CHANGES:]]
    return "\n".join(["**What changed:**", "", *shown])


def _lines(reason: Reason) -> str:
    """Lines of a reason, as they are kept: masked."""
    if not reason.samples:
        return ""
    about = prose(reason.workload, 100) or "the namespace"
    return f"**Lines of {about}:**\n\n{fenced(list(dict.fromkeys(reason.samples))[:_SAMPLES], _LINE)}"
