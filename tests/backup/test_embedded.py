"""The store in a file: what is restored is what was backed up, and nothing is put in its place before that is known."""

from __future__ import annotations

import json
import os
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detector.backup import embedded
from detector.backup.archive import Archive, ArchiveWriter
from detector.backup.inventory import compare
from detector.backup.manifest import Manifest
from detector.backup.placing import put
from detector.backup.result import Restored
from detector.backup.tables import tables_of
from detector.errors import BackupError, StoreError
from detector.store.port import PassResult
from detector.store.schema import MIGRATIONS, migrate
from detector.store.sqlite import open_reader, open_store
from tests.backup.everything import SESSION, TOKEN, differing
from tests.store.shop import anomaly, counts, incident, minute, morning, tally, template

AT = "2026-11-22T12:00:00Z"


def hear(doing: str, done: int, total: int | None) -> None:
    """Nothing."""


def saved(store: Path, name: str = "b.zip") -> Path:
    file, work = store.with_name(name), store.with_name(f"{name}-work")
    work.mkdir()
    with file.open("wb") as stream:
        embedded.back_up(store, stream, work, lambda schema: Manifest("sqlite", schema, "0.1.0", AT), hear)
    return file


def restored(file: Path, path: Path, *, replace: bool = False) -> Restored:
    with Archive(file) as archive:
        return embedded.restore(archive, path, replace=replace, stamp="then", told=hear)


