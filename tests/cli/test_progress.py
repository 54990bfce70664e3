"""Progress is drawn on a terminal only."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

from tests.cli.test_detect import cri

ROOT = Path(__file__).parents[2]


def on_terminal(folder: Path, *arguments: str) -> str:
    """What a command shows on standard error where that is a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "detector.cli", *arguments]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"}
    shown = b""
    with subprocess.Popen(
        command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs
    ) as process:
        os.close(theirs)
        while select.select([ours], [], [], 60)[0]:
            try:
                shown += os.read(ours, 65_536)
            except OSError:  # the other end is closed
                break
        process.wait()
    os.close(ours)
    return shown.decode()


def test_a_terminal_shows_lines_and_their_rate(tmp_path: Path) -> None:
    cri(tmp_path, minutes=30)
    shown = on_terminal(tmp_path, "detect", str(tmp_path))
    assert "150 lines" in shown
    assert "lines/s" in shown
    assert "150 lines read: 150 counted." in shown


def test_a_file_gets_the_account_only(tmp_path: Path) -> None:
    cri(tmp_path, minutes=30)
    done = subprocess.run(
        [sys.executable, "-m", "detector.cli", "detect", str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert "lines/s" not in done.stderr
    assert done.stderr.startswith("150 lines read: 150 counted.\n")
