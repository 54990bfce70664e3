"""Which engine runs: the compiled core where it is there and wanted, and everybody says which."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from detector.settings import Settings
from detector.wiring import core_of, open_engine

ROOT = Path(__file__).parents[2]


def open_with(engine: str) -> str:
    return open_engine(Settings.model_validate({"parsing": {"engine": engine, "workers": 1}})).name


def drainwatch(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, "-m", "detector.cli", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_the_core_is_taken_unless_python_is_wanted(core: ModuleType) -> None:
    assert open_with("auto") == open_with("native") == f"native {core.RELEASE}"
    assert core_of(Settings()) is core
    assert open_with("python") == "python"


def test_the_version_command_names_it(core: ModuleType, tmp_path: Path) -> None:
    assert f"Engine: native {core.RELEASE}\n" in drainwatch("version", cwd=tmp_path).stdout


@pytest.fixture
def outdated(tmp_path: Path) -> str:
    """A PYTHONPATH on which a core of another version comes first."""
    (tmp_path / "old").mkdir()
    (tmp_path / "old/drainwatch_native.py").write_text("VERSION = 0\n")
    return os.pathsep.join([str(tmp_path / "old"), str(ROOT)])


def test_one_that_does_not_fit_is_left_alone_and_that_is_said(tmp_path: Path, outdated: str) -> None:
    said = drainwatch("version", cwd=tmp_path, PYTHONPATH=outdated).stdout
    assert "Engine: python; no compiled core: the installed one has version 0 of the interface" in said
    assert "`make native` builds it" in said
    checked = drainwatch("doctor", "-o", "json", cwd=tmp_path, PYTHONPATH=outdated)
    assert "python: no compiled core: the installed one has version 0" in checked.stdout


def test_where_it_is_demanded_and_missing_nothing_starts(tmp_path: Path, outdated: str) -> None:
    (tmp_path / "a.log").write_text("2026-11-21T07:00:00Z INFO it works\n")
    done = drainwatch("detect", "a.log", cwd=tmp_path, PYTHONPATH=outdated, DRAINWATCH_PARSING__ENGINE="native")
    assert done.returncode == 2
    assert "The compiled core is demanded, but the installed one has version 0" in done.stderr
    assert "Build it with `make native`, or choose auto." in done.stderr
    assert "Traceback" not in done.stderr


def test_one_that_breaks_when_it_is_loaded_is_left_alone_and_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/drainwatch_native.py").write_text("raise RuntimeError('built for another processor')\n")
    path = os.pathsep.join([str(tmp_path / "broken"), str(ROOT)])
    said = drainwatch("version", cwd=tmp_path, PYTHONPATH=path).stdout
    assert "Engine: python; no compiled core: it can't be loaded (built for another processor)." in said
