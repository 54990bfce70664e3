"""What lies beside the code travels in the wheel."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from detector.assets import asset_folder

ROOT = Path(__file__).parents[2]


def test_every_folder_of_files_that_the_code_asks_for_is_in_the_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    code = "".join(file.read_text("utf-8") for file in (ROOT / "detector").rglob("*.py"))
    asked = set(re.findall(r'asset_folder\("([^"]+)"\)', code))
    assert {"ilm", "kibana/watches"} <= asked
    assert {name: f"share/drainwatch/{name}" for name in asked}.items() <= shared.items()
    assert all(asset_folder(name) == ROOT / name for name in asked)
