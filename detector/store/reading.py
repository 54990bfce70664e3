"""Reading the embedded store, from any number of threads and processes, also while another one writes."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np

from detector.findings import Anomaly, Change, Deployed, Feedback, Incident, ModelCard, ModelChoice, NamespaceStatus
from detector.sparse import HOUR, Vectors
from detector.store import codec
from detector.store.connection import ReadPool, closed, told_plainly
from detector.store.cursor import decode_cursor, encode_cursor, unreadable_cursor
from detector.store.port import Fitted, Page, Said, ScoreSeries, WindowCounts
from detector.store.rollup import hours
from ingest.accounting import DropReason, Remark, Tally
from ingest.source import Checkpoint
from parsers.engine import EngineState, Template

Item = TypeVar("Item")
Word = TypeVar("Word", Feedback, ModelChoice)
_MOST = (1 << 63) - 1
_LIVE = (
    "SELECT scope.name, value FROM scope LEFT JOIN fact ON fact.scope = number AND fact.name = 'closed_until'"
    " WHERE released = 0"
)
"""Scopes that aren't released, with how far each is."""


class StoredTally(msgspec.Struct):
    """The tally as it is kept."""

    read: int
    records: int
    joined: int
    pending: int
    dropped: dict[DropReason, int]
    remarks: dict[Remark, int]


