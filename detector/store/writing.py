"""One pass into the tables of the embedded store; whoever calls this holds the transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

import msgspec
import numpy as np

from detector.access.records import Act, Session, Token
from detector.alert import Silence
from detector.findings import (
    Anomaly,
    Change,
    Deployed,
    Feedback,
    Incident,
    ModelCard,
    NamespaceStatus,
)
from detector.samples import is_raw
from detector.store import codec, outbox, peaks
from detector.store.access import write_access
from detector.store.alerts import write_alerts
from detector.store.codec import choice_id
from detector.store.port import PassResult, WindowCounts, Word
from detector.store.rollup import add_to_hour
from detector.store.tallies import stored_tally
from ingest.accounting import Tally
from ingest.source import Checkpoint
from parsers.engine import EngineState, Template


class Numbers:
    """The small numbers that stand for namespaces and template ids in the file.

    Once given they stay, so what is known of them holds, too, where several processes write. A transaction that is
    rolled back takes its numbers with it: then forget this and make a new one.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._namespaces: dict[str, int] = dict(connection.execute("SELECT name, number FROM namespace"))
        self._vocabularies: dict[int, dict[str, int]] = {}
        self.owned: dict[int, set[str]] = {}
        """Namespaces by the number of the scope that they are known to belong to."""

    def namespace(self, name: str) -> int:
        """The number of a namespace, a new one where it has none yet."""
        name = codec.storable(name)
        if (number := self._namespaces.get(name)) is None:
            self._connection.execute("INSERT INTO namespace (name) VALUES (?) ON CONFLICT DO NOTHING", (name,))
            row = self._connection.execute("SELECT number FROM namespace WHERE name = ?", (name,)).fetchone()
            number = self._namespaces[name] = int(row[0])
        return number

    def templates(self, namespace: int, ids: Iterable[str]) -> list[int]:
        """The numbers of a namespace's template ids, new ones where they have none yet."""
        vocabulary = self._vocabularies.get(namespace)
        if vocabulary is None:
            rows = self._connection.execute("SELECT template, number FROM vocabulary WHERE namespace = ?", (namespace,))
            vocabulary = self._vocabularies[namespace] = dict(rows)
        return [self._template(namespace, vocabulary, template) for template in ids]

    def _template(self, namespace: int, vocabulary: dict[str, int], template: str) -> int:
        if template not in vocabulary:
            # Another process may have had the namespace for a while.
            rows = self._connection.execute(
                "SELECT template, number FROM vocabulary WHERE namespace = ? AND number >= ?",
                (namespace, len(vocabulary)),
            )
            vocabulary.update(rows.fetchall())
        if (number := vocabulary.get(template)) is None:
            number = vocabulary[template] = len(vocabulary)
            self._connection.execute("INSERT INTO vocabulary VALUES (?, ?, ?)", (namespace, number, template))
        return number


def write_pass(connection: sqlite3.Connection, numbers: Numbers, result: PassResult, scope: int = 0) -> None:
    """Everything of a pass of the scope with this number.

    Raises `ValueError` for counts below 1 and numbers that are none: a fault of the caller.
    """
    if result.closed_until is not None:
        _write_fact(connection, scope, "closed_until", str(result.closed_until))
    write_counts(connection, numbers, result.counts)
    add_counts(connection, numbers, result.additions)
    write_templates(connection, numbers, result.templates)
    remove_findings(connection, result.retracted)
    write_anomalies(connection, numbers, result.anomalies)
    write_incidents(connection, numbers, result.incidents)
    write_models(connection, numbers, result.models)
    write_changes(connection, numbers, result.changes)
    write_deployed(connection, numbers, result.deployed)
    write_statuses(connection, numbers, result.statuses)
    write_checkpoints(connection, scope, result.checkpoints)
    if result.engine is not None:
        write_engine(connection, numbers, scope, result.engine)
    if result.tally is not None:
        _write_fact(connection, scope, "tally", _encode_tally(result.tally))
    write_alerts(connection, result.alerts)
    outbox.put(connection, scope, result.told)


