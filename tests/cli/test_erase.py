"""`drainwatch erase`: shown first, asked about, done for good, and put on record without the text."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from detector.cli.app import execute
from detector.store.sqlite import open_reader, open_store
from tests.cli.stored import filled

TEXT = "connection REFUSED"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("USER", "kim")
    return filled(tmp_path / "drainwatch.sqlite")


def test_it_shows_what_would_go_and_changes_nothing(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = store.read_bytes()
    assert execute(["erase", "--pattern", TEXT, "--dry-run"]) == 0
    out = capfd.readouterr().out
    assert "Would go from the store drainwatch.sqlite:" in out
    assert "1  incidents" in out
    assert out.endswith("Nothing was changed.\n")
    assert store.read_bytes() == before


def test_a_text_goes_and_the_record_says_by_whom_but_not_which(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["erase", "--pattern", TEXT, "--yes"]) == 0
    out = capfd.readouterr().out
    assert "Out of reach from here:" in out
    assert "Kafka's topics" in out
    assert TEXT.lower().encode() not in store.read_bytes().lower()
    with closing(open_reader(store)) as reader:
        (entry,) = reader.acts().items
        assert (entry.who, entry.how, entry.what, entry.subject) == ("kim", "command", "erased", "a text")
        assert "1 incidents" in entry.detail
        summaries = [one.summary for one in reader.incidents(namespace="payments").items]
    assert summaries == ["<ERASED> <ERASED> by <HOST>, payments"]


def test_a_namespace_goes_and_is_named_on_record(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["erase", "--namespace", "payments", "--yes"]) == 0
    with closing(open_reader(store)) as reader:
        (entry,) = reader.acts().items
        assert (entry.subject, entry.namespace) == ("namespace payments", "payments")
        assert [one.namespace for one in reader.statuses()] == ["shop"]


def test_erasing_again_finishes_what_was_cut_off_and_what_went_is_on_record_already(
    store: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(store, isolation_level=None)) as reader:  # so the files can't be written anew
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM template").fetchone()
        assert execute(["erase", "--pattern", TEXT, "--yes"]) == 1
    assert "is erased" in capfd.readouterr().err
    with closing(open_reader(store)) as left:
        (entry,) = left.acts().items
        assert (entry.what, "1 incidents" in entry.detail) == ("erased", True)
    with closing(sqlite3.connect(store)) as other:  # what such a cut leaves, where SQLite overwrites nothing
        other.execute("PRAGMA secure_delete = OFF")
        other.execute("CREATE TABLE gone AS SELECT ? AS text", (TEXT,))
        other.execute("DROP TABLE gone")
        other.commit()
    assert TEXT.encode() in store.read_bytes()
    assert execute(["erase", "--pattern", TEXT]) == 0
    assert "Nothing of it is in the store. Its files were written anew" in capfd.readouterr().out
    assert TEXT.encode() not in b"".join(one.read_bytes() for one in store.parent.iterdir())


def test_what_cannot_be_is_refused_in_a_sentence(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for given, said in [
        ([], "What is to be erased isn't said."),
        (["--pattern", "a", "--namespace", "b"], "What is to be erased isn't said."),
        (["--pattern", "(", "--regex"], "is no regular expression"),
        (["--pattern", "a*", "--regex"], "matches nothing at all"),
        (["--pattern", " "], "matches nothing at all"),
        (["--pattern", TEXT], "Nobody is there to be asked"),
    ]:
        assert execute(["erase", *given]) != 0
        assert said in capfd.readouterr().err
    with closing(open_store(store)):
        assert execute(["erase", "--pattern", TEXT, "--yes"]) == 1
    assert "already writes to the store" in capfd.readouterr().err