class SqliteReader:
    """Reads with a connection for each thread that is reading just now; `detector.store.port.Reader` says what.

    Of the whole store, or as the scope of this number sees it.
    """

    def __init__(self, pool: ReadPool, scope: int | None = None) -> None:
        self._pool, self._scope = pool, scope
        self._own = "" if scope is None else f" AND namespace.scope = {scope:d}"
        self._closed = False
        self._vocabularies: dict[str, tuple[str, ...]] = {}
        self._heard: tuple[object, Said] | None = None
        """What was said, and what told that nothing was said since."""
        with told_plainly(pool.path, "read"), pool.connection():
            pass

    @property
    def path(self) -> Path:
        """The file."""
        return self._pool.path

    def statuses(self) -> list[NamespaceStatus]:
        """One entry a namespace, by name."""
        rows = self._rows(f"SELECT status FROM namespace WHERE status IS NOT NULL{self._own} ORDER BY name")
        return [codec.decode_status(blob) for (blob,) in rows]

    def counts(self, namespace: str, since: int | None = None, until: int | None = None) -> Iterable[WindowCounts]:
        """By window, oldest first."""
        return self.vectors(namespace, since, until).windows()

    def vectors(self, namespace: str, since: int | None = None, until: int | None = None) -> Vectors:
        """The same as columns."""
        rows = self._rows(
            "SELECT window, vector FROM counts WHERE namespace = (SELECT number FROM namespace WHERE name = ?)"
            " AND window >= ? AND window < ? ORDER BY window",
            (codec.storable(namespace), *_range(since, until)),
        )
        windows = np.fromiter((window for window, _ in rows), np.int64, len(rows))
        unpacked = codec.unpack_all([vector for _, vector in rows])
        return Vectors(namespace, windows, *unpacked, self._vocabulary(namespace) if rows else ())

    def hours(self, namespace: str, since: int | None = None, until: int | None = None) -> Iterable[WindowCounts]:
        """By hour, oldest first: from windows where they are still there."""
        low, high = _range(since, until)
        inside = (codec.storable(namespace), low, high)
        whose = "namespace = (SELECT number FROM namespace WHERE name = ?)"
        rolled = self._rows(
            f"SELECT hour, minutes, vector FROM hours WHERE {whose} AND hour >= ? AND hour < ? ORDER BY hour", inside
        )
        # Hours that begin in the range have windows from the first such hour to the end of the last.
        there = self._rows(
            f"SELECT window, vector FROM counts WHERE {whose} AND window / {HOUR} * {HOUR} >= ?"
            f" AND window / {HOUR} * {HOUR} < ? AND window >= ? AND window < ? ORDER BY window",
            (*inside, low, min(high, _MOST - HOUR) + HOUR),
        )
        return hours(namespace, rolled, there, self._vocabulary(namespace) if rolled or there else ())

    def _vocabulary(self, namespace: str) -> tuple[str, ...]:
        """Template ids by number; read after the counts, so that none of their numbers is missing."""
        known = self._vocabularies.get(namespace, ())
        rows = self._rows(
            "SELECT template FROM vocabulary WHERE namespace = (SELECT number FROM namespace WHERE name = ?)"
            " AND number >= ? ORDER BY number",
            (codec.storable(namespace), len(known)),
        )
        if rows:
            known = self._vocabularies[namespace] = known + tuple(template for (template,) in rows)
        return known

    def templates(self, namespace: str | None = None) -> list[Template]:
        """By workload, then most frequent first."""
        rows = self._rows(
            "SELECT id, name, workload, text, level, first_seen, last_seen, count, example"
            f" FROM template JOIN namespace ON number = namespace WHERE name = coalesce(?, name){self._mine(namespace)}"
            " ORDER BY name, workload, count DESC, id",
            (_name(namespace),),
        )
        return [_template(*row) for row in rows]

    def scores(self, since: int, until: int, namespace: str | None = None) -> list[ScoreSeries]:
        """By namespace name; only those that have a score in the range."""
        rows = self._rows(
            "SELECT name, window, score FROM anomaly JOIN namespace ON number = namespace"
            " WHERE window >= ? AND window < ? AND score > 0 AND name = coalesce(?, name) ORDER BY name, window",
            (*_range(since, until), _name(namespace)),
        )
        series: dict[str, list[tuple[int, float]]] = {}
        for name, window, score in rows:
            series.setdefault(name, []).append((window, score))
        return [
            ScoreSeries(name, np.array([w for w, _ in points], np.int64), np.array([s for _, s in points], np.float64))
            for name, points in series.items()
        ]

    def anomaly(self, anomaly_id: str) -> Anomaly | None:
        """One anomaly by its id."""
        rows = self._rows("SELECT body FROM anomaly WHERE id = ?", (codec.storable(anomaly_id),))
        return codec.decode_anomaly(rows[0][0]) if rows else None

    def anomalies(
        self,
        namespace: str | None = None,
        since: int | None = None,
        until: int | None = None,
        min_score: float = 0.0,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page[Anomaly]:
        """Newest first; those whose window starts in the range."""
        rows = self._rows(
            f"SELECT window, id, body FROM anomaly WHERE {_only(namespace)} window >= ? AND window < ?"
            " AND score >= ? AND (window, id) < (?, ?) ORDER BY window DESC, id DESC LIMIT ?",
            (_name(namespace), *_range(since, until), min_score, *_position("anomalies", cursor), limit + 1),
        )
        return _page("anomalies", rows, limit, codec.decode_anomaly)

    def incident(self, incident_id: str) -> Incident | None:
        """One incident by its id."""
        rows = self._rows("SELECT body FROM incident WHERE id = ?", (codec.storable(incident_id),))
        return codec.decode_incident(rows[0][0]) if rows else None

    def incidents(
        self,
        namespace: str | None = None,
        since: int | None = None,
        until: int | None = None,
        min_score: float = 0.0,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page[Incident]:
        """Newest start first; those that were going on at some time in the range."""
        rows = self._rows(
            f'SELECT start, id, body FROM incident WHERE {_only(namespace)} "end" > ? AND start < ?'
            " AND score >= ? AND (start, id) < (?, ?) ORDER BY start DESC, id DESC LIMIT ?",
            (_name(namespace), *_range(since, until), min_score, *_position("incidents", cursor), limit + 1),
        )
        return _page("incidents", rows, limit, codec.decode_incident)

    def models(self, namespace: str | None = None) -> list[ModelCard]:
        """The newest of each namespace first."""
        rows = self._rows(
            "SELECT body FROM model JOIN namespace ON number = namespace"
            f" WHERE name = coalesce(?, name){self._mine(namespace)}"
            " ORDER BY name, trained_until DESC, version DESC",
            (_name(namespace),),
        )
        return [codec.decode_model(blob) for (blob,) in rows]

    def fitted(self, namespace: str) -> Fitted | None:
        """The model that was kept last; None also where it is damaged."""
        rows = self._rows(
            "SELECT digest, model FROM fitted JOIN namespace ON number = namespace WHERE name = ?", (_name(namespace),)
        )
        for digest, packed in rows:
            with suppress(zlib.error):
                return Fitted(namespace, digest, zlib.decompress(packed))
        return None

    def changes(self, namespace: str | None = None, since: int | None = None, until: int | None = None) -> list[Change]:
        """By time, oldest first."""
        rows = self._rows(
            f"SELECT body FROM change WHERE {_only(namespace)} time >= ? AND time < ? ORDER BY time, id",
            (_name(namespace), *_range(since, until)),
        )
        return [codec.decode(blob, Change) for (blob,) in rows]

    def deployed(self) -> list[Deployed]:
        """What runs in each namespace, by its name, as of the last pass."""
        rows = self._rows(
            f"SELECT body FROM deployed JOIN namespace ON number = namespace WHERE true{self._own} ORDER BY name"
        )
        return [codec.decode(blob, Deployed) for (blob,) in rows]

    def feedback(self, namespace: str | None = None) -> list[Feedback]:
        """All that was ever said; by creation, oldest first."""
        return self._said("feedback", "created, id", Feedback, namespace)

    def model_choices(self, namespace: str | None = None) -> list[ModelChoice]:
        """All that were ever made, by time, oldest first."""
        return self._said("choice", "time, id", ModelChoice, namespace)

    def said(self) -> Said:
        """Both at once, of all namespaces of the whole store."""
        # Rows are never deleted, and one that is replaced gets a new number.
        (mark,) = self._rows("SELECT (SELECT max(rowid) FROM feedback), (SELECT max(rowid) FROM choice)")
        if self._heard is None or self._heard[0] != mark:
            feedback = self._rows("SELECT body FROM feedback ORDER BY created, id")
            choices = self._rows("SELECT body FROM choice ORDER BY time, id")
            self._heard = (
                mark,
                Said(
                    [codec.decode(blob, Feedback) for (blob,) in feedback],
                    [codec.decode(blob, ModelChoice) for (blob,) in choices],
                ),
            )
        return self._heard[1]

    def _said(self, table: str, order: str, kind: type[Word], namespace: str | None) -> list[Word]:
        mine = self._mine(namespace)
        among = f" AND namespace IN (SELECT name FROM namespace WHERE true{mine})" if mine else ""
        rows = self._rows(
            f"SELECT body FROM {table} WHERE namespace = coalesce(?, namespace){among} ORDER BY {order}",
            (_name(namespace),),
        )
        return [codec.decode(blob, kind) for (blob,) in rows]

    def closed_until(self) -> int | None:
        """Every window that starts before this is closed, in every scope; None in an empty store."""
        if self._scope is not None:
            values = [int(value) for value in self._facts("closed_until")]
        else:
            values = [int(value) for _, value in self._rows(_LIVE) if value is not None]
        return min(values, default=None)

    def checkpoints(self) -> dict[str, Checkpoint]:
        """By partition."""
        rows = self._rows(
            'SELECT "partition", resume_at, read_to, identity FROM checkpoint WHERE scope = coalesce(?, scope)'
            ' ORDER BY "partition"',
            (self._scope,),
        )
        return {partition: Checkpoint(*rest) for partition, *rest in rows}

    def owner(self, namespace: str) -> str | None:
        """The scope that a namespace belongs to; None where it belongs to none."""
        rows = self._rows(
            "SELECT scope.name FROM namespace JOIN scope ON scope.number = namespace.scope WHERE namespace.name = ?",
            (_name(namespace),),
        )
        return rows[0][0] if rows else None

    def scopes(self) -> list[str]:
        """Those that were opened and not released, by name."""
        return sorted(name for name, value in self._rows(_LIVE) if name or value is not None)

    def engine_state(self) -> EngineState:
        """As it was at the last pass; version 0 and empty where none was written yet."""
        rows = self._rows(
            "SELECT name, workload, state FROM engine JOIN namespace ON number = namespace"
            f" WHERE true{self._own} ORDER BY name, workload"
        )
        version = max(map(int, self._facts("engine_version")), default=0)
        return EngineState(version, {(name, workload): state for name, workload, state in rows})

    def tally(self) -> Tally:
        """Lines since the first one, by what became of them."""
        total = Tally()
        for value in self._facts("tally"):
            kept = codec.decode(value.encode(), StoredTally)
            total.read += kept.read
            total.records += kept.records
            total.joined += kept.joined
            total.pending += kept.pending
            total.dropped.update(kept.dropped)
            total.remarks.update(kept.remarks)
        return total

    def close(self) -> None:
        """Let go of the file."""
        self._closed = True
        self._pool.close()

    def _mine(self, namespace: str | None) -> str:
        """The clause for the namespaces of the scope, where none is named."""
        return self._own if namespace is None else ""

    def _facts(self, name: str) -> list[str]:
        """What stands under this name, of this scope or of all of them."""
        rows = self._rows("SELECT value FROM fact WHERE name = ? AND scope = coalesce(?, scope)", (name, self._scope))
        return [value for (value,) in rows]

    def _rows(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        if self._closed:
            raise closed(self.path)
        with told_plainly(self.path, "read"), self._pool.connection() as connection:
            return connection.execute(statement, values).fetchall()


def _template(*row: Any) -> Template:
    return Template(*row)


def _only(namespace: str | None) -> str:
    """The clause for one namespace or all; apart, because an index is of no use to `coalesce`."""
    return "? IS NULL AND" if namespace is None else "namespace = (SELECT number FROM namespace WHERE name = ?) AND"


def _name(namespace: str | None) -> str | None:
    return None if namespace is None else codec.storable(namespace)


def _range(since: int | None, until: int | None) -> tuple[int, int]:
    """Bounds that SQLite's 64 bits hold."""
    low, high = (-_MOST if since is None else since), (_MOST if until is None else until)
    return max(min(low, _MOST), -_MOST), max(min(high, _MOST), -_MOST)


def _page(kind: str, rows: list[Any], limit: int, decode: Callable[[bytes], Item]) -> Page[Item]:
    shown = rows[:limit]
    rest = len(rows) > limit and limit > 0
    return Page([decode(body) for *_, body in shown], encode_cursor(kind, *shown[-1][:2]) if rest else None)


def _position(kind: str, cursor: str | None) -> tuple[int, str]:
    """Where the page before ended: only what is older, or as old with a lesser id, comes after it."""
    if cursor is None:
        return _MOST, "\U0010ffff"
    time, finding = decode_cursor(kind, cursor)
    if not isinstance(time, int) or abs(time) > _MOST:
        raise unreadable_cursor()
    return time, codec.storable(finding)
