"""Incidents that are known, from a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from detector.api.times import parse_time
from detector.errors import UsageError
from detector.replay import Known

_COLUMNS = ("start", "end", "namespace", "workload", "name")
_MOST = 100_000
"""Lines of a file; more are no incidents."""


def read_known(path: Path) -> list[Known]:
    """The incidents in a CSV file with a heading, in its order; columns `start,end[,namespace][,workload][,name]`.

    Times as `2026-11-21T07:00:00Z`. Raises `UsageError` with the number of the line that is wrong.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} can't be read: {(error.strerror or str(error)).lower()}.", _FORM) from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} isn't text in UTF-8.", _FORM) from None
    return parse_known(text, str(path))


def parse_known(text: str, called: str) -> list[Known]:
    """Likewise from text; `called` is how errors name it."""
    rows = csv.DictReader(io.StringIO(text, newline=""), skipinitialspace=True)
    try:
        _check_heading([name.strip() for name in rows.fieldnames or ()], called)
        rows.fieldnames = [name.strip() for name in rows.fieldnames or ()]
        found: list[Known] = []
        for row in rows:
            if any(isinstance(value, list) for value in row.values()):
                raise UsageError(f"{called}, line {rows.line_num}: more fields than the heading names.", _FORM)
            if any(row.values()):
                found.append(_known(row, f"{called}, line {rows.line_num}", len(found)))
            if len(found) > _MOST:
                raise UsageError(f"{called} has more than {_MOST:,} lines.", "Leave out what isn't in the time asked.")
    except csv.Error as error:
        raise UsageError(f"{called}, line {rows.line_num}: {error}.", _FORM) from None
    if not found:
        raise UsageError(f"{called} names no incident.", _FORM)
    return found


def together(listed: list[Known], marked: list[Known]) -> list[Known]:
    """Those of a file, and those that people marked as real and the file doesn't tell of: none counts twice."""
    return [*listed, *(one for one in marked if not any(_is_one(one, other) for other in listed))]


def _is_one(one: Known, other: Known) -> bool:
    return other.namespace in ("", one.namespace) and one.start < other.end and other.start < one.end


_FORM = "Give a CSV file with the heading start,end,namespace,workload,name (the last three may be left out)."


def _check_heading(names: list[str], called: str) -> None:
    for name in ("start", "end"):
        if name not in names:
            raise UsageError(f"{called}, line 1: there is no column {name}.", _FORM)
    for name in names:
        if name not in _COLUMNS or names.count(name) > 1:
            problem = "is there twice" if name in _COLUMNS else "is not known"
            raise UsageError(f"{called}, line 1: the column {name[:40]!r} {problem}.", _FORM)


def _known(row: Mapping[str, str | None], where: str, number: int) -> Known:
    fields = {name: (row.get(name) or "").strip() for name in _COLUMNS}
    times = {name: _time(fields[name], name, where) for name in ("start", "end")}
    if times["end"] <= times["start"]:
        raise UsageError(f"{where}: the end isn't later than the start.", "Exchange them, or correct one.")
    name = fields["name"] or f"incident {number + 1}"
    return Known(name, times["start"], times["end"], fields["namespace"], fields["workload"])


def _time(text: str, name: str, where: str) -> int:
    if not text:
        raise UsageError(f"{where}: there is no {name}.", "Write it like 2026-11-21T07:00:00Z.")
    if not text[0].isdigit():
        raise UsageError(f"{where}: {name} {text[:40]!r} is not a time.", "Write it like 2026-11-21T07:00:00Z.")
    try:
        return parse_time(text, 0)
    except UsageError as error:
        raise UsageError(f"{where}: {name} {error.problem}", error.advice) from None
