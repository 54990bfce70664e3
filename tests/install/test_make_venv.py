"""Setting up finds a Python that can, or says in a sentence what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


def python_that(folder: Path, name: str, answers: str) -> None:
    """A stand-in for an interpreter that isn't on this machine: what it answers to the questions that it is asked."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f'#!/bin/sh\ncase "$2" in\n*python_version*) echo 3.9.2;;\n{answers}\nesac\n')
    (folder / name).chmod(0o755)


def make_venv(tmp_path: Path, path: Path, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    path.mkdir(exist_ok=True)
    for tool in ("rm", "sh"):
        (path / tool).unlink(missing_ok=True)
        (path / tool).symlink_to(shutil.which(tool) or tool)
    return subprocess.run(
        ["sh", str(ROOT / "scripts/make-venv"), ".venv"],
        cwd=tmp_path,
        env={"PATH": str(path), **(environ or {})},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_without_any_python_it_says_which_one_is_needed(tmp_path: Path) -> None:
    done = make_venv(tmp_path, tmp_path / "bin")
    assert done.returncode == 2
    assert done.stderr == (
        "drainwatch needs Python 3.11 or newer, and python3 can't be found. Name one: make PYTHON=/path/to/python3.12\n"
    )


def test_an_old_python_is_named_with_its_version(tmp_path: Path) -> None:
    python_that(tmp_path / "bin", "python3", "*version_info*) exit 1;;")
    done = make_venv(tmp_path, tmp_path / "bin")
    assert done.returncode == 2
    assert "Python 3.11 or newer, and python3 is 3.9.2. Name a newer one" in done.stderr


def test_a_python_without_ensurepip_is_told_with_the_package_to_install(tmp_path: Path) -> None:
    python_that(tmp_path / "bin", "python3.12", "*ensurepip*) exit 1;;")
    done = make_venv(tmp_path, tmp_path / "bin")
    assert done.returncode == 2
    assert "its ensurepip is missing (on Debian and Ubuntu it is the package python3.12-venv)" in done.stderr


def test_the_package_is_named_also_where_the_python_was_given_by_its_path(tmp_path: Path) -> None:
    python_that(tmp_path / "bin", "python3.12", "*ensurepip*) exit 1;;")
    done = make_venv(tmp_path, tmp_path / "bin", {"PYTHON": str(tmp_path / "bin/python3.12")})
    assert "it is the package python3.12-venv)" in done.stderr


def test_a_launcher_that_fails_is_passed_over_for_one_that_works(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python3.13").write_text("#!/bin/sh\necho 'python3.13: command not found' >&2; exit 127\n")
    (tmp_path / "bin/python3.13").chmod(0o755)
    (tmp_path / "bin/python3").symlink_to(os.path.realpath(sys.executable))
    done = make_venv(tmp_path, tmp_path / "bin")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Making .venv with Python 3.")
    again = make_venv(tmp_path, tmp_path / "bin")
    assert (again.returncode, again.stdout) == (0, "")  # one that works is kept


def test_the_python_that_was_named_is_the_one_that_counts(tmp_path: Path) -> None:
    done = make_venv(tmp_path, tmp_path / "bin", {"PYTHON": "python9"})
    assert done.returncode == 2
    assert "python9 can't be found" in done.stderr
