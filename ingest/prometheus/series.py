"""The answers of all queries as one block of numbers: namespaces × queries × steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.prometheus.client import Prometheus, QueryError, RawSeries
from ingest.prometheus.settings import Query

Floats = NDArray[np.float64]
Shorts = NDArray[np.float32]
"""What a history of a thousand namespaces is held in: in the long form it would take more than a pod usually has."""
SECOND = 1_000_000
MOST = 1_000
"""Namespaces that are looked at; those that come later by name are left out, and that is said."""


@dataclass(frozen=True, slots=True)
class Series:
    """What was read. Where nothing is known, or no number came out (0/0), it holds NaN."""

    time: NDArray[np.int64]
    """Of each step, microseconds UTC, shape (steps,)."""
    namespaces: tuple[str, ...]
    """By name."""
    queries: tuple[Query, ...]
    values: Shorts
    """Scaled, shape (namespaces, queries, steps)."""
    problems: tuple[str, ...] = ()
    """Why some of it is missing, a sentence each."""
    silent: tuple[str, ...] = ()
    """Names of queries that gave nothing at all, without a fault of theirs: what they ask for isn't measured here."""


@dataclass(frozen=True, slots=True)
class _Column:
    """What one query gave, by namespace: shape (steps,) each."""

    of: dict[str, Shorts]
    problem: str = ""


def read(client: Prometheus, queries: Sequence[Query], begin: int, end: int, step: int, most: int = MOST) -> Series:
    """All queries at each step from `begin` up to and with `end`; microseconds UTC, all multiples of whole seconds.

    A query that fails leaves its column empty and says why; the others are read all the same. Raises `ServerError`
    where nobody answers, or we may not ask.
    """
    time = np.arange(begin, end + 1, step, dtype=np.int64)
    columns = [_column(client, query, time, step) for query in queries]
    names = sorted({name for column in columns for name in column.of})
    left_out, names = len(names) - most, names[:most]
    silent = tuple(q.name for q, c in zip(queries, columns, strict=True) if not c.of and not c.problem)
    values = np.full((len(names), len(queries), len(time)), np.nan, np.float32)
    for place, column in enumerate(columns):
        for row, name in enumerate(names):
            if (found := column.of.pop(name, None)) is not None:  # so that not all of it is there twice
                values[row, place] = found
    problems = [column.problem for column in columns if column.problem]
    if left_out > 0:
        problems.append(
            f"Prometheus has metrics of {left_out + most:,} namespaces; {left_out:,} of them are left out, "
            f"those after {names[-1]}. Let prometheus.queries choose."
        )
    _fill(values, queries)
    return Series(time, tuple(names), tuple(queries), values, tuple(dict.fromkeys(problems)), silent)


def _fill(values: Shorts, queries: Sequence[Query]) -> None:
    """0 for what counts nothing, at the steps at which Prometheus knows anything of anybody."""
    known = np.isfinite(values).any(axis=(0, 1))
    for place, query in enumerate(queries):
        if query.zero:
            column = values[:, place]
            column[np.isnan(column) & known] = 0.0


def _column(client: Prometheus, query: Query, time: NDArray[np.int64], step: int) -> _Column:
    try:
        answer = client.range(query.promql, int(time[0]) // SECOND, int(time[-1]) // SECOND, step // SECOND)
    except QueryError as error:
        return _Column({}, f"The query {query.name} failed. {error}")
    rows: dict[str, Shorts] = {}
    nameless = 0
    for one in answer.series:
        name = one.metric.get(query.label, "")
        if not name:
            nameless += 1
            continue
        row = rows.setdefault(name, np.full(len(time), np.nan, np.float32))
        at, values = _numbers([one], time, step)
        if np.isfinite(row[at]).any():
            return _Column(
                {},
                f"The query {query.name} gives several series of {name}, and one is wanted: "
                f"let it sum by ({query.label}) or take the max by ({query.label}).",
            )
        row[at] = values * query.scale
    if nameless and not rows:
        return _Column(
            {}, f"The query {query.name} gives series without the label {query.label}; sum by it, or set label."
        )
    told = f"Prometheus says of the query {query.name}: {'; '.join(answer.warnings)[:400]}." if answer.warnings else ""
    return _Column(rows, told)


def _numbers(series: Iterable[RawSeries], time: NDArray[np.int64], step: int) -> tuple[NDArray[np.int64], Floats]:
    """Which steps are there, and their values; no number and none that is infinite is as if it weren't there."""
    pairs = [pair for one in series for pair in one.values]
    seconds = np.array([at for at, _ in pairs], np.float64)
    values = np.array([_number(text) for _, text in pairs], np.float64)
    if not len(pairs):
        return np.zeros(0, np.int64), values
    # As floats: a time may be further away than whole numbers reach.
    at = np.rint((seconds - time[0] / SECOND) / (step / SECOND))
    fits = (at >= 0) & (at < len(time)) & np.isfinite(values)
    return at[fits].astype(np.int64), values[fits]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
