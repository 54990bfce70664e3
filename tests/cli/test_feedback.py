"""`drainwatch feedback`, `mute` and `unmute`: said in a shell, kept in the store, beside a service that writes it."""

from __future__ import annotations

import csv
import io
import json
import os
import pwd
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from detector.cli.app import execute
from detector.store.sqlite import open_reader, open_store
from tests.cli.stored import filled

REFUSED = "b" * 16
OUTAGE = f"{1:016x}"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("USER", "kim")
    return filled(tmp_path / "drainwatch.sqlite")


def words(capfd: pytest.CaptureFixture[str], *more: str) -> list[dict[str, Any]]:
    capfd.readouterr()
    assert execute(["feedback", "list", "--output", "ndjson", *more]) == 0
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_an_incident_is_marked_and_the_mark_taken_back(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["feedback", "expected", OUTAGE, "--note", "the import"]) == 0
    assert "expected Connection refused by <HOST>, payments" in capfd.readouterr().out
    (word,) = words(capfd)
    assert (word["author"], word["note"], word["created"]) == ("kim", "the import", "2026-11-21T08:00:00Z")
    assert execute(["feedback", "withdraw", word["id"]]) == 0
    assert "taken back" in capfd.readouterr().out
    assert words(capfd, "--active") == []
    assert [one["withdrawn"] for one in words(capfd)] == ["2026-11-21T08:00:00Z"]


def test_a_real_incident_is_remembered_as_one(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["feedback", "real", OUTAGE, "--author", "Robin"]) == 0
    (word,) = words(capfd, "--namespace", "payments")
    assert (word["kind"], word["incident"], word["author"], word["until"]) == ("real", OUTAGE, "Robin", None)
    assert words(capfd, "--namespace", "shop") == []


def test_who_says_it_is_known_without_a_variable_for_it(
    store: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for variable in ("USER", "LOGNAME", "LNAME", "USERNAME"):
        monkeypatch.delenv(variable, raising=False)
    assert execute(["feedback", "real", OUTAGE]) == 0
    assert words(capfd)[0]["author"] == pwd.getpwuid(os.getuid()).pw_name


def test_where_nothing_would_bring_peace_it_is_said_what_is_needed(
    store: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert execute(["feedback", "suggest", "--as-told"]) == 0
    assert "once several incidents that were marked expected" in capfd.readouterr().out
    assert execute(["feedback", "suggest", "--as-told", "--output", "json"]) == 0
    assert capfd.readouterr().out == "[]\n"


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        ([REFUSED], {"template": REFUSED, "workload": "", "namespace": "payments"}),
        (["--workload", "ledger", "--namespace", "payments"], {"template": "", "workload": "ledger"}),
        (["--namespace", "shop"], {"template": "", "workload": "", "namespace": "shop"}),
    ],
)
def test_what_is_muted_for_a_while_speaks_again_by_itself(
    store: Path, capfd: pytest.CaptureFixture[str], named: list[str], kept: dict[str, str]
) -> None:
    assert execute(["mute", *named, "--for", "7d"]) == 0
    (word,) = words(capfd)
    assert word.items() >= kept.items()
    assert (word["until"], word["active"]) == ("2026-11-28T08:00:00Z", True)


def test_a_muted_template_says_so_until_it_is_unmuted(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["mute", REFUSED]) == 0
    capfd.readouterr()
    assert execute(["templates", "--search", "refused"]) == 0
    assert "(muted)" in capfd.readouterr().out
    (word,) = words(capfd)
    assert execute(["unmute", word["id"]]) == 0
    capfd.readouterr()
    assert execute(["templates"]) == 0
    assert "(muted)" not in capfd.readouterr().out


def test_it_is_said_while_a_service_holds_the_store(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with closing(open_store(store)) as service:
        assert execute(["mute", REFUSED]) == 0
        assert [one.template for one in service.feedback()] == [REFUSED]
    with closing(open_reader(store)) as reader:
        assert len(reader.feedback("payments")) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["mute"], "Nothing to mute is named. Name a template, a workload with its namespace, or a namespace."),
        (["mute", "nope"], "There is no template 'nope'."),
        (["mute", REFUSED, "--for", "soon"], "'soon' is no length of time. Write it like 30m, 1h or 7d."),
        (["mute", REFUSED, "--for", "0s"], "What is said would have expired already."),
        (["mute", "--workload", "web"], "Nothing to mute is named."),
        (["mute", "--workload", "web", "-n", "payments"], "payments has no workload 'web'. There are ledger, payment."),
        (["feedback", "expected", "nope"], "There is no incident 'nope'."),
        (["feedback", "withdraw", "nope"], "There is no feedback 'nope'."),
        (["feedback", "real", OUTAGE, "--note", "x" * 1001], "The note is 1,001 characters long."),
        (["feedback", "list", "--namespace", "nope"], "The store has no namespace nope."),
    ],
)
def test_what_cant_be_said_ends_in_a_sentence(
    store: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert execute(arguments) == 2
    assert sentence in capfd.readouterr().err
    assert words(capfd) == []


def test_without_a_store_nothing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert execute(["mute", REFUSED]) == 1
    assert "drainwatch.sqlite" in capfd.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_note_commands_neither_terminal_nor_spreadsheet(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert (
        execute(["feedback", "real", OUTAGE, "--note", "\x1b[2Jgone\x00\u202e,\nby", "--author", "=HYPERLINK(1)"]) == 0
    )
    capfd.readouterr()
    assert execute(["feedback", "list", "--output", "csv"]) == 0
    text = capfd.readouterr().out
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["note"], row["author"]) == ("·[2Jgone··,⏎by", "'=HYPERLINK(1)")
    assert not set(text) & {"\x1b", "\x00", "\u202e"}
