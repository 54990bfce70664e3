"""The licences of all that is locked, held to those that are allowed. Needs no network."""

from __future__ import annotations

import json
import shutil
import subprocess
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import Distribution, distributions
from pathlib import Path

from license_expression import ExpressionError, get_spdx_licensing

from supply.locked import NPM, ROOT, Package, canonical

LIST = Path(__file__).with_name("licences.toml")
_SPDX = get_spdx_licensing()


@dataclass(frozen=True, slots=True)
class Rules:
    """What `licences.toml` says."""

    allowed: frozenset[str]
    allowed_for_tools: frozenset[str]
    exceptions: Mapping[str, str]
    """Licences by package."""
    meant: Mapping[str, str]
    known: Mapping[str, Mapping[str, str]]
    """By registry, then by package."""


@dataclass(frozen=True, slots=True)
class Licensed:
    """A package, its licence, and what is wrong with that."""

    package: Package
    licence: str
    """An SPDX expression; empty where it isn't known."""
    wrong: str = ""


def rules(file: Path = LIST) -> Rules:
    """As they stand in a file."""
    said = tomllib.loads(file.read_text("utf-8"))
    return Rules(
        frozenset(said["allowed"]),
        frozenset(said["allowed_for_tools"]),
        {name: one["licence"] for name, one in said["exceptions"].items()},
        said["meant"],
        said["known"],
    )


def looked_at(packages: Iterable[Package], by: Rules, root: Path = ROOT) -> list[Licensed]:
    """Each of them with its licence, and what is wrong with it."""
    page = json.loads((root / NPM).read_text("utf-8"))["packages"]
    told = {
        "pypi": installed(by),
        "npm": {place.rpartition("node_modules/")[2]: one.get("license", "") for place, one in page.items()},
        "cargo": {},
    }
    result = []
    for one in packages:
        licence = by.known.get(one.registry, {}).get(one.name) or told[one.registry].get(one.name, "")
        result.append(Licensed(one, licence, wrong_with(one, licence, by)))
    return result


def wrong_with(package: Package, licence: str, by: Rules) -> str:
    """Why a package may not have this licence; empty where it may."""
    if not licence:
        return f"its licence isn't known: look it up, and put it into {LIST.name}"
    if by.exceptions.get(package.name) == licence:
        return ""
    allowed = by.allowed if package.shipped else by.allowed | by.allowed_for_tools
    try:
        expression = _SPDX.parse(licence, validate=True, strict=True)
    except ExpressionError:
        return f"{licence!r} is no licence that SPDX names"
    return "" if _may(expression, allowed) else f"{licence} isn't allowed for what is {_where(package)}"


def _where(package: Package) -> str:
    return "shipped" if package.shipped else "a tool"


def _may(expression: object, allowed: frozenset[str]) -> bool:
    """Of alternatives one is enough, of several parts all have to be allowed."""
    parts = getattr(expression, "args", ())
    if not parts or str(expression) in allowed:
        return str(expression) in allowed
    every = [_may(part, allowed) for part in parts]
    return any(every) if type(expression).__name__ == "OR" else all(every)


def installed(by: Rules) -> dict[str, str]:
    """What the packages of this environment say of themselves, as SPDX expressions."""
    return {canonical(one.name): _said_by(one, by) for one in distributions()}


def _said_by(one: Distribution, by: Rules) -> str:
    def field(name: str) -> list[str]:
        return [text.strip() for text in one.metadata.get_all(name) or []]

    if expression := field("License-Expression"):
        return expression[0]
    classified = [text.rpartition(" :: ")[2] for text in field("Classifier") if text.startswith("License")]
    for text in (*field("License"), *classified):
        if (meant := by.meant.get(text, text)) and _is_spdx(meant):
            return meant
    return ""


@lru_cache(maxsize=1_000)
def _is_spdx(text: str) -> bool:
    try:
        return _SPDX.parse(text, validate=True, strict=True) is not None
    except ExpressionError:
        return False


def told_by_cargo(root: Path = ROOT) -> dict[str, str] | None:
    """What crates say of themselves; None where there is no cargo, or it hasn't them here."""
    if shutil.which("cargo") is None:
        return None
    command = ["cargo", "metadata", "--locked", "--offline", "--format-version", "1"]
    done = subprocess.run(command, cwd=root / "native", capture_output=True, check=False)
    if done.returncode:
        return None
    return {one["name"]: one["license"] or "" for one in json.loads(done.stdout)["packages"] if one["source"]}
