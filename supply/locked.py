"""What the locks name: Python packages, npm packages, crates."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).parents[1]
Registry = Literal["pypi", "npm", "cargo"]
RUNS, BUILDS = "requirements.lock", ("requirements-dev.lock", "requirements-native.lock", "requirements-page.lock")
NPM, CRATES = "detector/web/package-lock.json", "native/Cargo.lock"


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """A package that is locked."""

    registry: Registry
    name: str
    """In the registry's own spelling of names."""
    version: str
    shipped: bool
    """In what users get; the others build it or test it."""
    sums: tuple[tuple[str, str], ...] = ()
    """Algorithm, as CycloneDX names it, and hexadecimal digest, of each file that may be taken for it."""

    @property
    def purl(self) -> str:
        """Its name in bills of material: https://github.com/package-url/purl-spec ."""
        return f"pkg:{self.registry}/{self.name.replace('@', '%40')}@{self.version}"


def every(root: Path = ROOT) -> list[Package]:
    """All that is locked, by registry and name; what is shipped and tested with is there once, as shipped."""
    found: dict[tuple[str, str, str], Package] = {}
    for one in (*python(root), *npm(root), *crates(root)):
        before = found.get((one.registry, one.name, one.version))
        if before is None or one.shipped:
            found[one.registry, one.name, one.version] = one
    return sorted(found.values())


def python(root: Path = ROOT) -> Iterator[Package]:
    """What pip installs."""
    for lock in (*BUILDS, RUNS):
        text = (root / lock).read_text("utf-8")
        for entry in re.finditer(r"^(\S+)==(\S+)(?:.*\\\n|\n)(?:[ #].*\n?)*", text, re.MULTILINE):
            sums = tuple(("SHA-256", found) for found in re.findall(r"--hash=sha256:([0-9a-f]{64})", entry[0]))
            yield Package("pypi", canonical(entry[1]), entry[2], lock == RUNS, sums)


def npm(root: Path = ROOT) -> Iterator[Package]:
    """What npm installs. Of it only what has no `dev` comes to be in the page: uPlot, and esbuild, which makes it."""
    import base64

    for place, one in json.loads((root / NPM).read_text("utf-8"))["packages"].items():
        if place:
            digest = base64.b64decode(one["integrity"].removeprefix("sha512-")).hex()
            name = place.rpartition("node_modules/")[2]
            yield Package("npm", name, one["version"], not one.get("dev"), (("SHA-512", digest),))


def crates(root: Path = ROOT) -> Iterator[Package]:
    """What cargo builds the compiled core of."""
    for one in tomllib.loads((root / CRATES).read_text("utf-8"))["package"]:
        if "source" in one:
            yield Package("cargo", one["name"], one["version"], True, (("SHA-256", one["checksum"]),))


def canonical(name: str) -> str:
    """As PyPI compares names of projects (https://peps.python.org/pep-0503/#normalized-names)."""
    return re.sub("[-_.]+", "-", name).lower()
