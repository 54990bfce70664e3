"""What drainwatch stands on: every licence is allowed, every hole is judged, nothing is installed past the locks."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from datetime import date
from pathlib import Path

import pytest

from supply import audit, licences, locked
from supply.audit import Answer, Hole, Ignored, judged
from supply.locked import Package
from tests.install.test_locks import ROOT, entries

RULES = licences.rules()
TODAY = date(2026, 11, 22)


def package(name: str = "left-pad", *, shipped: bool = True) -> Package:
    return Package("pypi", name, "1.0", shipped)


def test_everything_that_is_locked_has_a_licence_that_is_allowed() -> None:
    wrong = [(one.package.name, one.wrong) for one in licences.looked_at(locked.every(), RULES) if one.wrong]
    assert wrong == []


def test_what_is_looked_at_is_all_that_is_locked() -> None:
    every = locked.every()
    assert {(one.name, one.version) for one in every if one.registry == "pypi" and one.shipped} == {
        (locked.canonical(name), version) for name, version in entries("requirements.lock")
    }
    crates = {one.name for one in every if one.registry == "cargo"}
    assert {"pyo3", "memchr", "syn"} <= crates
    assert set(RULES.known["cargo"]) == crates
    assert {"uplot", "esbuild"} <= {one.name for one in every if one.registry == "npm" and one.shipped}


@pytest.mark.parametrize(
    ("licence", "shipped", "allowed"),
    [
        ("MIT", True, True),
        ("GPL-3.0-or-later", True, False),
        ("GPL-3.0-or-later", False, False),
        ("MIT OR GPL-3.0-only", True, True),
        ("MIT AND GPL-3.0-only", True, False),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", True, True),
        ("Apache-2.0 WITH LLVM-exception", True, True),
        ("MPL-2.0", True, False),
        ("MPL-2.0", False, True),
        ("", True, False),
        ("do what you like", False, False),
        ("AGPL-3.0-only", False, False),
    ],
)
def test_what_is_allowed(licence: str, shipped: bool, allowed: bool) -> None:
    assert (licences.wrong_with(package(shipped=shipped), licence, RULES) == "") is allowed


def test_an_exception_is_for_one_package_and_one_licence_and_has_a_reason() -> None:
    said = tomllib.loads(licences.LIST.read_text("utf-8"))["exceptions"]
    assert all(len(one["why"]) > 10 for one in said.values())
    assert licences.wrong_with(package("certifi"), "MPL-2.0", RULES) == ""
    assert licences.wrong_with(package("certifi"), "GPL-3.0-only", RULES)
    assert said.keys() <= {one.name for one in locked.every()}, "what is locked no more needs none"


HOLE = Hole("left-pad", "1.0", ("GHSA-1", "CVE-1"), "1.1")


def ignoring(until: date, name: str = "left-pad", hole: str = "CVE-1") -> list[Ignored]:
    return [Ignored(hole, name, until, "not reached")]


def test_a_hole_that_is_known_is_told() -> None:
    assert judged([Answer("Python", 5, (HOLE,))], [], TODAY).holes == [HOLE]


def test_one_is_ignored_by_any_of_its_names_until_its_day_is_over() -> None:
    answers = [Answer("Python", 5, (HOLE,))]
    assert judged(answers, ignoring(TODAY), TODAY).holes == []
    late = judged(answers, ignoring(date(2026, 11, 21)), TODAY)
    assert (late.holes, late.over) == ([HOLE], ignoring(date(2026, 11, 21)))
    assert judged(answers, ignoring(TODAY, "other"), TODAY).holes == [HOLE]
    assert judged(answers, ignoring(TODAY, hole="CVE-2"), TODAY).holes == [HOLE]


def test_what_is_ignored_has_a_reason_and_a_day(tmp_path: Path) -> None:
    audit.ignored()
    file = tmp_path / "ignored.toml"
    file.write_text('[[ignored]]\nid = "CVE-1"\npackage = "x"\nwhy = "so"\n')
    with pytest.raises(ValueError, match="needs a package, a day"):
        audit.ignored(file)


def test_a_package_that_the_registry_says_nothing_of_was_not_looked_at() -> None:
    """What pip-audit prints where PyPI's JSON API isn't there: it ends with 0, and has looked at nothing."""
    said = {"dependencies": [{"name": "jinja2", "skip_reason": "Dependency not found on PyPI"}], "fixes": []}
    answer = audit.read_python(json.dumps(said), 1)
    assert (answer.asked, answer.silent) == (0, "PyPI tells nothing of 1 of 1 packages")


def test_what_pip_audit_found_is_read() -> None:
    hole = {"id": "PYSEC-1", "fix_versions": ["3.1.6"], "aliases": ["CVE-1"], "description": "…"}
    said = {"dependencies": [{"name": "jinja2", "version": "3.1.0", "vulns": [hole]}], "fixes": []}
    answer = audit.read_python(json.dumps(said), 1)
    assert answer == Answer("Python", 1, (Hole("jinja2", "3.1.0", ("PYSEC-1", "CVE-1"), "3.1.6"),))


def test_what_npm_audit_found_is_read() -> None:
    via = {"name": "esbuild", "range": "<=0.24.2", "url": "https://github.com/advisories/GHSA-67mh", "source": 7}
    said = {"vulnerabilities": {"esbuild": {"via": [via]}, "vite": {"via": ["esbuild"]}}}
    assert audit.read_npm(json.dumps(said), 3).holes == (Hole("esbuild", "<=0.24.2", ("GHSA-67mh", "7")),)


@pytest.mark.parametrize("said", [None, "", "{}", '{"message": "405 Method Not Allowed"}', "[]"])
def test_a_registry_that_is_away_is_said(said: str | None) -> None:
    assert "can't be asked" in audit.read_npm(said, 3).silent
    assert "can't be asked" in audit.read_python(said, 3).silent
    assert "can't be asked" in audit.read_crates(said, 3).silent


def test_crates_beneath_those_that_are_named_are_locked_with_sums() -> None:
    named = tomllib.loads((ROOT / "native/Cargo.toml").read_text("utf-8"))["dependencies"]
    lock = {one["name"]: one for one in tomllib.loads((ROOT / "native/Cargo.lock").read_text("utf-8"))["package"]}
    assert named.keys() < lock.keys()
    for name, asked in named.items():
        assert lock[name]["version"] == (asked if isinstance(asked, str) else asked["version"]).removeprefix("=")
    assert all(re.fullmatch("[0-9a-f]{64}", one["checksum"]) for one in lock.values() if "source" in one)
    assert {one["source"] for one in lock.values() if "source" in one} == {
        "registry+https://github.com/rust-lang/crates.io-index"
    }


def tracked(*patterns: str) -> dict[str, str]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name: (ROOT / name).read_text("utf-8") for name in listed.stdout.split()}


def test_nothing_is_installed_past_the_locks() -> None:
    installing = tracked("Dockerfile", "Makefile", "scripts/*", ".ci/run")
    assert len(installing) >= 5
    past, checked = [], 0
    for name, text in installing.items():
        whole = re.sub(r"\\\n\s*", " ", text)
        commands = [one for line in whole.splitlines() for one in re.split("&&|[|][|]|;", line.split("#")[0])]
        for code in (one for one in commands if "echo " not in one):
            if re.search(r"(-m pip|\$\(PIP\)) .*\b(install|download|wheel)\b", code):
                held = r"--require-hashes|--no-index|--no-deps --no-build-isolation --editable \."
            elif re.search(r"\bnpm (.* )?(ci|install|i)\b", code):
                held = r"\bci\b|--package-lock-only"
            elif re.search(r"\b(maturin|cargo) (build|clippy|install)\b", code):
                held = "--locked|--version"
            else:
                continue
            checked += 1
            past += [] if re.search(held, code) else [(name, code)]
    assert checked > 12
    assert past == []
