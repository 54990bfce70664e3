"""The software bill of materials names what is locked, each package with its version and every hash."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from typing import Any, NamedTuple

import pytest

from tests.install.test_locks import ROOT, entries
from tests.service.planted_settings import MARK, leaks


class Written(NamedTuple):
    """The bill, and what its command said."""

    bill: str
    said: str


MIRROR = f"https://builder:{MARK}@mirror.example.org/simple"
BUILDER = {
    "PIP_INDEX_URL": MIRROR,
    "PIP_EXTRA_INDEX_URL": MIRROR,
    "UV_INDEX_URL": MIRROR,
    "NPM_CONFIG_REGISTRY": MIRROR,
    "NPM_TOKEN": MARK,
    "CARGO_REGISTRY_TOKEN": MARK,
    "DRAINWATCH_ELASTICSEARCH__PASSWORD": MARK,
}
"""As it is where drainwatch is built behind a mirror that wants a password."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """What `make sbom` writes and says, by the command of the Makefile."""
    target = tmp_path_factory.mktemp("sbom") / "drainwatch.cdx.json"
    assert "$(SUPPLY) bill dist/drainwatch.cdx.json" in (ROOT / "Makefile").read_text("utf-8")
    command = [sys.executable, "-m", "supply", "bill", str(target)]
    done = subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, **BUILDER}, capture_output=True, text=True)
    return Written(target.read_text("utf-8"), done.stdout + done.stderr)


@pytest.fixture(scope="module")
def bill(written: Written) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(written.bill)
    return found


def test_it_tells_nothing_of_where_it_was_made(written: Written) -> None:
    assert leaks({"bill": written.bill, "said": written.said}) == {}
    assert "mirror.example.org" not in written.bill
    assert "file:" not in written.bill


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
