"""Sources and programs from Go's module proxy: by exact version, and only what has the pinned sum.

Go compares everything with its checksum database, too. Its caches of modules and of what was built are used as they
are. https://go.dev/ref/mod#go-install https://go.dev/ref/mod#go-mod-download
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.servers.artifacts import Failures, alone, cache
from tests.servers.missing import MissingError

OLDEST = "1.26"
"""The oldest Go that builds all that is pinned: what helm 3.22 and kubeconform 0.8 ask for in their go.mod."""
TIMES_OUT_AFTER = 1800
"""Seconds for one program; helm takes 160 of one processor's where nothing was built before."""
_failures = Failures()


def module(path: str, version: str, pinned: str) -> Path:
    """The folder of a module's source, which is read-only; `pinned` is its `h1:` sum.

    Raises `MissingError` where Go isn't installed or can't get it, or where it is not what was pinned.
    """
    with _failures.remembered(Path(path, version)):
        said = run_go("mod", "download", "-json", f"{path}@{version}", gets=f"{path} {version}")
        got: dict[str, Any] = json.loads(said)
        if got["Sum"] != pinned:
            raise MissingError(f"{path} {version} should have the sum {pinned}, and what Go got has {got['Sum']}.")
        return Path(got["Dir"])


def program(path: str, version: str, pinned: str, package: str) -> Path:
    """A program, built once; `package` is its folder in the module, `cmd/helm`, whose last part names it.

    Raises `MissingError` like `module`, or where it can't be built.
    """
    name = package.rsplit("/", 1)[-1]
    built = folder() / f"{name}-{version}"
    with alone(built), _failures.remembered(built):
        if not built.is_file():
            module(path, version, pinned)
            with tempfile.TemporaryDirectory(dir=folder()) as made:
                whole = f"{path}/{package}@{version}"
                run_go("install", "-ldflags=-s -w", whole, gets=whole, into=Path(made))
                Path(made, name).replace(built)
    return built


def folder() -> Path:
    """Where programs and what is made from modules are kept: `go` in the cache of the tests."""
    found = cache() / "go"
    found.mkdir(exist_ok=True)
    return found


def run_go(*arguments: str, gets: str, into: Path | None = None, at: Path | None = None) -> str:
    """What Go says; programs are installed into the folder `into`, and `at` is the module to be in.

    Raises `MissingError` where it isn't installed, takes too long or fails.
    """
    go = shutil.which("go")
    if go is None:
        raise MissingError(
            f"Go builds the tools that check manifests (helm, kubeconform, kube-score): install {OLDEST} or newer "
            "from https://go.dev/dl and have `go` on the PATH; Debian 12 has too old a one."
        )
    with tempfile.TemporaryDirectory() as nowhere:
        try:
            done = subprocess.run(
                [go, *arguments],
                cwd=at or nowhere,
                env=os.environ | ({} if into is None else {"GOBIN": str(into)}),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=TIMES_OUT_AFTER,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise MissingError(f"Go didn't get {gets} within {TIMES_OUT_AFTER} s.") from None
    if done.returncode:
        raise MissingError(f"Go can't get {gets}: {_reason(done.stdout, done.stderr)}")
    return done.stdout


def _reason(said: str, complained: str) -> str:
    """`go mod download -json` gives it as JSON; others say it in the end."""
    if said.startswith("{"):
        return str(json.loads(said).get("Error", "no reason given"))
    lines = complained.strip().splitlines()
    return lines[-1] if lines else "no reason given"