def test_a_store_with_one_of_everything_comes_back_whole(store: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "drainwatch.sqlite"
    made = restored(saved(store), other)
    assert all(one.equal for one in made.compared)
    assert [one.name for one in made.compared if not one.one] == [], "there is one of everything"
    assert differing(store, other) == []
    assert [it.name for it in compare(tables_of(store), tables_of(other)) if not it.equal] == ["session"]
    assert made.kept is None


def test_nobody_is_logged_in_by_a_restore(store: Path, tmp_path: Path) -> None:
    file, other = saved(store), tmp_path / "other.sqlite"
    restored(file, other)
    with closing(open_reader(store)) as before, closing(open_reader(other)) as after:
        assert before.session(SESSION.id) == SESSION
        assert after.session(SESSION.id) is None
    assert SESSION.id.encode() not in other.read_bytes()


@pytest.mark.parametrize("file", ["archive", "store"])
def test_only_its_owner_may_read_it(store: Path, tmp_path: Path, file: str) -> None:
    os.umask(0)
    try:
        restored(saved(store), tmp_path / "r.sqlite")
    finally:
        os.umask(0o022)
    assert (tmp_path / "r.sqlite").stat().st_mode & 0o777 == 0o600


passes = st.lists(
    st.builds(
        lambda at, odd, many, score: PassResult(
            closed_until=minute(at),
            counts=[counts(at, paid=many), counts(at, "bank", login=1)],
            additions=[counts(max(at - 3, 0), late=many)],
            templates=[template("paid", count=at + 1, text=odd), template("late")],
            anomalies=[anomaly(at, score)],
            incidents=[incident(at, at + 1, score, ongoing=at % 2 == 0)],
            tally=tally(at + 10),
        ),
        st.integers(0, 300),
        st.text(min_size=1, max_size=40),
        st.integers(1, 2**40),
        st.floats(0.5, 100),
    ),
    max_size=6,
)


@given(passes)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_was_written_comes_back(tmp_path_factory: pytest.TempPathFactory, results: list[PassResult]) -> None:
    folder = tmp_path_factory.mktemp("round-trip")
    with closing(open_store(folder / "s.sqlite")) as opened:
        for result in results:
            opened.commit(result)
    restored(saved(folder / "s.sqlite"), folder / "r.sqlite")
    assert differing(folder / "s.sqlite", folder / "r.sqlite") == []
    assert tables_of(folder / "s.sqlite") == tables_of(folder / "r.sqlite")


def test_it_is_of_one_moment_while_passes_are_written(tmp_path: Path) -> None:
    path, stop = tmp_path / "s.sqlite", Event()
    with closing(open_store(path)) as opened:
        opened.commit(PassResult(minute(0), counts=[counts(0, paid=1)], tally=tally(1)))

        def write() -> None:
            at = 0
            while not stop.is_set():
                at += 1
                opened.commit(PassResult(minute(at), counts=[counts(at, paid=at)], tally=replace(tally(at), read=at)))

        writer = Thread(target=write)
        writer.start()
        try:
            files = [saved(path, f"{number}.zip") for number in range(5)]
        finally:
            stop.set()
            writer.join()
    seen = []
    for number, file in enumerate(files):
        restored(file, tmp_path / f"r{number}.sqlite")
        with closing(open_reader(tmp_path / f"r{number}.sqlite")) as reader:
            read, until, windows = reader.tally().read, reader.closed_until(), len(list(reader.counts("shop")))
        assert until == minute(read) or read == 1
        assert windows == read + 1 or read == 1
        seen.append(read)
    assert seen == sorted(seen)
    assert seen[-1] > seen[0], "passes were written meanwhile"


def test_what_was_erased_is_not_in_the_copy(tmp_path: Path) -> None:
    path, secret = tmp_path / "s.sqlite", "customer 4711 of Hamburg"
    with closing(open_store(path)) as opened:
        opened.commit(PassResult(minute(1), templates=[template(f"t{at}", text=f"{secret} {at}") for at in range(500)]))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")  # some systems build SQLite with it
        connection.execute("DELETE FROM template")
        connection.commit()
    assert secret.encode() in path.read_bytes(), "SQLite leaves what is deleted in free pages"
    restored(saved(path), tmp_path / "r.sqlite")
    assert secret.encode() not in (tmp_path / "r.sqlite").read_bytes()


def test_a_store_that_is_there_is_left_alone_or_kept(store: Path, tmp_path: Path) -> None:
    file, there = saved(store), tmp_path / "there.sqlite"
    with closing(open_store(there)) as opened:
        opened.commit(morning()[0])
    before = tables_of(there)
    with pytest.raises(BackupError, match="already"):
        restored(file, there)
    assert tables_of(there) == before
    made = restored(file, there, replace=True)
    assert made.kept == str(there) + ".before-then"
    assert tables_of(Path(made.kept)) == before
    assert differing(there, store) == []


def test_what_was_revoked_since_is_so_in_the_file_that_is_put_in_place(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, seen = saved(store), list[bytes]()
    with closing(open_store(store)) as opened:
        opened.say(replace(TOKEN, revoked=TOKEN.created + 5))

    def watched(new: Path, path: Path, aside: Path) -> Path | None:
        seen.append(new.read_bytes())
        return put(new, path, aside)

    monkeypatch.setattr("detector.backup.embedded.put", watched)
    made = restored(file, store, replace=True)
    assert made.since is not None
    assert [(one.id, one.revoked) for one in made.since.revoked] == [(TOKEN.id, TOKEN.created + 5)]
    alone = store.with_name("alone.sqlite")
    alone.write_bytes(seen[0])  # of the file itself, as its -wal isn't moved with it
    with closing(open_reader(alone)) as reader:
        assert [one.revoked for one in reader.tokens()] == [TOKEN.created + 5]


def test_an_empty_store_is_in_nobodys_way(store: Path, tmp_path: Path) -> None:
    open_store(tmp_path / "new.sqlite").close()
    restored(saved(store), tmp_path / "new.sqlite")
    assert differing(store, tmp_path / "new.sqlite") == []


def test_a_damaged_store_is_kept_as_it_is(store: Path, tmp_path: Path) -> None:
    file = saved(store)
    whole = store.read_bytes()
    store.write_bytes(whole[:8192] + os.urandom(40_000) + whole[48_192:])
    broken = store.read_bytes()
    made = restored(file, store, replace=True)
    assert made.kept is not None
    assert Path(made.kept).read_bytes()[100:] == broken[100:], "all but the header, which says that its -wal is done"
    with closing(open_reader(store)) as reader:
        assert len(reader.statuses()) == 2


def test_it_is_not_restored_under_a_service_nor_under_a_reader(store: Path) -> None:
    file, before = saved(store), tables_of(store)
    with closing(open_store(store)), pytest.raises(StoreError, match="already writes"):
        restored(file, store, replace=True)
    with closing(open_reader(store)) as reader:
        reader.statuses()
        with pytest.raises(BackupError, match="open"):
            restored(file, store, replace=True)
    assert tables_of(store) == before


def test_a_file_of_another_program_is_never_replaced(store: Path, tmp_path: Path) -> None:
    other = tmp_path / "mine.sqlite"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE photos (name TEXT)")
        connection.commit()
    with pytest.raises(StoreError, match="another program"):
        restored(saved(store), other, replace=False)


@pytest.mark.parametrize("schema", range(1, len(MIGRATIONS)))
def test_an_older_schema_is_backed_up_as_it_is_and_brought_up_when_restored(tmp_path: Path, schema: int) -> None:
    old = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        migrate(connection, MIGRATIONS[:schema])
        connection.execute("INSERT INTO namespace (number, name) VALUES (1, 'shop')")
        connection.execute("INSERT INTO vocabulary VALUES (1, 0, 'paid')")
    file = saved(old)
    with Archive(file) as archive:
        assert archive.manifest.schema == schema
    restored(file, tmp_path / "new.sqlite")
    with closing(open_reader(tmp_path / "new.sqlite")) as reader:
        assert reader.facts().schema == len(MIGRATIONS)
    with closing(sqlite3.connect(tmp_path / "new.sqlite")) as connection:
        assert connection.execute("SELECT template FROM vocabulary").fetchall() == [("paid",)]


def forged(file: Path, change: Callable[[sqlite3.Connection], None], **said: object) -> Path:
    """An archive of which all sums are right, and the file another one."""
    inside = file.with_suffix(".inside")
    with Archive(file) as archive:
        manifest = archive.manifest
        inside.write_bytes(b"".join(archive.read(manifest.parts[0])))
    with closing(sqlite3.connect(inside, isolation_level=None)) as connection:
        change(connection)
    made = file.with_name("forged.zip")
    with made.open("wb") as stream:
        writer = ArchiveWriter(stream)
        with writer.part(embedded.PART) as part:
            part.write(inside.read_bytes())
        writer.finish(msgspec.structs.replace(manifest, **said))
    return made


@pytest.mark.parametrize(
    ("change", "said", "sentence"),
    [
        (lambda it: it.execute("CREATE VIEW v AS SELECT 1"), {}, "form of a store"),
        (
            lambda it: it.execute("CREATE TRIGGER t AFTER INSERT ON feedback BEGIN DELETE FROM anomaly; END"),
            {},
            "form of a store",
        ),
        (lambda it: it.execute("CREATE TABLE more (x)"), {}, "form of a store"),
        (lambda it: it.execute("PRAGMA application_id = 7"), {}, "form of a store"),
        (lambda it: it.execute("DELETE FROM anomaly"), {}, "its table anomaly isn't what it was"),
        (lambda it: it.execute("UPDATE template SET count = count + 1"), {}, "its table template isn't what it was"),
        (lambda it: None, {"schema": 99}, "newer drainwatch"),
        (lambda it: it.execute("PRAGMA user_version = 99"), {}, "form of a store"),
        (lambda it: None, {"kind": "elasticsearch"}, "--store: elasticsearch"),
    ],
)
def test_a_forged_one_changes_nothing(
    store: Path, change: Callable[[sqlite3.Connection], None], said: dict[str, object], sentence: str
) -> None:
    file = forged(saved(store), change, **said)
    before = {
        path.name: path.read_bytes()
        for path in store.parent.iterdir()
        if path.is_file() and path.suffix != ".sqlite-lock"
    }
    with pytest.raises(BackupError, match=sentence):
        restored(file, store, replace=True)
    after = {
        path.name: path.read_bytes()
        for path in store.parent.iterdir()
        if path.is_file() and path.suffix != ".sqlite-lock"
    }
    assert {name: body for name, body in after.items() if name in before} == before
    assert set(after) <= set(before)


def test_what_it_says_of_itself_is_plain_json(store: Path) -> None:
    with zipfile.ZipFile(saved(store)) as archive:
        said = json.loads(archive.read("manifest.json"))
    assert (said["format"], said["kind"], said["schema"], said["made_at"]) == (1, "sqlite", len(MIGRATIONS), AT)
    rows = {one["name"]: one["rows"] for one in said["tables"]}
    assert (rows["template"], rows["alert"], rows["outbox"]) == (5, 2, 2)
