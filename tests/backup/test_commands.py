"""`drainwatch backup` and `drainwatch restore`, as somebody types them at three in the morning."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from detector.access.acts import Deed, act, by_command
from detector.cli.app import execute
from detector.store.schema import MIGRATIONS, migrate
from detector.store.sqlite import open_reader, open_store
from tests.backup.everything import TOKEN, differing

ROOT = Path(__file__).parents[2]


def deeds(store: Path) -> list[str]:
    with closing(open_reader(store)) as reader:
        return [one.what for one in reader.acts().items]


def drainwatch(
    *arguments: str, stdin: bytes = b"", before: Callable[[], None] | None = None, **environ: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "detector.cli", *arguments],
        input=stdin,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
        preexec_fn=before,
        capture_output=True,
        check=False,
    )


def test_there_and_back(store: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file, other = tmp_path / "b.zip", tmp_path / "other.sqlite"
    assert execute(["backup", str(file), "--store", str(store)]) == 0
    assert "all sums are right" in capfd.readouterr().err
    assert file.stat().st_mode & 0o777 == 0o600
    assert execute(["restore", str(file), "--store", str(other)]) == 0
    said = capfd.readouterr().out
    assert "all of this was compared, and is equal" in said
    assert "templates" in said
    assert differing(store, other) == ["audit log"]
    assert deeds(store) == [Deed.BACKED_UP, Deed.TOKEN_MADE]
    assert deeds(other) == [Deed.RESTORED, Deed.TOKEN_MADE]


def test_a_folder_gets_a_file_named_after_the_time(store: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    assert execute(["backup", str(folder), "--store", str(store)]) == 0
    (made,) = folder.iterdir()
    assert made.name.startswith("drainwatch-20")
    assert made.suffix == ".zip"


def test_through_a_pipe(store: Path, tmp_path: Path) -> None:
    piped = drainwatch("backup", "-", "--store", str(store))
    assert (piped.returncode, piped.stdout[:2]) == (0, b"PK"), piped.stderr
    other = tmp_path / "other.sqlite"
    done = drainwatch("restore", "-", "--store", str(other), stdin=piped.stdout)
    assert done.returncode == 0, done.stderr
    assert differing(store, other) == ["audit log"]
    half = drainwatch("restore", "-", "--store", str(tmp_path / "no.sqlite"), stdin=piped.stdout[:-100])
    assert half.returncode == 1
    assert b"cut off before its end" in half.stderr
    assert not (tmp_path / "no.sqlite").exists()


def test_a_backup_is_verified_beside_the_store(store: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "b.zip"
    execute(["backup", str(file), "--store", str(store)])
    capfd.readouterr()
    assert execute(["backup", "--verify", str(file), "--store", str(store)]) == 0
    assert "What differs: audit log." in capfd.readouterr().out, "this very backup is written down there"
    assert execute(["backup", "--verify", str(file), "--store", str(tmp_path / "nothing")]) == 0
    assert "There is no store" in capfd.readouterr().out
    body = file.read_bytes()
    file.write_bytes(body[:2000] + bytes(50) + body[2050:])
    assert execute(["backup", "--verify", str(file), "--store", str(store)]) == 1
    assert "The backup can't be used" in capfd.readouterr().err


def test_what_is_there_is_kept(store: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "b.zip"
    execute(["backup", str(file), "--store", str(store)])
    assert execute(["backup", str(file), "--store", str(store)]) == 1
    assert "There is a file" in capfd.readouterr().err
    assert execute(["restore", str(file), "--store", str(store)]) == 1
    assert "--replace: it is kept" in capfd.readouterr().err
    assert execute(["restore", str(file), "--store", str(store), "--replace"]) == 0
    (kept,) = tmp_path.glob("drainwatch.sqlite.before-*Z")
    assert f"What was there before is in {kept}" in capfd.readouterr().out
    assert differing(kept, store) == ["audit log"]


def test_a_backup_of_a_store_that_takes_no_notes_is_made_and_that_is_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    old, file = tmp_path / "old.sqlite", tmp_path / "b.zip"
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        migrate(connection, MIGRATIONS[:1])
        connection.execute("INSERT INTO namespace (number, name) VALUES (1, 'shop')")
    assert execute(["backup", str(file), "--store", str(old)]) == 0
    said = capfd.readouterr().err
    assert "It could not be written into the audit log: The store" in said
    assert "all sums are right" in said
    assert file.exists()


def test_that_nobody_knows_what_was_revoked_since_is_said(
    store: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "b.zip"
    execute(["backup", str(file), "--store", str(store)])
    store.write_bytes(store.read_bytes()[:8192] + os.urandom(100_000))
    capfd.readouterr()
    assert execute(["restore", str(file), "--store", str(store), "--replace"]) == 0
    assert "Which tokens were revoked there since can't be read" in capfd.readouterr().out


def test_what_was_taken_back_since_does_not_come_back_unseen(
    store: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "b.zip"
    execute(["backup", str(file), "--store", str(store)])
    with closing(open_store(store)) as opened:
        opened.say(replace(TOKEN, revoked=TOKEN.created + 5))
        opened.say(act(by_command("ada"), Deed.ERASED, "namespace bank", TOKEN.created + 6))
    capfd.readouterr()
    assert execute(["restore", str(file), "--store", str(store), "--replace"]) == 0
    said = capfd.readouterr().out
    assert "The token ci (t1) was revoked since, and stays so." in said
    assert "There again, though it was erased since: namespace bank. Erase it again." in said
    with closing(open_reader(store)) as reader:
        assert [one.revoked for one in reader.tokens()] == [TOKEN.created + 5]


@pytest.mark.parametrize("to", ["b.zip", "-"])
def test_where_the_disk_of_the_backup_is_full_that_is_named_and_not_the_store(
    store: Path, tmp_path: Path, to: str
) -> None:
    (tmp_path / "backups").mkdir()
    done = drainwatch(
        "backup",
        to if to == "-" else str(tmp_path / "backups" / to),
        "--store",
        str(store),
        before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, 65_536)),
        TMPDIR=str(tmp_path / "backups"),
    )
    assert done.returncode == 1
    said = done.stderr.decode()
    assert f"{tmp_path}/backups" in said
    assert "can" in said
    assert "be written" in said
    assert "writing to the disk failed" in said
    assert "The store" not in said
    assert list((tmp_path / "backups").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["backup", "b.zip"], "There is no such file"),
        (["backup", "no/such/folder/b.zip"], "can't be written: No such file"),
        (["restore", "nothing.zip"], "The backup nothing.zip can't be read: No such file"),
        (["restore", "drainwatch.toml"], "no archive of drainwatch"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    arguments: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("drainwatch.toml").write_text("")
    assert execute(arguments) == 1
    assert sentence in capfd.readouterr().err
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith("drainwatch.")] == []
