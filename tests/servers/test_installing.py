"""What the servers need is found, or named in one sentence."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.servers.artifacts import artifact
from tests.servers.java import jdk
from tests.servers.missing import MissingError, skip


def jdk_in(home: Path, version: str, modules: str = "java.base jdk.attach jdk.jdi") -> Path:
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "java").touch()
    (home / "release").write_text(f'JAVA_VERSION="{version}"\nMODULES="{modules}"\n')
    return home


def maven_that_gives(content: str, folder: Path) -> None:
    """A stand-in for Maven, which takes long and needs the network."""
    folder.mkdir()
    script = f'for a; do case "$a" in -DoutputDirectory=*) printf %s {content} > "${{a#*=}}/got.jar";; esac; done\n'
    (folder / "mvn").write_text("#!/bin/sh\n" + script)
    (folder / "mvn").chmod(0o755)


def test_the_oldest_jdk_that_is_new_enough_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (jdk_in(tmp_path / "older", "1000.0.1") / "bin" / "java").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "older" / "bin"))
    monkeypatch.setenv("JAVA_HOME", str(jdk_in(tmp_path / "newer", "1002")))
    assert [jdk(1000), jdk(1001)] == [tmp_path / "older", tmp_path / "newer"]


def test_a_runtime_without_the_development_kit_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(jdk_in(tmp_path / "jre", "1000", "java.base")))
    with pytest.raises(MissingError):
        jdk(1000)


def test_a_missing_jdk_is_told_with_the_version_that_is_needed() -> None:
    with pytest.raises(MissingError, match=r"^Needs a JDK of version 1001 or newer.*: install one, or name it by JAVA"):
        jdk(1001)


def test_a_download_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maven_that_gives("right", tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("TEST_CACHE", str(tmp_path / "cache"))
    pinned = hashlib.sha256(b"right").hexdigest()
    first = artifact("org.example", "thing", "1.0", "jar", pinned)
    assert (first.name, first.read_text()) == ("thing-1.0.jar", "right")
    maven_that_gives("wrong", tmp_path / "other")
    monkeypatch.setenv("PATH", f"{tmp_path / 'other'}:/usr/bin:/bin")
    assert artifact("org.example", "thing", "1.0", "jar", pinned) == first


def test_what_is_not_the_pinned_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maven_that_gives("wrong", tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("TEST_CACHE", str(tmp_path / "cache"))
    with pytest.raises(MissingError, match=r"thing-1\.0\.jar should have the SHA-256 "):
        artifact("org.example", "thing", "1.0", "jar", hashlib.sha256(b"right").hexdigest())


def test_without_maven_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("TEST_CACHE", str(tmp_path / "cache"))
    with pytest.raises(MissingError, match=r"install it \(Debian: maven\)"):
        artifact("org.example", "thing", "1.0", "jar", "0" * 64)


def test_a_test_whose_server_is_missing_is_skipped_but_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DRAINWATCH_REQUIRE_SERVERS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="a JDK"):
        skip("a JDK")
    monkeypatch.setenv("DRAINWATCH_REQUIRE_SERVERS", "1")
    with pytest.raises(pytest.fail.Exception, match="a JDK"):
        skip("a JDK")
