from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from detector.errors import StoreError, StoreVersionError
from detector.findings import Source
from detector.store import codec
from detector.store.port import IncidentCount, PassResult
from detector.store.schema import MIGRATIONS, Migration, migrate, stored_version
from detector.store.sqlite import open_reader, open_store
from tests.store.shop import anomaly, incident, minute, morning, status


def raw(path: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(path, isolation_level=None))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A store of this version with a morning in it, closed."""
    path = tmp_path / "s.sqlite"
    store = open_store(path)
    for result in morning():
        store.commit(result)
    store.close()
    return path


def add_note(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE namespace ADD COLUMN note TEXT NOT NULL DEFAULT 'quiet'")


def fail_halfway(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM anomaly")
    connection.execute("SELECT nonsense")


def test_a_migration_takes_an_older_file_forward_and_keeps_what_is_in_it(file: Path) -> None:
    with raw(file) as connection:
        migrate(connection, (*MIGRATIONS, add_note))
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) + 1,)
        notes = connection.execute("SELECT name, note FROM namespace ORDER BY name").fetchall()
        assert notes == [("bank", "quiet"), ("shop", "quiet")]
        migrate(connection, (*MIGRATIONS, add_note))
        assert connection.execute("SELECT count(*) FROM anomaly").fetchone() == (5,)


def test_incidents_of_a_time_before_alerts_are_in_logs_and_parts_of_nothing(tmp_path: Path) -> None:
    story = incident(3, 5)
    with raw(tmp_path / "old.sqlite") as connection:
        migrate(connection, MIGRATIONS[:7])
        connection.execute("INSERT INTO namespace (number, name) VALUES (1, 'shop')")
        connection.execute(
            "INSERT INTO incident VALUES (?, 1, ?, ?, ?, ?)",
            (story.id, story.start, story.end, story.score, codec.encode(story)),
        )
    with closing(open_store(tmp_path / "old.sqlite")) as store:
        assert store.incidents().items == store.incidents(source=Source.LOGS).items == [story]
        assert store.incidents(source=Source.METRICS).items == []
        assert (store.alerts().items, store.silences()) == ([], [])


def test_an_older_file_knows_what_goes_on_and_its_peaks(tmp_path: Path) -> None:
    with raw(tmp_path / "old.sqlite") as connection:
        migrate(connection, MIGRATIONS[:8])
        connection.execute("INSERT INTO namespace (number, name) VALUES (1, 'shop')")
        for one in (incident(3, 5), incident(8, 9, ongoing=True)):
            row = (one.id, one.start, one.end, one.score, codec.encode(one))
            connection.execute("INSERT INTO incident VALUES (?, 1, ?, ?, ?, ?, 'logs', '')", row)
        connection.execute("INSERT INTO incident VALUES ('x', 1, 5, 6, 7.0, 'no JSON', 'logs', '')")
        for each in (anomaly(3, 76.0), anomaly(14, 80.0), anomaly(15, 20.0)):
            found = (each.id, each.window, each.score, codec.encode(each))
            connection.execute("INSERT INTO anomaly VALUES (?, 1, ?, ?, ?)", found)
    with closing(open_store(tmp_path / "old.sqlite")) as store:
        assert store.incident_counts(minute(0), minute(30)) == [IncidentCount("shop", 2, 1, minute(8))]
        (found_by_quarter,) = store.highest(minute(0), minute(30), minute(15) - minute(0))
        assert found_by_quarter.score.tolist() == [80.0, 20.0]


def test_a_migration_that_fails_leaves_the_file_as_it_was(file: Path) -> None:
    steps: tuple[Migration, ...] = (*MIGRATIONS, add_note, fail_halfway)
    with raw(file) as connection:
        before = list(connection.iterdump())
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection, steps)
        assert list(connection.iterdump()) == before
        assert stored_version(connection) == len(MIGRATIONS)
    store = open_store(file)
    assert len(store.statuses()) == 2
    store.close()


@pytest.mark.parametrize("opener", [open_store, open_reader])
def test_a_store_of_a_newer_drainwatch_is_refused_and_left_alone(file: Path, opener: Callable[[Path], object]) -> None:
    with raw(file) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = file.read_bytes()
    with pytest.raises(StoreVersionError, match=r"s\.sqlite.*newer drainwatch \(schema 99.*Use that version"):
        opener(file)
    assert file.read_bytes() == before


def test_an_older_store_is_not_read_but_brought_up_to_date_first(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with raw(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    with pytest.raises(StoreError, match=r"still empty.*Wait"):
        open_reader(path)
    store = open_store(path)
    store.commit(PassResult(1, statuses=[status()]))
    reader = open_reader(path)
    assert len(reader.statuses()) == 1
    reader.close()
    store.close()


@pytest.mark.parametrize("opener", [open_store, open_reader])
def test_a_database_of_another_program_is_refused_and_left_alone(
    tmp_path: Path, opener: Callable[[Path], object]
) -> None:
    path = tmp_path / "photos.sqlite"
    with raw(path) as connection:
        connection.execute("CREATE TABLE photo (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"photos\.sqlite.*another program.*another path"):
        opener(path)
    assert path.read_bytes() == before


def test_the_same_passes_make_the_same_rows(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    store = open_store(other)
    for result in morning():
        store.commit(result)
    store.close()
    with raw(file) as one, raw(other) as two:
        assert list(one.iterdump()) == list(two.iterdump())
