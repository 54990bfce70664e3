"""From a fresh clone to an explained anomaly: what `make run` does, on nothing but Python and make.

What `make test` does shows whoever runs these tests; at length it is done once more.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.length import AT_LENGTH, in_full

ROOT = Path(__file__).parents[2]
FOUND_WITHIN = 120
"""Seconds from the start of the demo to the fault on its page."""

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean copy, set up."""
    folder = tmp_path_factory.mktemp("fresh clone") / "drainwatch"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder)], check=True)
    make(folder, ".venv/ready", "page")
    return folder


def environment() -> dict[str, str]:
    """Ours, less what would point into the environment that this test runs in."""
    ours = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH", "PYTHON"}}
    return {**ours, "DRAINWATCH_SERVICE__PORT": "0"}


def make(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def running(folder: Path, *command: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and the address that it printed."""
    with (
        (folder / "said").open("w") as said,
        subprocess.Popen(
            command,
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            encoding="utf-8",
        ) as process,
    ):
        try:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            address = next((found[0] for line in lines if (found := re.search(r"http://\S+", line))), None)
            assert address, (folder / "said").read_text()
            yield process, address
        finally:
            if process.poll() is None:
                process.kill()


def ask(address: str, path: str) -> Any:
    with urllib.request.urlopen(address.rstrip("/") + path, timeout=10) as answer:
        return json.load(answer)


def incident_with(address: str, namespace: str, workload: str, until: float) -> dict[str, Any]:
    """The first incident whose reasons name the workload; fails once the time is over."""
    incidents: list[dict[str, Any]] = []
    while time.monotonic() < until:
        incidents = ask(address, "/api/v1/incidents?limit=1000")["items"]
        for incident in incidents:
            if incident["namespace"] == namespace and workload in {r["workload"] for r in incident["reasons"]}:
                return incident
        time.sleep(1)
    pytest.fail(f"no incident in {namespace} names {workload}; there are {incidents}")


def test_the_demo_shows_its_fault_with_reasons_and_stops_when_told(clone: Path) -> None:
    begun = time.monotonic()
    with running(clone, "make", "run") as (process, address):
        incident = incident_with(address, "payments", "payment", begun + FOUND_WITHIN)
        assert incident["reasons"][0]["template"]
        page = urllib.request.urlopen(address, timeout=10)
        with page:
            assert b"drainwatch" in page.read()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
    with pytest.raises(OSError, match="refused"):
        ask(address, "/healthz")
    assert "Traceback" not in (clone / "said").read_text()
    stored = subprocess.run(
        [".venv/bin/drainwatch", "incidents", "--store", "demo-data/drainwatch.sqlite", "-o", "ndjson"],
        cwd=clone,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert incident["id"] in {json.loads(line)["id"] for line in stored.stdout.splitlines()}


def test_the_service_itself_ends_with_0_on_sigterm(clone: Path) -> None:
    store = str(clone / "own.sqlite")
    with running(clone, ".venv/bin/drainwatch", "run", "demo-data/containers", "--store", store) as (process, address):
        assert ask(address, "/healthz") == {"status": "ok"}
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert "Traceback" not in (clone / "said").read_text()


@pytest.mark.parametrize("target", [pytest.param(".venv/ready-dev", marks=in_full), ".venv/ready"])
def test_set_up_is_done_only_once(clone: Path, target: str) -> None:
    make(clone, target)
    assert "Installing" not in make(clone, target)


@pytest.mark.skipif(not AT_LENGTH, reason="DRAINWATCH_AT_LENGTH=1 runs it")
def test_tests_run_from_the_clone(clone: Path) -> None:
    said = make(clone, "test", "ARGS=-q tests/settings")
    assert re.search(r"\d+ passed", said)


def test_the_wheel_holds_the_page_and_not_what_it_is_built_of(clone: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)], cwd=clone, check=True
    )
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        packed = set(wheel.namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "ingest", "parsers", "detector"],
        cwd=clone,
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout.split()
    page = {name.removeprefix("detector/web/") for name in packed if name.startswith("detector/web/")}
    assert {"dist/overview.js", "dist/page.css", "dist/uplot-LICENSE.txt", "templates/layout.html"} <= page
    assert not [name for name in page if name.startswith(("src/", "node_modules/")) or name.endswith((".json", ".mjs"))]
    sources = {
        name for name in tracked if name.startswith("detector/web/") and not name.endswith((".py", ".html", ".svg"))
    }
    assert set(tracked) - sources <= packed
