"""`drainwatch detect`: logs in, incidents out, and every line accounted for."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import pytest

from detector.cli.app import execute
from detector.cli.tables import INCIDENT_COLUMNS
from detector.demo import CLUSTER, log_folder, plan_fault, write_history
from tests.parsers import events

MINUTE = 60_000_000
NOON = 1_709_640_000_000_000
"""2024-03-05T12:00:00Z, a Tuesday, in microseconds."""
DATA = Path(__file__).parents[3] / "shared" / "data"

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three hours of a small cluster's logs; half an hour before their end payment is refused for six minutes."""
    folder = tmp_path_factory.mktemp("history")
    fault = plan_fault(CLUSTER, "refused", "payments", "payment", start=NOON - 30 * MINUTE, minutes=6)
    write_history(folder, NOON - 180 * MINUTE, NOON, faults=(fault,))
    return log_folder(folder)


@pytest.fixture(scope="module")
def told(history: Path) -> tuple[list[dict[str, Any]], str]:
    """Incidents and standard error of a run over it."""
    done = drainwatch("detect", str(history), "-o", "ndjson")
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def drainwatch(*arguments: str, stdin: IO[str] | int = subprocess.DEVNULL) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "detector.cli", *arguments],
        stdin=stdin,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )


def detected(capfd: Capture, *arguments: str) -> tuple[list[dict[str, Any]], str]:
    """Incidents and standard error of a run that has to succeed."""
    assert execute(["detect", *arguments, "--output", "ndjson"]) == 0
    out, err = capfd.readouterr()
    return [json.loads(line) for line in out.splitlines()], err


def adds_up(err: str) -> int:
    """How many lines were read; fails unless the account on standard error is whole."""
    found = re.search(
        r"^([\d,]+) lines? read: ([\d,]+) counted(?:, ([\d,]+) joined to the line before)?(?:, ([\d,]+) dropped)?\.$",
        err,
        re.MULTILINE,
    )
    assert found, err
    read, *parts = (int((number or "0").replace(",", "")) for number in found.groups())
    assert read == sum(parts), err
    return read


