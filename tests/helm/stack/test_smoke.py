"""The pod of the smoke test: its lines are real lines, and its errors an incident by when README.md promises it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.helm.stack.manifests import HELM_VALUES, walk
from tests.kubernetes.checking import scored
from tests.kubernetes.manifests import load, one

ROOT = HELM_VALUES.parent
DOCUMENTS = load(HELM_VALUES / "smoke" / "busybox.yaml")
QUIET, BROKEN = 1200, 300
"""Seconds: README.md tells to wait twenty minutes."""
ERROR = "not paid"


def pod() -> Mapping[str, Any]:
    spec: Mapping[str, Any] = one(DOCUMENTS, "Deployment")["spec"]["template"]["spec"]
    return spec


def logged(seconds: int, broken: bool, folder: Path) -> Iterator[tuple[int, str]]:
    """Seconds since it was started, and a line: what the container's script writes, without the waiting."""
    sign, sleep = folder / "break", folder / "sleep"
    sleep.write_text("#!/bin/sh\n")
    sleep.chmod(0o755)
    if broken:
        sign.touch()
    else:
        sign.unlink(missing_ok=True)
    (container,) = pod()["containers"]
    script = container["args"][0].replace("/tmp/break", str(sign))
    process = subprocess.Popen(
        [*container["command"], script],
        env={"PATH": f"{folder}:{os.defpath}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    assert process.stdout is not None
    second = 0
    with process, process.stdout as lines:
        for line in lines:
            second += line.startswith("INFO request ")
            if second > seconds:
                process.terminate()
                return
            yield second, line


@pytest.fixture(scope="module")
def container_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the runtime writes it: quiet, then broken, the last line some seconds old."""
    folder = tmp_path_factory.mktemp("smoke")
    begun = datetime.now(UTC) - timedelta(seconds=QUIET + BROKEN + 90)
    path = folder / f"smoke-7d4b9c5f6d-x2x7q_smoke_smoke-{'a' * 64}.log"
    with path.open("w", encoding="utf-8") as log:
        for seconds, broken, before in ((QUIET, False, 0), (BROKEN, True, QUIET)):
            for second, line in logged(seconds, broken, folder):
                at = begun + timedelta(seconds=before + second)
                log.write(f"{at:%Y-%m-%dT%H:%M:%S.%f}000Z stdout F {line}")
    return path


def test_it_logs_an_ordinary_line_a_second_and_an_error_only_on_demand(container_log: Path) -> None:
    lines = container_log.read_text("utf-8").splitlines()
    errors = [number for number, line in enumerate(lines) if ERROR in line]
    assert len(errors) == BROKEN
    assert errors[0] > QUIET
    assert sum(" INFO request " in line for line in lines) == QUIET + BROKEN
    assert 80 < len(lines[: errors[0]]) / (QUIET / 60) < 100


def test_its_errors_are_an_incident_with_the_settings_that_everybody_has(container_log: Path, tmp_path: Path) -> None:
    store = tmp_path / "drainwatch.sqlite"
    (tmp_path / "drainwatch.toml").write_text("")
    options = ["--store", str(store), "--config", str(tmp_path / "drainwatch.toml")]
    with service(["run", str(container_log), "--port", "0", *options]):
        until = time.monotonic() + 60
        found: list[dict[str, Any]] = []
        while not found and time.monotonic() < until:
            time.sleep(0.5)
            with suppress(msgspec.DecodeError):
                said = called(["incidents", "--output", "json", *options])
                found = msgspec.json.decode(said.stdout)
    (incident,) = found
    assert incident["namespace"] == "smoke"
    assert ERROR in incident["reasons"][0]["template"]
    assert incident["reasons"][0]["kind"] == "new"


def test_it_is_such_as_every_namespace_takes() -> None:
    assert pod()["securityContext"]["runAsNonRoot"]
    assert pod()["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not any("hostPath" in found for found in walk(pod()))
    scored(DOCUMENTS, {"container-image-pull-policy": "what has its version in its name needn't be pulled again"})


@contextmanager
def service(arguments: list[str]) -> Iterator[None]:
    """Drainwatch in a process of its own."""
    process = subprocess.Popen(command(arguments), env=environ(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield
    process.terminate()
    process.wait(30)


def called(arguments: list[str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command(arguments), env=environ(), capture_output=True, timeout=30, check=False)


def command(arguments: list[str]) -> list[str]:
    return [sys.executable, "-m", "detector.cli", *arguments]


def environ() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}
