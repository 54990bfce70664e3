"""The software bill of materials names what is locked, each package with its version and every hash."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from typing import Any

import pytest

from tests.install.test_locks import ROOT, entries


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `make sbom` writes, by the command of the Makefile."""
    target = tmp_path_factory.mktemp("sbom") / "drainwatch.cdx.json"
    assert "$(SUPPLY) bill dist/drainwatch.cdx.json" in (ROOT / "Makefile").read_text("utf-8")
    subprocess.run([sys.executable, "-m", "supply", "bill", str(target)], cwd=ROOT, check=True)
    found: dict[str, Any] = json.loads(target.read_text("utf-8"))
    return found


def of(bill: dict[str, Any], registry: str) -> list[dict[str, Any]]:
    return [part for part in bill["components"] if part["purl"].startswith(f"pkg:{registry}/")]


def test_it_is_about_drainwatch_in_a_form_that_scanners_read(bill: dict[str, Any]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    about = bill["metadata"]["component"]
    assert (about["type"], about["name"], about["version"]) == ("application", "drainwatch", project["version"])


def test_every_locked_package_is_named_with_its_version_and_all_its_hashes(bill: dict[str, Any]) -> None:
    named = {
        (part["name"], part["version"]): {
            one["content"] for place in part["externalReferences"] for one in place["hashes"] if one["alg"] == "SHA-256"
        }
        for part in of(bill, "pypi")
    }
    locked = {
        package: set(re.findall(r"--hash=sha256:([0-9a-f]{64})", entry))
        for package, entry in entries("requirements.lock").items()
    }
    assert named == locked


def test_scanners_can_look_each_of_them_up(bill: dict[str, Any]) -> None:
    for part in of(bill, "pypi"):
        assert part["purl"].startswith(f"pkg:pypi/{part['name']}@{part['version']}")


def test_crates_and_what_the_page_is_built_of_are_named_with_hashes_and_licences(bill: dict[str, Any]) -> None:
    crates = {(part["name"], part["version"], part["hashes"][0]["content"]) for part in of(bill, "cargo")}
    lock = tomllib.loads((ROOT / "native/Cargo.lock").read_text("utf-8"))["package"]
    assert crates == {(one["name"], one["version"], one["checksum"]) for one in lock if "source" in one}
    page = {"/".join(filter(None, [part.get("group"), part["name"]])) for part in of(bill, "npm")}
    assert {"uplot", "esbuild", "@esbuild/linux-x64"} <= page
    assert "typescript" not in page, "it only checks"
    assert all(part["licenses"][0]["expression"] for part in (*of(bill, "cargo"), *of(bill, "npm")))
    assert len({part["bom-ref"] for part in bill["components"]}) == len(bill["components"])


def test_the_same_lock_gives_the_same_bill(bill: dict[str, Any]) -> None:
    assert "serialNumber" not in bill
    assert "timestamp" not in bill["metadata"]
