"""`drainwatch alert` and `drainwatch silence`: who was told of what, and what nobody wants to be told of for a time."""

from __future__ import annotations

import csv
import io
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from detector.alert import AlertKind
from detector.cli.app import execute
from detector.store.port import ALERTS, PassResult
from detector.store.sqlite import open_store
from tests.cli.stored import HOSTILE, filled
from tests.store.alerts import alert, told_to

OUTAGE = f"{1:016x}"
QUIET = "silenced until 14:00 UTC by ana: migration"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("USER", "kim")
    path = filled(tmp_path / "drainwatch.sqlite")
    told = (told_to("oncall", 12), told_to("mail", 11, "payments"))
    alerts = [
        replace(alert(11, "payments", resolved=18, told=told), incidents=(OUTAGE, "pruned")),
        replace(alert(21, "shop"), quiet=QUIET, summary=HOSTILE),
        replace(alert(30), id="own", kind=AlertKind.NO_LINES, namespaces=(), incidents=(), quiet=""),
        replace(alert(0, "late", resolved=24 * 60 + 11), incidents=()),
        replace(alert(40, *(f"team-{number}" for number in range(9))), id="wide"),
    ]
    with closing(open_store(path)) as made, closing(made.scope(ALERTS)) as apart:
        apart.commit(PassResult(None, alerts=alerts))
    return path


def rows(capfd: pytest.CaptureFixture[str], *command: str) -> list[dict[str, Any]]:
    capfd.readouterr()
    assert execute([*command, "--output", "ndjson"]) == 0
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def said(capfd: pytest.CaptureFixture[str], *command: str) -> str:
    capfd.readouterr()
    assert execute(list(command)) == 0
    return capfd.readouterr().out


def failed(capfd: pytest.CaptureFixture[str], *command: str) -> str:
    capfd.readouterr()
    assert execute(list(command)) != 0
    return capfd.readouterr().err


def test_the_table_says_who_was_told_when_and_why_not(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    table = said(capfd, "alert", "list")
    assert "5 alerts, times in UTC" in table
    assert table.index("07:11 mail opened") < table.index("07:12 oncall opened"), "in the order of telling"
    assert "over 07:18" in table
    assert QUIET in table
    assert "over 2026-11-22 07:11" in said(capfd, "alert", "list", "--namespace", "late")
    assert "nobody was told" in table, "where nothing says why"
    assert "drainwatch itself" in table
    assert "and 5 more" in table
    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(table)


def test_alerts_are_filtered_as_incidents_are(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def ids(*options: str) -> list[str]:
        return [one["id"] for one in rows(capfd, "alert", "list", *options)]

    assert len(ids()) == 5
    assert ids("--namespace", "payments") == ["alert-11-payments"]
    assert ids("--open", "-n", "shop") == ["alert-21-shop"]
    assert ids("--open", "--limit", "1", "--until", "2026-11-21T07:40:00Z") == ["own"]
    assert ids("--since", "2026-11-21T07:20:00Z", "--until", "2026-11-21T07:31:00Z") == ["own", "alert-21-shop"]
    assert ids("--limit", "1") == ["wide"]
    assert "no namespace nowhere" in failed(capfd, "alert", "list", "--namespace", "nowhere")


def test_a_spreadsheet_takes_them(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    listed = list(csv.DictReader(io.StringIO(said(capfd, "alert", "list", "--output", "csv"))))
    assert listed[2]["summary"].startswith("'=cmd()")
    assert json.loads(listed[3]["told"])[0]["channel"] == "oncall"


def test_one_alert_is_shown_with_its_incidents(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shown = said(capfd, "alert", "show", "alert-11-payments")
    assert "07:12 oncall opened" in shown
    assert "Connection refused by <HOST>, payments" in shown
    assert "37 seen" in shown
    (row,) = rows(capfd, "alert", "show", "alert-11-payments")
    assert [one["id"] for one in row["members"]] == [OUTAGE]
    assert "no alert 'nope'" in failed(capfd, "alert", "show", "nope")


def test_a_namespace_is_silenced_and_the_silence_ended(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert "Nothing is silenced." in said(capfd, "silence", "list")
    table = said(capfd, "silence", "add", "payments", "--for", "2h", "--note", "migration")
    assert ("1 silence" in table, "payments" in table, "migration" in table) == (True, True, True)
    (made,) = rows(capfd, "silence", "list")
    assert (made["namespace"], made["author"], made["note"], made["active"]) == ("payments", "kim", "migration", True)
    assert "ended" in said(capfd, "silence", "remove", made["id"])
    assert rows(capfd, "silence", "list") == []
    assert "--all shows what was" in said(capfd, "silence", "list")
    assert [one["id"] for one in rows(capfd, "silence", "list", "--all")] == [made["id"]]


def test_a_silence_is_made_beside_a_service_that_writes_the_store(
    store: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with closing(open_store(store)) as service:
        said(capfd, "silence", "add", "'*'".strip("'"), "--until", "+1d", "--author", "ana")
        (made,) = service.silences()
    assert (made.namespace, made.author) == ("*", "ana")


def test_a_silence_that_begins_later_is_listed(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said(capfd, "silence", "add", "payments", "--from", "+2h", "--for", "30m")
    (one,) = rows(capfd, "silence", "list")
    assert (one["active"], one["coming"]) == (False, True)


def test_a_workload_and_a_template_are_silenced(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert "ledger in payments" in said(capfd, "silence", "add", "payments", "-w", "ledger", "--for", "1h")
    assert "“Connection refused by <HOST>” in payments" in said(capfd, "silence", "add", "-t", "b" * 16, "--for", "1h")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["paymets", "--for", "1h"], "no namespace 'paymets'"),
        (["payments"], "no end was named. Say for how long"),
        (["payments", "--for", "soon"], "no length of time"),
        (["payments", "--for", "1h", "--until", "+1h"], "Give one of them"),
        (["--for", "1h"], "Nothing to silence is named"),
    ],
)
def test_what_can_not_be_silenced_is_said(
    store: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert sentence in failed(capfd, "silence", "add", *arguments)
    assert rows(capfd, "silence", "list", "--all") == []
