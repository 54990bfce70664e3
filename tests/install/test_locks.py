"""What is installed is locked: exact versions with hashes, from no named place, agreeing with pyproject.toml."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "detector" / "web"
LOCKS = ["requirements.lock", "requirements-dev.lock"]
BUILDING = {"native": "requirements-native.lock", "page": "requirements-page.lock"}
"""What builds the compiled core, and the page where there is no Node: not needed otherwise."""


def entries(lock: str) -> dict[tuple[str, str], str]:
    """Name and version of each locked package, with what follows up to the next one."""
    text = (ROOT / lock).read_text("utf-8")
    return {(m[1], m[2]): m[0] for m in re.finditer(r"^(\S+)==(\S+)(?:.*\\\n|\n)(?:[ #].*\n?)*", text, re.MULTILINE)}


def canonical(requirement: str) -> str:
    return re.split(r"[<>=!~ ;\[]", requirement)[0].lower().replace("_", "-")


@pytest.mark.parametrize("lock", [*LOCKS, *BUILDING.values()])
def test_every_package_has_one_version_and_hashes(lock: str) -> None:
    assert len(entries(lock)) > (40 if lock in LOCKS else 0)
    assert all("--hash=sha256:" in entry for entry in entries(lock).values())


@pytest.mark.parametrize("lock", [*LOCKS, *BUILDING.values()])
def test_no_lock_names_the_place_that_packages_come_from(lock: str) -> None:
    assert not re.search(r"https?://|--index|--find-links", (ROOT / lock).read_text("utf-8"))


def test_what_is_asked_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = project["dependency-groups"]
    runtime = {canonical(requirement) for requirement in [*project["project"]["dependencies"], *groups["build"]]}
    assert runtime <= {name for name, _ in entries("requirements.lock")}
    for group, lock in BUILDING.items():
        assert {canonical(tool) for tool in groups[group]} <= {name for name, _ in entries(lock)}
    assert runtime | {canonical(tool) for tool in groups["dev"]} <= {
        name for name, _ in entries("requirements-dev.lock")
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_what_we_ask_for_ourselves_is_locked_for_every_system(lock: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    asked = {canonical(requirement) for requirement in project["project"]["dependencies"]}
    elsewhere = {name for (name, _), entry in entries(lock).items() if "sys_platform" in entry.splitlines()[0]}
    assert not asked & elsewhere


def test_tests_run_with_the_versions_that_users_get() -> None:
    assert entries("requirements.lock").keys() <= entries("requirements-dev.lock").keys()


def test_crates_are_pinned_and_what_builds_them_is_what_the_core_says() -> None:
    crate = tomllib.loads((ROOT / "native/Cargo.toml").read_text("utf-8"))
    versions = [it if isinstance(it, str) else it["version"] for it in crate["dependencies"].values()]
    assert all(version.startswith("=") for version in versions)
    package = tomllib.loads((ROOT / "native/pyproject.toml").read_text("utf-8"))
    assert package["project"]["version"] == crate["package"]["version"]
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]["native"]
    assert package["build-system"]["requires"] == asked


def test_what_the_page_is_built_with_is_locked_by_hash_and_from_no_named_place() -> None:
    locked = json.loads((PAGE / "package-lock.json").read_text("utf-8"))["packages"]
    asked = json.loads((PAGE / "package.json").read_text("utf-8"))
    assert locked.pop("")["dependencies"] == asked["dependencies"]
    assert {f"node_modules/{name}" for name in asked["dependencies"] | asked["devDependencies"]} <= locked.keys()
    assert all(one["integrity"].startswith("sha512-") for one in locked.values())
    assert not any("resolved" in one for one in locked.values())
