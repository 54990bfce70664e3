"""Files of every older schema, with rows of their time: each is brought up to date, and nothing goes back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from detector.errors import StoreVersionError
from detector.store.schema import MIGRATIONS, migrate
from detector.store.sqlite import open_reader, open_store
from tests.detector.cluster import write_logs
from tests.detector.test_pipeline import contents, run

SINCE = {"changes": 2, "deployed": 2}
"""Versions from which on something was kept at all."""


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_logs(tmp_path_factory.mktemp("logs"))


@pytest.fixture(scope="module")
def newest(logs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of this version in which much was found."""
    path = tmp_path_factory.mktemp("newest") / "store.sqlite"
    with closing(open_store(path)) as store:
        assert run(logs, store)
    return path


def older(newest: Path, path: Path, version: int) -> None:
    """A file of that schema, with what the newest one holds as far as that schema had a place for it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        migrate(file, MIGRATIONS[:version])
        file.execute("ATTACH ? AS newest", (str(newest),))
        tables = [name for (name,) in file.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
        for table in tables:
            columns = columns_of(file, "main", table)
            if table.startswith("sqlite_") or not (there := columns_of(file, "newest", table)):
                continue
            shared = ", ".join(f'"{name}"' for name in columns if name in there)
            only = " WHERE scope = 0" if "scope" in there and "scope" not in columns else ""
            file.execute(f"INSERT OR REPLACE INTO main.{table} ({shared}) SELECT {shared} FROM newest.{table}{only}")
        file.execute("DETACH newest")


def columns_of(file: sqlite3.Connection, schema: str, table: str) -> list[str]:
    return [row[1] for row in file.execute(f'PRAGMA {schema}.table_info("{table}")')]


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_a_store_of_each_earlier_schema_is_brought_up_to_date_with_all_that_is_in_it(
    newest: Path, tmp_path: Path, version: int, record_property: Callable[[str, object], None]
) -> None:
    path = tmp_path / "store.sqlite"
    older(newest, path, version)
    with closing(open_store(newest)) as store:
        expected = contents(store)
    with closing(open_store(path)) as store:
        assert kept(contents(store), version) == kept(expected, version)
    with closing(open_reader(path)) as reader:
        assert reader.facts().schema == len(MIGRATIONS)
    record_property("rows lost", 0)


def kept(found: dict[str, Any], version: int) -> dict[str, Any]:
    return {name: value for name, value in found.items() if SINCE.get(name, 1) <= version}


def test_an_earlier_schema_goes_on_reading_where_it_stopped(newest: Path, logs: Path, tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    older(newest, path, len(MIGRATIONS) - 1)
    with closing(open_store(path)) as store:
        before = store.tally()
        assert run(logs, store)
        assert store.tally() == before, "no line is counted again"


def test_a_downgrade_is_refused_and_changes_nothing(newest: Path, tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.write_bytes(newest.read_bytes())
    with closing(sqlite3.connect(path)) as file:
        file.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = path.read_bytes()
    for opener in (open_store, open_reader):
        with pytest.raises(StoreVersionError, match="a newer drainwatch"):
            opener(path)
    assert path.read_bytes() == before
