"""`run` and `demo` serve until they are told to stop, and refuse what can't be before they begin."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stdout
from pathlib import Path

import pytest

from detector.cli.app import execute
from detector.cli.demo import begin_anew
from detector.cli.run import announce
from detector.errors import StoreError, UsageError
from detector.store.sqlite import open_store
from tests.cli.test_detect import cri

Capture = pytest.CaptureFixture[str]


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A service in that working folder, and the address that it printed."""
    with subprocess.Popen(
        [sys.executable, "-m", "detector.cli", *arguments, "--port", "0"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            found = re.fullmatch(r"drainwatch is at (http://127\.0\.0\.1:\d+/)\n", said)
            assert found, said + (process.stderr.read() if process.stderr else "")
            yield process, found[1]
        finally:
            if process.poll() is None:
                process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_serves_and_ends_with_0_when_told_to_stop(tmp_path: Path, number: signal.Signals) -> None:
    cri(tmp_path / "logs", minutes=5)
    with serving(tmp_path, "run", "logs") as (process, address):
        with urllib.request.urlopen(f"{address}healthz", timeout=10) as answer:
            assert json.load(answer) == {"status": "ok"}
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Traceback" not in err
    assert (tmp_path / "drainwatch.sqlite").is_file()


def test_the_address_is_written_in_one_piece() -> None:
    class Pieces(io.StringIO):
        def write(self, text: str) -> int:
            pieces.append(text)
            return len(text)

    pieces: list[str] = []
    with redirect_stdout(Pieces()):
        announce("http://127.0.0.1:8765/")
    assert [piece for piece in pieces if piece] == ["drainwatch is at http://127.0.0.1:8765/\n"]


def test_a_service_logs_json_where_that_is_wanted(tmp_path: Path) -> None:
    cri(tmp_path / "logs", minutes=5)
    (tmp_path / "drainwatch.toml").write_text("[service]\nlog_format = 'json'\n")
    with serving(tmp_path, "run", "logs") as (process, _):
        process.terminate()
        _, err = process.communicate(timeout=30)
    events = [json.loads(line) for line in err.splitlines()]
    assert events
    assert all({"event", "level", "timestamp"} <= event.keys() for event in events)


def test_a_port_that_is_taken_is_bad_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Capture) -> None:
    monkeypatch.chdir(tmp_path)
    cri(tmp_path / "logs", minutes=1)
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        assert execute(["run", "logs", "--port", str(other.getsockname()[1])]) == 2
    err = capfd.readouterr().err
    assert "drainwatch: Can't listen on 127.0.0.1:" in err
    assert "--port" in err


@pytest.mark.parametrize(
    "arguments", [["run", "nowhere"], ["run", "logs", "--port", "70000"], ["run", "logs", "--window", "x"]]
)
def test_what_can_not_be_served_is_bad_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Capture, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    cri(tmp_path / "logs", minutes=1)
    assert execute(arguments) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.splitlines()[-1].startswith("drainwatch: ")


def test_a_demo_takes_an_empty_folder_or_its_own_and_no_other(tmp_path: Path) -> None:
    begin_anew(tmp_path / "new")
    (tmp_path / "empty").mkdir()
    begin_anew(tmp_path / "empty")
    (tmp_path / "letters/containers").parent.mkdir()
    (tmp_path / "letters/dear.txt").write_text("Dear reader")
    with pytest.raises(UsageError, match="holds something else than a demo"):
        begin_anew(tmp_path / "letters")
    assert (tmp_path / "letters/dear.txt").exists()
    (tmp_path / "old/containers").mkdir(parents=True)
    begin_anew(tmp_path / "old")
    assert not (tmp_path / "old/containers").exists()


def test_a_demo_that_runs_is_not_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "demo/containers").mkdir(parents=True)
    with closing(open_store(tmp_path / "demo/drainwatch.sqlite")), pytest.raises(StoreError, match="already writes"):
        begin_anew(tmp_path / "demo")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["refused"], "There is no demo in demo-data."),
        (["refuse"], "The demo has no fault called 'refuse'. Did you mean"),
        (["refused", "-n", "shp"], "Did you mean 'shop'?"),
        (["refused", "--minutes", "0"], "can't last 0 minutes"),
    ],
)
def test_a_fault_that_can_not_be_injected_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Capture, arguments: list[str], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert execute(["demo", "inject", *arguments]) == 2
    err = capfd.readouterr().err
    assert sentence in err
    assert err.count("\n") == 1


def test_a_fault_is_left_for_the_demo_to_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Capture) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo-data/containers").mkdir(parents=True)
    assert execute(["demo", "inject", "crash-loop", "--namespace", "shop", "--minutes", "3"]) == 0
    assert capfd.readouterr().out == "crash-loop in checkout (shop) for 3 minutes, from now on.\n"
    (request,) = (tmp_path / "demo-data/requests").glob("*.json")
    assert json.loads(request.read_text())["workload"] == "checkout"