def write_counts(connection: sqlite3.Connection, numbers: Numbers, windows: Iterable[WindowCounts]) -> None:
    """Replace the vectors of these windows; one without a line has no row."""
    for one in windows:
        namespace = numbers.namespace(one.namespace)
        if len(one.templates):
            vector = codec.pack(*_vector(numbers, namespace, one))
            connection.execute("INSERT OR REPLACE INTO counts VALUES (?, ?, ?)", (namespace, one.window, vector))
        else:
            connection.execute("DELETE FROM counts WHERE namespace = ? AND window = ?", (namespace, one.window))


def add_counts(connection: sqlite3.Connection, numbers: Numbers, windows: Iterable[WindowCounts]) -> None:
    """Add to the vectors of these windows."""
    for one in windows:
        if not len(one.templates):
            continue
        namespace = numbers.namespace(one.namespace)
        late = _vector(numbers, namespace, one)
        place = (namespace, one.window)
        row = connection.execute("SELECT vector FROM counts WHERE namespace = ? AND window = ?", place).fetchone()
        if row is not None:
            _, known, counts = codec.unpack(row[0])
            late = codec.add_up(np.concatenate([known.astype(np.int64), late[0]]), np.concatenate([counts, late[1]]))
        elif add_to_hour(connection, namespace, one.window, *late):
            continue
        connection.execute("INSERT OR REPLACE INTO counts VALUES (?, ?, ?)", (*place, codec.pack(*late)))


def _vector(numbers: Numbers, namespace: int, one: WindowCounts) -> tuple[codec.Integers, codec.Integers]:
    counts = np.asarray(one.counts, np.int64)
    if len(counts) != len(one.templates) or counts.min() < 1:
        raise ValueError(
            f"The counts of {one.namespace} in window {one.window} are not one a template, each 1 or more."
        )
    return codec.add_up(np.array(numbers.templates(namespace, one.templates), np.int64), counts)


def write_templates(connection: sqlite3.Connection, numbers: Numbers, templates: Iterable[Template]) -> None:
    """Replace what is stored of these templates."""
    connection.executemany(
        "INSERT INTO template VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT (id) DO UPDATE SET"
        " namespace = excluded.namespace, workload = excluded.workload, text = excluded.text, level = excluded.level,"
        " first_seen = excluded.first_seen, last_seen = excluded.last_seen, count = excluded.count,"
        " example = excluded.example",
        (
            (
                one.id,
                numbers.namespace(one.namespace),
                codec.storable(one.workload),
                codec.storable(one.text),
                codec.storable(one.level),
                one.first_seen,
                one.last_seen,
                one.count,
                codec.storable(one.example),
            )
            for one in templates
        ),
    )


