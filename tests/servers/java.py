"""A Java development kit that is new enough, wherever it is."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.servers.missing import MissingError

FOLDERS = (
    "/usr/lib/jvm/*",
    "/opt/*",
    "/usr/local/lib/jvm/*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "~/.sdkman/candidates/java/*",
    "~/.jdks/*",
    "~/.asdf/installs/java/*",
    "~/.local/share/mise/installs/java/*",
)


def jdk(at_least: int) -> Path:
    """The home of the oldest whole JDK that has at least this major version.

    A runtime alone won't do: the server needs the modules for debugging and attaching too. Raises `MissingError`.
    """
    found = {version: home for home in _candidates() if (version := _version(home)) is not None}
    fitting = [version for version in found if version >= at_least]
    if not fitting:
        has = f" (there is {', '.join(map(str, sorted(found)))})" if found else ""
        raise MissingError(f"Needs a JDK of version {at_least} or newer{has}: install one, or name it by JAVA_HOME.")
    return found[min(fitting)]


def _candidates() -> Iterator[Path]:
    """Later ones win over earlier ones of the same version."""
    for pattern in FOLDERS:
        root, _, rest = str(Path(pattern).expanduser()).partition("*")
        yield from sorted(Path(root).glob("*" + rest)) if Path(root).is_dir() else ()
    if java := shutil.which("java"):
        yield Path(java).resolve().parents[1]
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home)


def _version(home: Path) -> int | None:
    """Its major version; None for what is no JDK, or one without the modules that are needed."""
    try:
        release = (home / "release").read_text("utf-8")
    except (OSError, ValueError):
        return None
    version = re.search(r'^JAVA_VERSION="(?:1\.)?(\d+)', release, re.MULTILINE)
    whole = (home / "bin" / "java").is_file() and "jdk.jdi" in release
    return int(version[1]) if version and whole else None
