"""Building the compiled core says in a sentence what is missing, before it begins."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def make_native(folder: Path, rustc: str = "") -> subprocess.CompletedProcess[str]:
    """With nothing on the PATH but a compiler of that version, or none."""
    for tool in ("sed", "cut", "sort", "tail", "sh"):
        (folder / tool).symlink_to(shutil.which(tool) or tool)
    if rustc:
        for tool in ("cargo", "rustc"):
            (folder / tool).write_text(f"#!/bin/sh\necho '{tool} {rustc} (0123456 2026-01-01)'\n")
            (folder / tool).chmod(0o755)
    return subprocess.run(
        ["sh", "scripts/make-native", "--check"],
        cwd=ROOT,
        env={"PATH": str(folder)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_without_rust_it_names_the_version_and_where_to_get_it(tmp_path: Path) -> None:
    done = make_native(tmp_path)
    assert done.returncode == 2
    assert "needs Rust 1.85 or newer (cargo and rustc), and there is none. Debian 13" in done.stderr
    assert "drainwatch works without it" in done.stderr


@pytest.mark.parametrize("version", ["1.63.0", "1.84.1", "0.99.0", "1.9.0"])
def test_an_old_rust_is_told_with_its_version(tmp_path: Path, version: str) -> None:
    done = make_native(tmp_path, version)
    assert done.returncode == 2
    assert f"needs Rust 1.85 or newer, and this one is {version}." in done.stderr


@pytest.mark.parametrize("version", ["1.85.0", "1.96.0", "1.100.0-nightly", "2.0.0"])
def test_a_new_one_will_do(tmp_path: Path, version: str) -> None:
    done = make_native(tmp_path, version)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_script_can_be_run_by_itself() -> None:
    assert os.access(ROOT / "scripts/make-native", os.X_OK)
