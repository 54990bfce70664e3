"""Reading the embedded store, from any number of threads and processes, also while another one writes."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TypeVar

from detector.findings import (
    Anomaly,
    Change,
    Deployed,
    Feedback,
    Incident,
    ModelCard,
    ModelChoice,
    NamespaceStatus,
    Source,
)
from detector.store import codec
from detector.store.access import SqliteAccess
from detector.store.connection import ReadPool, closed, told_plainly
from detector.store.facts import StoreFacts
from detector.store.overview import named
from detector.store.paging import page, position
from detector.store.port import Fitted, Page, Progress, Said
from detector.store.series import among, bounds, numbered, of_scope, stored_name
from detector.store.tallies import StoredTally, sum_of
from ingest.accounting import Tally
from ingest.source import Checkpoint
from parsers.engine import EngineState, Template

Word = TypeVar("Word", Feedback, ModelChoice)
_LIVE = (
    "SELECT scope.name, value FROM scope LEFT JOIN fact ON fact.scope = number AND fact.name = 'closed_until'"
    " WHERE released = 0 AND scope.name NOT GLOB '~*'"
)
"""Scopes that aren't released and don't stand apart, with how far each is."""


class SqliteReader(SqliteAccess):
    """Reads with a connection for each thread that is reading just now; `detector.store.port.Reader` says what.

    Of the whole store, or as the scope of this number sees it.
    """

    def __init__(self, pool: ReadPool, scope: int | None = None) -> None:
        super().__init__(pool, scope)
        self._heard: tuple[object, Said] | None = None
        """What was said, and what told that nothing was said since."""

    def statuses(self) -> list[NamespaceStatus]:
        """One entry a namespace, by name."""
        rows = self._rows(f"SELECT status FROM namespace WHERE status IS NOT NULL{self._own} ORDER BY name")
        return [codec.decode_status(blob) for (blob,) in rows]

    def templates(self, namespace: str | None = None, namespaces: Sequence[str] | None = None) -> list[Template]:
        """By workload, then most frequent first."""
        which, names = among("name", named(namespace, namespaces))
        rows = self._rows(
            "SELECT id, name, workload, text, level, first_seen, last_seen, count, example"
            f" FROM template JOIN namespace ON number = namespace WHERE true{which}{self._mine(namespace)}"
            " ORDER BY name, workload, count DESC, id",
            names,
        )
        return [_template(*row) for row in rows]

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
        namespaces: Sequence[str] | None = None,
    ) -> Page[Anomaly]:
        """Newest first; those whose window starts in the range."""
        which, names = numbered(named(namespace, namespaces))
        rows = self._rows(
            f"SELECT window, id, body FROM anomaly WHERE window >= ? AND window < ?"
            f" AND score >= ? AND (window, id) < (?, ?){which} ORDER BY window DESC, id DESC LIMIT ?",
            (*bounds(since, until), min_score, *position("anomalies", cursor), *names, limit + 1),
        )
        return page("anomalies", rows, limit, codec.decode_anomaly)

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
        source: Source | None = None,
        namespaces: Sequence[str] | None = None,
    ) -> Page[Incident]:
        """Newest start first; those that were going on at some time in the range."""
        which, names = numbered(named(namespace, namespaces))
        rows = self._rows(
            'SELECT start, id, body FROM incident WHERE "end" > ? AND start < ?'
            f" AND score >= ? AND {'part_of' if source is None else 'source'} = ? AND (start, id) < (?, ?){which}"
            " ORDER BY start DESC, id DESC LIMIT ?",
            (
                *bounds(since, until),
                min_score,
                "" if source is None else source.value,
                *position("incidents", cursor),
                *names,
                limit + 1,
            ),
        )
        return page("incidents", rows, limit, codec.decode_incident)

    def parts_of(self, incident_id: str) -> list[Incident]:
        """The incidents that are a part of this one, oldest first."""
        rows = self._rows(
            "SELECT body FROM incident WHERE part_of = ? AND part_of <> '' ORDER BY start, id",
            (codec.storable(incident_id),),
        )
        return [codec.decode_incident(blob) for (blob,) in rows]

    def models(self, namespace: str | None = None) -> list[ModelCard]:
        """The newest of each namespace first."""
        rows = self._rows(
            "SELECT body FROM model JOIN namespace ON number = namespace"
            f" WHERE name = coalesce(?, name){self._mine(namespace)}"
            " ORDER BY name, trained_until DESC, version DESC",
            (stored_name(namespace),),
        )
        return [codec.decode_model(blob) for (blob,) in rows]

    def fitted(self, namespace: str) -> Fitted | None:
        """The model that was kept last; None also where it is damaged."""
        rows = self._rows(
            "SELECT digest, model FROM fitted JOIN namespace ON number = namespace WHERE name = ?",
            (stored_name(namespace),),
        )
        for digest, packed in rows:
            with suppress(zlib.error):
                return Fitted(namespace, digest, zlib.decompress(packed))
        return None

    def changes(self, namespace: str | None = None, since: int | None = None, until: int | None = None) -> list[Change]:
        """By time, oldest first."""
        rows = self._rows(
            f"SELECT body FROM change WHERE {_only(namespace)} time >= ? AND time < ? ORDER BY time, id",
            (stored_name(namespace), *bounds(since, until)),
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
            (stored_name(namespace),),
        )
        return [codec.decode(blob, kind) for (blob,) in rows]

    def version(self) -> str:
        """Another one after each transaction of whoever writes."""
        if self._closed:
            raise closed(self.path)
        with told_plainly(self.path, "read"):
            return str(self._pool.data_version())

    def facts(self) -> StoreFacts:
        """The file with what was not yet moved into it."""
        (schema,) = self._rows("PRAGMA user_version")[0]
        with told_plainly(self.path, "read"):
            files = (self.path, self.path.with_name(f"{self.path.name}-wal"))
            size = sum(file.stat().st_size for file in files if file.exists())
        return StoreFacts("sqlite", str(self.path), schema, size)

    def closed_until(self) -> int | None:
        """Every window that starts before this is closed, in every scope; None in an empty store."""
        if self._scope is not None:
            return self._progress_of(self._scope).closed_until
        return min((end for end in self.ends().values() if end is not None), default=None)

    def checkpoints(self) -> dict[str, Checkpoint]:
        """By partition."""
        return self._checkpoints(self._scope)

    def _checkpoints(self, scope: int | None) -> dict[str, Checkpoint]:
        rows = self._rows(
            'SELECT "partition", resume_at, read_to, identity, counted FROM checkpoint'
            f' WHERE {of_scope(scope)} ORDER BY "partition"',
        )
        return {
            partition: Checkpoint(resume_at, read_to, identity, codec.decode_steps(counted))
            for partition, resume_at, read_to, identity, counted in rows
        }

    def _progress_of(self, scope: int) -> Progress:
        """How far the scope with this number is."""
        closed = [int(value) for value in self._facts("closed_until", scope)]
        return Progress(closed[0] if closed else None, self._checkpoints(scope), self._tally(scope))

    def owner(self, namespace: str) -> str | None:
        """The scope that a namespace belongs to; None where it belongs to none."""
        rows = self._rows(
            "SELECT scope.name FROM namespace JOIN scope ON scope.number = namespace.scope WHERE namespace.name = ?",
            (stored_name(namespace),),
        )
        return rows[0][0] if rows else None

    def scopes(self) -> list[str]:
        """Those that were opened and not released, by name."""
        return sorted(self.ends())

    def ends(self) -> dict[str, int | None]:
        """How far each of these is."""
        rows = ((name, None if value is None else int(value)) for name, value in self._rows(_LIVE))
        return {name: value for name, value in sorted(rows, key=lambda row: row[0]) if name or value is not None}

    def engine_state(self) -> EngineState:
        """As it was at the last pass; version 0 and empty where none was written yet."""
        rows = self._rows(
            "SELECT name, workload, state FROM engine JOIN namespace ON number = namespace"
            f" WHERE true{self._own} ORDER BY name, workload"
        )
        version = max(map(int, self._facts("engine_version", self._scope)), default=0)
        return EngineState(version, {(name, workload): state for name, workload, state in rows})

    def tally(self) -> Tally:
        """Lines since the first one, by what became of them."""
        return self._tally(self._scope)

    def _tally(self, scope: int | None) -> Tally:
        return sum_of(codec.decode(value.encode(), StoredTally) for value in self._facts("tally", scope))

    def close(self) -> None:
        """Let go of the file."""
        self._closed = True
        self._pool.close()


def _template(*row: Any) -> Template:
    return Template(*row)


def _only(namespace: str | None) -> str:
    """The clause for one namespace or all; apart, because an index is of no use to `coalesce`."""
    return "? IS NULL AND" if namespace is None else "namespace = (SELECT number FROM namespace WHERE name = ?) AND"
