"""Building the page takes the Node that is there, or brings one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.length import AT_LENGTH

ROOT = Path(__file__).parents[2]


def test_the_script_can_be_run_by_itself() -> None:
    assert os.access(ROOT / "scripts/make-page", os.X_OK)


@pytest.mark.long
@pytest.mark.skipif(not AT_LENGTH, reason="it downloads a Node of 60 MB: DRAINWATCH_AT_LENGTH=1")
def test_where_there_is_no_node_pip_brings_one(tmp_path: Path) -> None:
    tools, clone = tmp_path / "tools", tmp_path / "clone"
    tools.mkdir()
    for tool in ("sh", "dirname", "env", "touch"):
        (tools / tool).symlink_to(shutil.which(tool) or tool)
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    subprocess.run([sys.executable, "-m", "venv", str(clone / ".venv")], check=True)
    ours = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    done = subprocess.run(
        ["sh", "scripts/make-page", ".venv"],
        cwd=clone,
        env={**ours, "PATH": str(tools)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Installing Node" in done.stdout
    assert (clone / "detector/web/dist/page.css").exists()


@pytest.mark.skipif(shutil.which("npm") is None, reason="there is no Node here")
def test_the_node_that_is_there_is_taken() -> None:
    asked = re.search(r"^new_enough='(.+)'$", (ROOT / "scripts/make-page").read_text("utf-8"), re.MULTILINE)
    assert asked
    version = subprocess.run(["node", "--version"], capture_output=True, encoding="utf-8", check=True).stdout
    done = subprocess.run(["node", "-e", asked[1]], capture_output=True, check=False)
    assert (done.returncode == 0) == (int(version[1:].partition(".")[0]) >= 20)
