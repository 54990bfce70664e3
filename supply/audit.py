"""What is known against what is locked: asked of pip-audit, npm audit and cargo audit, and held to what is ignored.

A registry that can't be asked is no answer: it is said, never taken for "nothing known".
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from supply.locked import ROOT, Package

IGNORED = Path(__file__).with_name("ignored.toml")
_SECONDS = 120.0


@dataclass(frozen=True, slots=True, order=True)
class Hole:
    """Something known against a package."""

    package: str
    version: str
    ids: tuple[str, ...]
    """Of one hole, in several lists."""
    mended: str = ""
    """By which versions."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a registry said."""

    of: str
    asked: int
    """Packages of which it said something."""
    holes: tuple[Hole, ...] = ()
    silent: str = ""
    """Why it said nothing, or not of all."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A hole that is taken for none, until a day."""

    id: str
    package: str
    until: date
    why: str


@dataclass(slots=True)
class Verdict:
    """What is to be said of the answers."""

    holes: list[Hole] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    over: list[Ignored] = field(default_factory=list)
    """Whose day is past."""


def ignored(file: Path = IGNORED) -> list[Ignored]:
    """As they stand in a file. Raises `ValueError` for one without a day or a reason."""
    found = []
    for one in tomllib.loads(file.read_text("utf-8"))["ignored"]:
        if not isinstance(one.get("until"), date) or not one.get("why") or not one.get("package"):
            raise ValueError(f"{file.name}: {one.get('id')} needs a package, a day (until) and a reason (why).")
        found.append(Ignored(one["id"], one["package"], one["until"], one["why"]))
    return found


def judged(answers: Iterable[Answer], ignoring: Sequence[Ignored], today: date) -> Verdict:
    """Holes that nobody has a reason to ignore today."""
    verdict = Verdict()
    for hole in sorted(hole for answer in answers for hole in answer.holes):
        fitting = [one for one in ignoring if one.id in hole.ids and one.package == hole.package]
        if held := [one for one in fitting if today <= one.until]:
            verdict.ignored += held
        else:
            verdict.over += fitting
            verdict.holes.append(hole)
    return verdict


def of_python(packages: Sequence[Package]) -> Answer:
    """What PyPI's advisories say, by pip-audit; it skips what PyPI doesn't tell it of, and that isn't nothing."""
    wanted = [one for one in packages if one.registry == "pypi"]
    with tempfile.TemporaryDirectory() as folder:
        # Of some packages several versions are locked, each for other Pythons: a file for each of them.
        files: list[str] = []
        left = wanted
        while left:
            once = {one.name: one for one in left}
            left = [one for one in left if once[one.name] is not one]
            file = Path(folder) / f"requirements-{len(files)}.txt"
            file.write_text("".join(f"{one.name}=={one.version}\n" for one in once.values()))
            files += ["--requirement", str(file)]
        command = ["-m", "pip_audit", "--disable-pip", "--no-deps", "--format", "json", "--progress-spinner", "off"]
        done = _run([sys.executable, *command, *files], ROOT)
    return read_python(done, len(wanted))


def read_python(said: str | None, wanted: int) -> Answer:
    """What pip-audit printed."""
    try:
        found = json.loads(said or "")["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Answer("Python", 0, silent="PyPI's advisories can't be asked")
    known = [one for one in found if "skip_reason" not in one]
    holes = [
        Hole(one["name"], one["version"], (hole["id"], *hole["aliases"]), ", ".join(hole["fix_versions"]))
        for one in known
        for hole in one["vulns"]
    ]
    missing = wanted - len(known)
    silent = f"PyPI tells nothing of {missing} of {wanted} packages" if missing else ""
    return Answer("Python", len(known), tuple(holes), silent)


def of_npm(packages: Sequence[Package]) -> Answer:
    """What npm's registry says."""
    wanted = sum(one.registry == "npm" for one in packages)
    if shutil.which("npm") is None:
        return Answer("npm", 0, silent="there is no npm here")
    return read_npm(_run(["npm", "audit", "--json", "--package-lock-only"], ROOT / "detector" / "web"), wanted)


def read_npm(said: str | None, wanted: int) -> Answer:
    """What npm audit printed."""
    try:
        told = json.loads(said or "")
        found = told["vulnerabilities"]
    except (ValueError, KeyError, TypeError):
        return Answer("npm", 0, silent="npm's advisories can't be asked")
    holes = {
        Hole(
            via["name"], via.get("range", ""), (str(via.get("url", "")).rpartition("/")[2], str(via.get("source", "")))
        )
        for one in found.values()
        for via in one["via"]
        if isinstance(via, dict)
    }
    return Answer("npm", wanted, tuple(sorted(holes)))


def of_crates(packages: Sequence[Package]) -> Answer:
    """What RustSec says, by cargo audit, where that is installed."""
    wanted = sum(one.registry == "cargo" for one in packages)
    if shutil.which("cargo-audit") is None:
        return Answer("crates", 0, silent="there is no cargo-audit here (cargo install cargo-audit)")
    return read_crates(_run(["cargo", "audit", "--json"], ROOT / "native"), wanted)


def read_crates(said: str | None, wanted: int) -> Answer:
    """What cargo audit printed."""
    try:
        found = json.loads(said or "")["vulnerabilities"]["list"]
    except (ValueError, KeyError, TypeError):
        return Answer("crates", 0, silent="RustSec's advisories can't be asked")
    holes = [
        Hole(
            one["package"]["name"],
            one["package"]["version"],
            (one["advisory"]["id"], *one["advisory"].get("aliases", ())),
            ", ".join(one["versions"]["patched"]),
        )
        for one in found
    ]
    return Answer("crates", wanted, tuple(holes))


def _run(command: Sequence[str], folder: Path) -> str | None:
    """What it prints; all of these end with 1 where they found something."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout
