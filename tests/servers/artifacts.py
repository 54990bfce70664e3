"""What tests download: once, by Maven, from wherever it is set up to look, and only what has the pinned digest.

https://maven.apache.org/plugins/maven-dependency-plugin/copy-mojo.html
https://maven.apache.org/plugins/maven-dependency-plugin/copy-dependencies-mojo.html
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.servers.missing import MissingError

PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>drainwatch.tests</groupId><artifactId>jars</artifactId><version>1</version>
  <dependencies>{}</dependencies>
</project>
"""
TIMES_OUT_AFTER = 600
"""Seconds for one download."""


class Failures:
    """Why downloads failed before in this session: each is tried once, not for every test anew."""

    def __init__(self) -> None:
        self._failed: dict[Path, str] = {}

    @contextmanager
    def remembered(self, path: Path) -> Iterator[None]:
        """Raises at once what was raised in here for that path before."""
        if path in self._failed:
            raise MissingError(self._failed[path])
        try:
            yield
        except MissingError as error:
            self._failed[path] = str(error)
            raise


_failures = Failures()


def cache() -> Path:
    """The folder that downloads are kept in: `.cache` in the checkout, or what `TEST_CACHE` names."""
    folder = Path(os.environ.get("TEST_CACHE") or Path(__file__).parents[2] / ".cache").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def artifact(group: str, name: str, version: str, kind: str, sha256: str) -> Path:
    """The file of a Maven artifact (`kind` is its type: `jar`, `zip`), in the cache.

    Raises `MissingError` where Maven is not installed or can't get it, or where it is not the file that was pinned.
    """
    path = cache() / f"{name}-{version}.{kind}"
    with alone(path):
        if path.is_file() and digest(path) == sha256:
            return path
        with _failures.remembered(path), tempfile.TemporaryDirectory(dir=cache()) as folder:
            got = _download(f"{group}:{name}:{version}:{kind}", Path(folder))
            if (found := digest(got)) != sha256:
                raise MissingError(f"{path.name} should have the SHA-256 {sha256}, and what Maven got has {found}.")
            got.replace(path)
    return path


def jars(name: str, wanted: Sequence[str], pinned: str) -> Path:
    """The folder of that name in the cache, with jars (`group:name:version`) and all that they stand on.

    `pinned` is the `digest_of_all`. Raises `MissingError` like `artifact`.
    """
    home = cache() / name
    with alone(home):
        if home.is_dir() and digest_of_all(home) == pinned:
            return home
        with _failures.remembered(home), tempfile.TemporaryDirectory(dir=cache()) as folder:
            Path(folder, "pom.xml").write_text(_POM.format("".join(map(_dependency, wanted))))
            got = Path(folder, "jars")
            options = ("-DincludeScope=runtime", f"-DoutputDirectory={got}")
            run_maven(f"{PLUGIN}:copy-dependencies", *options, folder=Path(folder), gets=name)
            if (found := digest_of_all(got)) != pinned:
                raise MissingError(f"{name} should have the SHA-256 {pinned}, and what Maven got has {found}.")
            shutil.rmtree(home, ignore_errors=True)
            got.rename(home)
    return home


def _dependency(coordinates: str) -> str:
    parts = zip(("groupId", "artifactId", "version"), coordinates.split(":"), strict=True)
    return f"<dependency>{''.join(f'<{tag}>{text}</{tag}>' for tag, text in parts)}</dependency>"


def digest_of_all(folder: Path) -> str:
    """SHA-256 over a line with digest and name of each jar."""
    lines = (f"{digest(jar)}  {jar.name}\n" for jar in sorted(folder.glob("*.jar")))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def digest(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Waits until no other process of ours is at work on that file or folder of the cache."""
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run_maven(*arguments: str, folder: Path, gets: str) -> None:
    """Run Maven in that folder; raises `MissingError` where it isn't installed, takes too long or fails."""
    maven = shutil.which("mvn")
    if maven is None:
        raise MissingError("Maven downloads the servers that these tests run on: install it (Debian: maven).")
    try:
        done = subprocess.run(
            [maven, "-q", "-B", *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=TIMES_OUT_AFTER,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise MissingError(f"Maven didn't get {gets} within {TIMES_OUT_AFTER} s.") from None
    if done.returncode:
        said = next((line for line in done.stdout.splitlines() if "ERROR" in line), "no reason given")
        raise MissingError(f"Maven can't get {gets}: {said}")


def _download(coordinates: str, folder: Path) -> Path:
    """In a folder of its own, not where a pom.xml might lie."""
    run_maven(
        f"{PLUGIN}:copy", f"-Dartifact={coordinates}", f"-DoutputDirectory={folder}", folder=folder, gets=coordinates
    )
    files = list(folder.iterdir())
    if len(files) != 1:
        raise MissingError(f"Maven can't get {coordinates}: it left {len(files)} files.")
    return files[0]