def cri(path: Path, minutes: int, lines_a_minute: int = 5) -> Path:
    """A container's log under the kubelet's name, as steady as can be, from noon on."""
    path.mkdir(parents=True, exist_ok=True)
    start = datetime(2024, 3, 5, 12, tzinfo=UTC)
    file = path / f"web-7d9c5b6f4d-x2x4z_shop_web-{'ab' * 32}.log"
    with file.open("w") as log:
        for minute in range(minutes):
            for second in range(0, 60, 60 // lines_a_minute):
                at = start + timedelta(minutes=minute, seconds=second)
                log.write(f"{at:%Y-%m-%dT%H:%M:%S}.000000000Z stdout F GET /cart {minute}{second}\n")
    return file


def test_the_fault_is_found_with_its_reasons(told: tuple[list[dict[str, Any]], str]) -> None:
    incidents, _ = told
    (found,) = (incident for incident in incidents if incident["namespace"] == "payments")
    assert "2024-03-05T11:29:00Z" <= found["start"] <= "2024-03-05T11:32:00Z"
    assert found["severity"] in {"major", "critical"}
    new = [reason for reason in found["reasons"] if reason["kind"] == "new" and reason["workload"] == "payment"]
    assert new
    assert new[0]["observed"] > new[0]["expected_high"] == 0


def test_every_line_is_accounted_for(told: tuple[list[dict[str, Any]], str], history: Path) -> None:
    lines = sum(file.read_bytes().count(b"\n") for file in history.iterdir())
    assert adds_up(told[1]) == lines > 10_000


def test_another_run_tells_the_same_in_another_form(
    told: tuple[list[dict[str, Any]], str], history: Path, capfd: Capture
) -> None:
    assert execute(["detect", str(history), "-o", "json"]) == 0
    out, err = capfd.readouterr()
    assert (json.loads(out), err) == told


def test_a_row_of_csv_is_an_incident(told: tuple[list[dict[str, Any]], str], history: Path, capfd: Capture) -> None:
    assert execute(["detect", str(history / "*_payments_*"), "-o", "csv"]) == 0
    row, *_ = csv.DictReader(io.StringIO(capfd.readouterr().out))
    assert tuple(row) == INCIDENT_COLUMNS
    assert (row["namespace"], row["kind"]) == ("payments", json.loads(row["reasons"])[0]["kind"])


def test_what_is_learned_from_can_be_said(tmp_path: Path, capfd: Capture) -> None:
    cri(tmp_path, minutes=120)
    _, err = detected(capfd, str(tmp_path))
    assert "Learned from 2024-03-05T12:00:00Z until 2024-03-05T13:00:00Z, scored until " in err
    _, err = detected(capfd, str(tmp_path), "--train-until", "2024-03-05T13:30:00Z")
    assert "Learned from 2024-03-05T12:00:00Z until 2024-03-05T13:30:00Z, scored until " in err


def test_steady_logs_have_nothing_to_tell(tmp_path: Path, capfd: Capture) -> None:
    cri(tmp_path, minutes=180)
    incidents, err = detected(capfd, str(tmp_path))
    assert incidents == []
    assert adds_up(err) == 900
    assert "No incident: nothing here that a person should be told." in err


def test_too_little_history_is_said(tmp_path: Path, capfd: Capture) -> None:
    cri(tmp_path, minutes=3)
    incidents, err = detected(capfd, str(tmp_path))
    assert incidents == []
    assert adds_up(err) == 15
    assert "shop: too little to learn from" in err
    assert "Nothing was scored." in err


def test_an_empty_result_is_an_empty_table_a_header_or_a_list(tmp_path: Path, capfd: Capture) -> None:
    cri(tmp_path, minutes=3)
    for form, printed in {"table": "", "ndjson": "", "json": "[]\n", "csv": ",".join(INCIDENT_COLUMNS) + "\n"}.items():
        assert execute(["detect", str(tmp_path), "-o", form]) == 0
        assert capfd.readouterr().out == printed


def test_a_glob_and_several_paths_are_read_once(tmp_path: Path, capfd: Capture) -> None:
    file = cri(tmp_path, minutes=3)
    _, err = detected(capfd, str(tmp_path / "*.log"), str(tmp_path), str(file))
    assert adds_up(err) == 15


def test_standard_input_is_a_dash(tmp_path: Path) -> None:
    with cri(tmp_path, minutes=3).open() as lines:
        done = drainwatch("detect", "-", "-o", "ndjson", stdin=lines)
    assert done.stdout == ""
    assert adds_up(done.stderr) == 15


def test_lines_without_a_time_are_dropped_with_advice(tmp_path: Path, capfd: Capture) -> None:
    (tmp_path / "notes.log").write_text("no time here\nnor here\n")
    _, err = detected(capfd, str(tmp_path))
    assert adds_up(err) == 2
    assert "2  no_time  nothing says when; --timezone makes times without a zone count" in err


def test_a_zone_makes_times_count_that_name_none(tmp_path: Path, capfd: Capture) -> None:
    (tmp_path / "app.log").write_text("2024-03-05 12:00:00,000 INFO started\n2024-03-05 12:00:01,000 INFO ready\n")
    assert "2 dropped" in detected(capfd, str(tmp_path))[1]
    assert "2 counted" in detected(capfd, str(tmp_path), "--timezone", "Europe/Berlin")[1]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 5_000,
        bytes(range(256)) * 40,
        b"\xff\xfe\n" * 10,
        b"x" * 10_000_000,
        b"\x1f\x8b\x08junk",
        b"{" * 99,
    ],
    ids=["empty", "zeros", "binary", "undecodable", "10 MB line", "broken gzip", "half JSON"],
)
@pytest.mark.parametrize("name", ["any.log", "any.log.gz"])
def test_whatever_a_file_holds_is_accounted_for(tmp_path: Path, capfd: Capture, content: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(content)
    cri(tmp_path / "good", minutes=3)
    _, err = detected(capfd, str(tmp_path))
    assert adds_up(err) >= 15
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["nowhere"],
        ["empty"],
        ["nowhere/*.log"],
        ["good", "--train-until", "noon"],
        ["good", "--train-until", "2024-03-05 12:00"],
        ["good", "--window", "0s"],
        ["good", "--window", "a minute"],
        ["good", "--timezone", "Mars/Olympus"],
        ["good", "--config", "none.toml"],
    ],
)
def test_bad_usage_is_one_sentence_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Capture, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    cri(tmp_path / "good", minutes=3)
    assert execute(["detect", *arguments]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("drainwatch: ")
    assert err.count("\n") == 1


def test_a_folder_without_permission_is_named(tmp_path: Path, capfd: Capture, request: pytest.FixtureRequest) -> None:
    cri(tmp_path, minutes=3)
    detected(capfd, str(tmp_path))  # so that all that is imported on the way is there before the rights are gone
    folder: Path = request.getfixturevalue("unprivileged")
    cri(folder / "good", minutes=3)
    (folder / "secret").mkdir(mode=0)
    _, err = detected(capfd, str(folder))
    assert "secret" in err
    assert adds_up(err) == 15


def real(name: str) -> Path:
    if not (DATA / name).exists():
        message = f"the real logs are not at {DATA / name}"
        if os.environ.get("DRAINWATCH_REQUIRE_SERVERS") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return DATA / name


def test_real_filebeat_documents_are_all_accounted_for(capfd: Capture) -> None:
    assert adds_up(detected(capfd, str(real("filebeat/container-input.ndjson")))[1]) == 406
    assert adds_up(detected(capfd, str(real("filebeat/filestream-autodiscover.ndjson")))[1]) == 404


@pytest.mark.long
def test_real_container_logs_are_all_accounted_for(capfd: Capture) -> None:
    _, err = detected(capfd, str(real("train-ticket/containers")))
    assert adds_up(err) == 175_209


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_the_caller_closed_are_no_bug(tmp_path: Path, closed: str) -> None:
    cri(tmp_path / "logs", minutes=2)
    command = f"exec {sys.executable} -m detector.cli detect - logs {closed}"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    assert "bug" not in done.stderr


def test_a_critical_rule_of_falcos_is_told_with_what_it_is_about(tmp_path: Path, capfd: Capture) -> None:
    path = tmp_path / f"falco-x7k2p_security_falco-{'0' * 64}.log"
    path.write_text(
        f"2024-03-05T12:00:00Z stdout F {events.line(events.falco())}\n2024-03-05T12:01:00Z stdout F INFO done\n"
    )
    assert execute(["detect", str(path)]) == 0
    shown = " ".join(capfd.readouterr().out.split())
    assert f"security: 1 × “Falco: {events.RULE}” in payments/ledger, since 2024-03-05 12:00 UTC" in shown
    assert f"rule 1 seen, always told payments/ledger: Falco: {events.RULE}" in shown
