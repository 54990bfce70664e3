"""Who asks for help, or for what a store holds, doesn't wait for what only learning needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

SLOW = ("drain3", "elasticsearch", "fastapi", "numpy", "plotly", "river", "scipy", "scipy.stats", "sklearn")


def imported(statement: str) -> set[str]:
    """Those of the slow modules that a fresh process has after the statement."""
    told = f"{statement}\nimport sys\nprint('\\n', *sys.modules)"
    ended = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return set(SLOW) & set(ended.stdout.rsplit("\n", 2)[1].split())


@pytest.mark.parametrize("arguments", [["--help"], ["detect", "--help"], ["evaluate", "chaos", "--help"]])
def test_help_needs_none_of_them(arguments: list[str]) -> None:
    assert imported(f"from detector.cli.app import execute\nexecute({arguments})") == set()


@pytest.mark.parametrize(
    "module", ["detector.api.shapes", "detector.batch", "detector.service", "detector.worker.worker"]
)
def test_what_is_learned_with_is_imported_when_something_is_learned(module: str) -> None:
    assert imported(f"import {module}") & {"scipy.stats", "sklearn", "river", "plotly"} == set()