def remove_findings(connection: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Remove the anomalies and incidents of these ids, where there are any."""
    named = [(codec.storable(id_),) for id_ in ids]
    emptied = peaks.places_of(connection, (id_ for (id_,) in named))
    connection.executemany("DELETE FROM anomaly WHERE id = ?", named)
    peaks.renew(connection, emptied)
    connection.executemany("DELETE FROM incident WHERE id = ?", named)


def write_anomalies(connection: sqlite3.Connection, numbers: Numbers, anomalies: Iterable[Anomaly]) -> None:
    """Replace what is stored under the same ids. Raises `ValueError` for one that has no reason."""
    anomalies = list(anomalies)
    for anomaly in anomalies:
        codec.check_told(anomaly)
    touched = peaks.places_of(connection, (one.id for one in anomalies))
    touched |= {peaks.place_of(numbers.namespace(one.namespace), one.window) for one in anomalies}
    connection.executemany(
        "INSERT OR REPLACE INTO anomaly VALUES (?, ?, ?, ?, ?, ?)",
        (
            (one.id, numbers.namespace(one.namespace), one.window, one.score, codec.encode(one), is_raw(one))
            for one in anomalies
        ),
    )
    peaks.renew(connection, touched)


def write_incidents(connection: sqlite3.Connection, numbers: Numbers, incidents: Iterable[Incident]) -> None:
    """Replace what is stored under the same ids."""
    connection.executemany(
        "INSERT OR REPLACE INTO incident VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                one.id,
                numbers.namespace(one.namespace),
                one.start,
                one.end,
                one.score,
                codec.encode(one),
                one.source.value,
                codec.storable(one.part_of),
                one.open,
                is_raw(one),
            )
            for one in incidents
        ),
    )


def write_models(connection: sqlite3.Connection, numbers: Numbers, models: Iterable[ModelCard]) -> None:
    """Replace what is stored of the same version."""
    connection.executemany(
        "INSERT OR REPLACE INTO model VALUES (?, ?, ?, ?)",
        ((numbers.namespace(one.namespace), one.version, one.trained_until, codec.encode(one)) for one in models),
    )


def write_changes(connection: sqlite3.Connection, numbers: Numbers, changes: Iterable[Change]) -> None:
    """Replace what is stored under the same ids."""
    connection.executemany(
        "INSERT OR REPLACE INTO change VALUES (?, ?, ?, ?)",
        ((one.id, numbers.namespace(one.namespace), one.time, codec.encode(one)) for one in changes),
    )


def write_deployed(connection: sqlite3.Connection, numbers: Numbers, deployed: Iterable[Deployed]) -> None:
    """Replace what is stored for the same namespaces."""
    connection.executemany(
        "INSERT OR REPLACE INTO deployed VALUES (?, ?)",
        ((numbers.namespace(one.namespace), codec.encode(one)) for one in deployed),
    )


def write_said(connection: sqlite3.Connection, said: Word) -> None:
    """Keep what a person said or did, in the place of what was said under the same id."""
    if isinstance(said, Token | Session | Act):
        write_access(connection, said)
        return
    namespace = codec.storable(said.namespace)
    if isinstance(said, Feedback | Silence):
        table = "feedback" if isinstance(said, Feedback) else "silence"
        row = (codec.storable(said.id), namespace, said.created, codec.encode(said))
        connection.execute(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?, ?)", row)
    else:
        row = (choice_id(said), namespace, said.time, codec.encode(said))
        connection.execute("INSERT OR REPLACE INTO choice VALUES (?, ?, ?, ?)", row)


def write_statuses(connection: sqlite3.Connection, numbers: Numbers, statuses: Iterable[NamespaceStatus]) -> None:
    """Replace the statuses of these namespaces."""
    connection.executemany(
        "UPDATE namespace SET status = ? WHERE number = ?",
        ((codec.encode(one), numbers.namespace(one.namespace)) for one in statuses),
    )


def write_checkpoints(connection: sqlite3.Connection, scope: int, checkpoints: Mapping[str, Checkpoint]) -> None:
    """Replace those of these partitions."""
    connection.executemany(
        "INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?, ?, ?, ?)",
        (
            (
                scope,
                codec.storable(partition),
                one.resume_at,
                one.read_to,
                codec.storable(one.identity),
                msgspec.json.encode(one.counted).decode(),
            )
            for partition, one in checkpoints.items()
        ),
    )


def write_engine(connection: sqlite3.Connection, numbers: Numbers, scope: int, engine: EngineState) -> None:
    """Replace the states of these workloads. An engine that changes its version hands over all of them at once."""
    if engine.by_workload:
        _write_fact(connection, scope, "engine_version", str(engine.version))
    connection.executemany(
        "INSERT OR REPLACE INTO engine VALUES (?, ?, ?)",
        (
            (numbers.namespace(namespace), codec.storable(workload), state)
            for (namespace, workload), state in engine.by_workload.items()
        ),
    )


def _write_fact(connection: sqlite3.Connection, scope: int, name: str, value: str) -> None:
    connection.execute("INSERT OR REPLACE INTO fact VALUES (?, ?, ?)", (scope, name, value))


def _encode_tally(tally: Tally) -> str:
    return codec.encode(stored_tally(tally)).decode()
