"""The labels of sessions, from a CSV file with a header."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detector.errors import SourceError, UsageError
from detector.models.sessions import Sessions

SESSION_COLUMNS = ("session", "blockid", "block_id", "id", "name", "trace", "trace_id", "request", "request_id")
LABEL_COLUMNS = ("label", "anomaly", "anomalous", "is_anomaly", "class")
_VALUES = {"0": 0, "1": 1, "normal": 0, "anomaly": 1, "anomalous": 1, "false": 0, "true": 1, "0.0": 0, "1.0": 1}


def read_labels(path: Path) -> dict[str, int]:
    """0 or 1 by session. Raises `SourceError` where the file can't be read, `UsageError` where it isn't labels."""
    labels: dict[str, int] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.reader(lines)
            header = next(rows, [])
            session, label = _column(header, SESSION_COLUMNS, path), _column(header, LABEL_COLUMNS, path)
            for name, value in _cells(rows, session, label, path):
                if labels.setdefault(name, value) != value:
                    raise UsageError(f"{path}: session {name} is labelled 0 and 1.", "Leave one of the two rows.")
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}.", "Name a CSV file with --labels.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} is no CSV file in UTF-8 ({error}).", "Write rows such as session,label.") from error
    if not labels:
        raise UsageError(f"{path} has no row under its header.", "Write a row for each session: its name and 0 or 1.")
    return labels


def labelled(sessions: Sessions, labels: dict[str, int]) -> tuple[Sessions, NDArray[np.int8], int]:
    """The sessions that have a label, their labels of shape (n,), and how many labels no session has.

    Raises `UsageError` where none has.
    """
    rows = np.array([row for row, name in enumerate(sessions.names) if name in labels], np.intp)
    if not len(rows):
        raise UsageError(
            f"None of the {len(sessions):,} sessions has a label: lines name {_shown(sessions.names)}, "
            f"labels name {_shown(tuple(labels))}.",
            "Say which field of a line names its session with --session-field, or find it with --session-pattern.",
        )
    kept = sessions.take(rows)
    return kept, np.array([labels[name] for name in kept.names], np.int8), len(labels) - len(kept)


def _column(header: list[str], names: Sequence[str], path: Path) -> int:
    plain = [name.strip().lower() for name in header]
    for name in names:
        if name in plain:
            return plain.index(name)
    shown = ", ".join(header)[:200] or "nothing"
    raise UsageError(
        f"{path} has no column {names[0]}: its header names {shown}.", "Let its first line be session,label."
    )


def _cells(rows: Iterator[list[str]], session: int, label: int, path: Path) -> Iterator[tuple[str, int]]:
    for number, row in enumerate(rows, start=2):
        if not any(row):
            continue
        if len(row) <= max(session, label):
            raise UsageError(f"{path}, line {number}: a column is missing.", "Write the session and 0 or 1.")
        value = _VALUES.get(row[label].strip().lower())
        if value is None:
            raise UsageError(
                f"{path}, line {number}: {row[label][:40]!r} is no label.", "Write 0 for normal, 1 for an anomaly."
            )
        yield row[session].strip(), value


def _shown(names: tuple[str, ...]) -> str:
    return ", ".join(name[:60] for name in names[:2]) + (" …" if len(names) > 2 else "")
