"""What a killed backup leaves behind is removed by the next one; what another one is at work in never is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.backup import folders
from detector.backup.folders import folder
from detector.cli.app import execute

ROOT = Path(__file__).parents[2]
AT_WORK = """
import sys
from pathlib import Path
from detector.backup.folders import folder
with folder(Path(sys.argv[1]), sys.argv[2]) as inside:
    (inside / "copy").write_text("of the store")
    print(inside.parent, flush=True)
    sys.stdin.read()
"""


class Other:
    """Another process, at work in a folder."""

    def __init__(self, parent: Path, prefix: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", AT_WORK, parent, prefix],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.folder = Path(self._process.stdout.readline().strip())

    def end(self, how: int = signal.SIGKILL) -> None:
        self._process.send_signal(how)
        self._process.communicate()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Other]:
    made = Other(tmp_path, ".backup-")
    yield made
    made.end()


def test_one_in_which_somebody_works_is_left_alone_and_removed_once_they_were_killed(
    other: Other, tmp_path: Path
) -> None:
    with folder(tmp_path, ".backup-"):
        assert (other.folder / "inside" / "copy").exists()
    other.end()
    assert (other.folder / "inside" / "copy").exists(), "a process that is killed tidies nothing"
    with folder(tmp_path, ".backup-") as inside:
        assert not other.folder.exists()
        assert list(inside.iterdir()) == []
    assert list(tmp_path.iterdir()) == []


def test_two_at_once_leave_each_other_alone(tmp_path: Path) -> None:
    with folder(tmp_path, ".backup-") as one, folder(tmp_path, ".backup-") as two, folder(tmp_path, ".backup-"):
        assert one.exists()
        assert two.exists()


def test_one_of_before_a_restart_or_of_another_machine_has_to_be_quiet_for_an_hour(
    other: Other, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other.end()
    boot = tmp_path.parent / f"{tmp_path.name}-boot"
    boot.write_text("0a1b2c3d-of-another")
    monkeypatch.setattr(folders, "_BOOT", boot)
    with folder(tmp_path, ".backup-"):
        assert other.folder.exists(), "some shares don't tell of the locks of other machines"
    long_ago = other.folder.stat().st_mtime - 4_000
    for path in (*other.folder.rglob("*"), other.folder):
        os.utime(path, (long_ago, long_ago))
    with folder(tmp_path, ".backup-"):
        assert not other.folder.exists()


def test_what_is_of_somebody_else_or_no_folder_of_ours_stays(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".backup-link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / ".backup-file").write_text("x")
    for name in (".backup-of-mine", ".backup-0a1b2c3d-abcdefgh"):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (1, 1))
    there = set(tmp_path.iterdir())
    with folder(tmp_path, ".backup-"):
        pass
    assert set(tmp_path.iterdir()) == there


@pytest.mark.parametrize("prefix", [".backup-", ".restoring-"])
def test_the_commands_remove_it(store: Path, tmp_path: Path, prefix: str) -> None:
    left, file = Other(tmp_path, prefix), tmp_path / "b.zip"
    left.end()
    assert left.folder.exists()
    assert execute(["backup", str(file), "--store", str(store)]) == 0
    assert execute(["restore", str(file), "--store", str(store), "--replace"]) == 0
    assert not left.folder.exists()
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]
