"""What holds for every command: exit codes, standard error, and never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from detector.cli.app import execute, without_debug
from tests.cli.stored import filled

SLOW = {"confluent_kafka", "elasticsearch", "fastapi", "numpy", "plotly", "river", "scipy", "sklearn", "uvicorn"}


def drainwatch(
    folder: Path, *arguments: str, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "detector.cli", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **(environ or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize("asked", ["version", "--version"])
def test_version_names_itself_and_what_it_stands_on(tmp_path: Path, asked: str) -> None:
    done = drainwatch(tmp_path, asked)
    assert done.returncode == 0
    assert done.stdout.startswith("drainwatch 0.")
    assert "scikit-learn" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("arguments", [["version"], ["--help"], ["detect", "--help"]])
def test_small_answers_wait_for_nothing_that_takes_long_to_load(tmp_path: Path, arguments: list[str]) -> None:
    done = drainwatch(tmp_path, *arguments, environ={"PYTHONPROFILEIMPORTTIME": "1"})
    assert "| detector.cli" in done.stderr
    assert not SLOW & {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["detect"], ["detect", "x", "--window"], ["incidents", "--limit", "0"], ["incidents", "-o", "xml"]],
)
def test_bad_usage_exits_with_2_and_prints_nothing_to_standard_output(tmp_path: Path, arguments: list[str]) -> None:
    done = drainwatch(tmp_path, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_is_bad_usage(tmp_path: Path) -> None:
    done = drainwatch(tmp_path, "incidents", environ={"DRAINWATCH_STORE__PTH": "x"})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "drainwatch: The environment variable DRAINWATCH_STORE__PTH is no setting of drainwatch. "
        "Did you mean DRAINWATCH_STORE__PATH?\n"
    )


def test_debug_may_stand_anywhere_but_after_two_dashes() -> None:
    assert without_debug(["incidents", "--debug", "-n", "shop"]) == (["incidents", "-n", "shop"], True)
    assert without_debug(["detect", "--", "--debug"]) == (["detect", "--", "--debug"], False)


def test_debug_shows_where_an_error_came_from(tmp_path: Path) -> None:
    done = drainwatch(tmp_path, "incidents", "--debug", "--store", "none.sqlite")
    assert done.stderr.startswith("Traceback")
    assert done.stderr.splitlines()[-1].startswith("drainwatch: The store none.sqlite")


@pytest.mark.parametrize("arguments", [["incidents", "-o", "ndjson"], ["incidents"], ["version"]])
def test_a_reader_that_has_gone_away_is_not_complained_of(tmp_path: Path, arguments: list[str]) -> None:
    filled(tmp_path / "drainwatch.sqlite")
    ours, theirs = os.pipe()
    os.close(ours)
    done = subprocess.run(
        [sys.executable, "-m", "detector.cli", *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUNBUFFERED": ""},
        stdout=theirs,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    os.close(theirs)
    assert done.returncode in {1, 141}
    assert done.stderr == ""


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_one_sentence(tmp_path: Path, unbuffered: str) -> None:
    filled(tmp_path / "drainwatch.sqlite")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "detector.cli", "incidents", "-o", "ndjson"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "drainwatch: No space left on device.\n")


def test_findings_come_whole_whatever_the_locale(tmp_path: Path) -> None:
    filled(tmp_path / "drainwatch.sqlite")
    plain = drainwatch(tmp_path, "incidents", "-o", "ndjson", environ={"LC_ALL": "C", "PYTHONUTF8": "0"})
    assert plain.stdout == drainwatch(tmp_path, "incidents", "-o", "ndjson").stdout
    assert drainwatch(tmp_path, "incidents", environ={"PYTHONIOENCODING": "ascii"}).returncode == 0


def test_no_command_shows_the_help(capfd: pytest.CaptureFixture[str]) -> None:
    assert execute([]) in {0, 2}
    assert "detect" in "".join(capfd.readouterr())
