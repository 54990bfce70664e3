"""`incidents`, `anomalies` and `templates` read a store, in the form that was asked for."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from detector.cli.app import execute
from detector.cli.output import harmless
from detector.cli.tables import ANOMALY_COLUMNS, INCIDENT_COLUMNS, TEMPLATE_COLUMNS
from detector.findings import Source
from detector.store.port import PassResult
from detector.store.sqlite import open_store
from tests.cli.stored import HOSTILE, filled


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return filled(tmp_path / "drainwatch.sqlite")


def rows(capfd: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert execute([*arguments, "--output", "ndjson"]) == 0
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_incidents_come_newest_first_with_what_the_api_says_of_them(
    store: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    newest, oldest = rows(capfd, "incidents")
    assert (newest["namespace"], oldest["namespace"]) == ("shop", "payments")
    assert (oldest["start"], oldest["end"]) == ("2026-11-21T07:10:00Z", "2026-11-21T07:16:00Z")
    assert (oldest["score"], oldest["severity"]) == (88.4, "critical")
    assert oldest["reasons"][0] == {
        "template_id": "00112233aabbccdd",
        "template": "Connection refused by <HOST>",
        "workload": "payment",
        "level": "error",
        "kind": "new",
        "observed": 37,
        "expected_low": 0.0,
        "expected_high": 2.5,
        "windows": 1,
        "share": 1.0,
        "first_seen": "2026-11-21T07:00:00Z",
        "samples": ["Connection refused by <HOST>"],
    }


@pytest.mark.parametrize(
    ("filters", "namespaces"),
    [
        (["--namespace", "payments"], ["payments"]),
        (["--min-score", "60"], ["payments"]),
        (["--since", "2026-11-21T07:20:00Z"], ["shop"]),
        (["--until", "2026-11-21T07:20:00Z"], ["payments"]),
        (["--limit", "1"], ["shop"]),
        (["--since", "2026-11-22"], []),
    ],
)
@pytest.mark.parametrize("command", ["incidents", "anomalies"])
def test_filters_leave_the_rest_out(
    store: Path, capfd: pytest.CaptureFixture[str], command: str, filters: list[str], namespaces: list[str]
) -> None:
    assert [row["namespace"] for row in rows(capfd, command, *filters)] == namespaces


def test_templates_come_by_workload_and_can_be_searched(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert [row["workload"] for row in rows(capfd, "templates")] == ["ledger", "payment"]
    assert [row["text"] for row in rows(capfd, "templates", "--search", "REFUSED")] == ["Connection refused by <HOST>"]
    assert len(rows(capfd, "templates", "--limit", "1")) == 1
    assert rows(capfd, "templates", "--since", "2026-11-21T07:06:00Z") == []


@pytest.mark.parametrize(
    ("command", "columns"),
    [("incidents", INCIDENT_COLUMNS), ("anomalies", ANOMALY_COLUMNS), ("templates", TEMPLATE_COLUMNS)],
)
def test_csv_has_the_named_columns_and_as_many_rows_as_ndjson(
    store: Path, capfd: pytest.CaptureFixture[str], command: str, columns: tuple[str, ...]
) -> None:
    assert execute([command, "--output", "csv"]) == 0
    table = list(csv.DictReader(io.StringIO(capfd.readouterr().out)))
    assert table
    assert list(table[0]) == list(columns)
    assert len(table) == len(rows(capfd, command))


def test_csv_holds_neither_formula_nor_command(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    execute(["incidents", "--output", "csv"])
    text = capfd.readouterr().out
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
    first = next(csv.DictReader(io.StringIO(text)))
    assert first["template"] == "'" + harmless(HOSTILE)
    assert json.loads(first["reasons"])[0]["template"] == HOSTILE


def test_json_is_one_list_of_the_same(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["incidents", "--output", "json"]) == 0
    assert json.loads(capfd.readouterr().out) == rows(capfd, "incidents")


def test_a_table_tells_when_where_how_bad_and_why(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["incidents", "--namespace", "payments"]) == 0
    shown = capfd.readouterr().out
    assert "1 incident, times in UTC" in shown
    assert "2026-11-21 07:10 to 07:16   payments    88 critical   Connection refused by <HOST>, payments" in shown
    assert "new   37 seen, 0 to 2.5 expected  payment: Connection refused by <HOST>" in shown


@pytest.mark.parametrize("command", ["incidents", "anomalies", "templates"])
def test_a_hostile_text_is_only_text_on_a_terminal(
    store: Path, capfd: pytest.CaptureFixture[str], command: str
) -> None:
    assert execute([command]) == 0
    shown = capfd.readouterr().out
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(shown)
    assert ("[red]x[/red]" in shown) == (command != "templates")


def test_what_could_command_a_terminal_shows_as_a_dot() -> None:
    assert harmless("a\x1b[2Jb\tc\nd\u202ee\u200bé") == "a·[2Jb·c⏎d·e·é"


def test_a_store_is_read_while_it_is_being_written(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with closing(open_store(store)):
        assert len(rows(capfd, "incidents")) == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["incidents", "--store", "none.sqlite"], "There is no such file."),
        (["incidents", "--namespace", "shp"], "The store has no namespace shp. There are payments, shop."),
        (["incidents", "--since", "yesterday"], "'yesterday' is not a time."),
        (["incidents", "--since", "now", "--until", "-1h"], "--since now isn't before --until -1h."),
        (["incidents", "--config", "none.toml"], "The settings file none.toml can't be read"),
        (["incidents", "--store", "."], "it is a folder"),
    ],
)
def test_what_can_not_be_is_one_sentence_on_standard_error(
    store: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert execute(arguments) in {1, 2}
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("drainwatch: ")
    assert err.count("\n") == 1
    assert sentence in err


def test_a_file_that_is_no_store_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear reader, " * 1_000)
    assert execute(["incidents", "--store", "letter.txt"]) == 1
    assert "letter.txt" in capfd.readouterr().err
    assert letter.read_text().startswith("Dear reader")


@pytest.mark.parametrize("command", ["incidents", "anomalies", "templates"])
@pytest.mark.parametrize("width", [30, 50, 79, 100])
def test_a_narrow_terminal_shows_all_that_a_wide_one_shows(store: Path, command: str, width: int) -> None:
    said = on_terminal(store.parent, command, width)
    assert max(map(len, said)) <= width
    if width < 80:
        assert "Connectionrefusedby<HOST>" in "".join("".join(said).split())


def on_terminal(folder: Path, command: str, width: int) -> list[str]:
    """The lines that a command prints on a terminal of so many columns."""
    pty = pytest.importorskip("pty")
    termios = pytest.importorskip("termios")
    # A process that imported readline says here how wide its own terminal is, which would be believed instead.
    env = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    reading, writing = pty.openpty()
    try:
        termios.tcsetwinsize(writing, (40, width))
        done = subprocess.Popen(
            [sys.executable, "-m", "detector.cli", command],
            cwd=folder,
            env={**env, "PYTHONPATH": str(Path(__file__).parents[2]), "NO_COLOR": "1", "TERM": "xterm"},
            stdin=subprocess.DEVNULL,
            stdout=writing,
        )
    finally:
        os.close(writing)
    said = b""
    try:
        while more := os.read(reading, 65_536):
            said += more
    except OSError:  # Linux says so where the other side is closed
        pass
    os.close(reading)
    assert done.wait() == 0
    return re.sub("\x1b\\[[0-9;]*m", "", said.decode()).splitlines()


def test_of_a_namespace_that_logs_nothing_incidents_in_metrics_are_listed(
    store: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with closing(open_store(store)) as written:
        (known,) = written.incidents("payments", limit=1).items
        alone = replace(known, id="m1", namespace="mesh", source=Source.METRICS)
        written.commit(PassResult(written.closed_until(), incidents=[alone]))
    execute(["incidents", "--namespace", "mesh", "--output", "csv"])
    (row,) = csv.DictReader(io.StringIO(capfd.readouterr().out))
    assert (row["id"], row["source"]) == ("m1", "metrics")
