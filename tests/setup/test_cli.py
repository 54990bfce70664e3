"""`drainwatch setup elasticsearch`: shown first, asked for, and no more changed than that."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.test_commands import drainwatch
from tests.servers.access import PASSWORD
from tests.servers.elasticsearch import Server


@pytest.fixture
def environ(elasticsearch: Server, prefix: str) -> dict[str, str]:
    """The settings of somebody who may set up."""
    section = {
        "HOSTS": elasticsearch.url,
        "CA_FILE": str(elasticsearch.ca_file),
        "USERNAME": "setup",
        "PASSWORD": PASSWORD,
        "PREFIX": prefix,
    }
    return {f"DRAINWATCH_ELASTICSEARCH__{name}": value for name, value in section.items()}


def test_a_dry_run_only_shows(elasticsearch: Server, prefix: str, environ: dict[str, str], tmp_path: Path) -> None:
    done = drainwatch(tmp_path, "setup", "elasticsearch", "--dry-run", environ=environ)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"+ index               {prefix}-state                   new\n" in done.stdout
    assert f"- ILM policy          {prefix}-counts                  skipped: this server has no index" in done.stdout
    assert done.stdout.endswith("\n16 to be created, 6 skipped.\n")
    assert not elasticsearch.client.indices.exists(index=f"{prefix}-state")
    assert PASSWORD not in done.stdout


def test_without_anybody_to_ask_nothing_is_changed(
    elasticsearch: Server, prefix: str, environ: dict[str, str], tmp_path: Path
) -> None:
    done = drainwatch(tmp_path, "setup", "elasticsearch", environ=environ)
    assert done.returncode == 2
    assert "Say --yes" in done.stderr
    assert not elasticsearch.client.indices.exists(index=f"{prefix}-state")


def test_the_second_time_there_is_nothing_to_change(environ: dict[str, str], tmp_path: Path) -> None:
    first = drainwatch(tmp_path, "setup", "elasticsearch", "--yes", environ=environ)
    assert (first.returncode, first.stdout.splitlines()[-1]) == (0, "16 created, 6 skipped.")
    second = drainwatch(tmp_path, "setup", "elasticsearch", "--yes", environ=environ)
    assert (second.returncode, second.stdout.splitlines()[-1]) == (
        0,
        "Nothing to change, 16 as it should be, 6 skipped.",
    )


def test_what_differs_is_shown_line_by_line(
    elasticsearch: Server, prefix: str, environ: dict[str, str], tmp_path: Path
) -> None:
    drainwatch(tmp_path, "setup", "elasticsearch", "--yes", environ=environ)
    elasticsearch.client.indices.put_index_template(
        name=f"{prefix}-counts",
        index_patterns=[f"{prefix}-counts-*"],
        priority=520,
        template={"settings": {"number_of_shards": 7}},
    )
    done = drainwatch(tmp_path, "setup", "elasticsearch", "--dry-run", environ=environ)
    assert f"~ index template      {prefix}-counts                  differs\n" in done.stdout
    assert (
        "    - template.settings.index.number_of_shards: 7\n    + template.settings.index.number_of_shards: 1\n"
    ) in done.stdout
    assert "1 to be changed" in done.stdout


def test_what_fails_is_told_and_is_the_exit_code(environ: dict[str, str], tmp_path: Path) -> None:
    environ["DRAINWATCH_ELASTICSEARCH__USERNAME"] = "writer"
    done = drainwatch(tmp_path, "setup", "elasticsearch", "--yes", environ=environ)
    assert done.returncode == 1
    assert "failed: the user lacks the privilege manage_index_templates" in done.stdout
    assert done.stdout.endswith("\n6 skipped, 16 failed.\n")


@pytest.mark.parametrize(("answer", "code", "last"), [("y", 0, "16 created, 6 skipped."), ("n", 1, "")])
def test_on_a_terminal_the_user_is_asked(
    environ: dict[str, str], tmp_path: Path, answer: str, code: int, last: str
) -> None:
    done = typed(tmp_path, answer, environ)
    assert done.returncode == code
    assert "Change it? [y/N]: " in done.stdout
    assert done.stdout.endswith(f"{last}\n" if last else "")
    assert ("Nothing was changed." in done.stderr) == (answer == "n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--with", "rolls"], "There is no part 'rolls' to set up."),
        (["--with", "snapshots"], "Snapshots need a bucket."),
        (["--viewer-of", "shop"], "--viewer-of makes a role."),
        (["--with", "logs,logs-without-ilm"], "Logs can be kept by ILM or by the data streams themselves."),
    ],
)
def test_bad_usage(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    done = drainwatch(tmp_path, "setup", "elasticsearch", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"drainwatch: {sentence} ")


def typed(folder: Path, answer: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """The command with somebody at a keyboard, who gives that answer."""
    keyboard, theirs = pty.openpty()
    os.write(keyboard, f"{answer}\n".encode())
    try:
        return subprocess.run(
            [sys.executable, "-m", "detector.cli", "setup", "elasticsearch"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environ},
            stdin=theirs,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    finally:
        os.close(keyboard)
        os.close(theirs)
