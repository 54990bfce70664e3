"""Reads the Dockerfile, and does in a folder what its steps do in an image, as far as that takes no Docker.

https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass
class Stage:
    """What is between two FROM."""

    name: str
    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)
    """Instruction and what follows it, on one line."""

    def all(self, instruction: str) -> list[str]:
        """What follows each of these."""
        return [rest for name, rest in self.steps if name == instruction]


def stages(text: str) -> dict[str, Stage]:
    """The stages by name; the last, which is the image, is ``."""
    found: dict[str, Stage] = {}
    stage = Stage("before", "")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    for line in filter(None, joined.splitlines()):
        instruction, _, rest = line.partition(" ")
        if instruction == "FROM":
            base, _, name = rest.partition(" AS ")
            stage = found[name] = Stage(name, base)
        else:
            stage.steps.append((instruction, rest.strip()))
    return found


def sources(copied: str) -> list[str]:
    """What a COPY takes, without flags and where it goes."""
    return [word for word in copied.split()[:-1] if not word.startswith("--")]


def command(run: str) -> str:
    """What a RUN runs, without mounts."""
    return re.sub(r"--mount=\S+\s*", "", run)


def let_through(path: str) -> bool:
    """Whether .dockerignore hands a file to the builder: the last line that matches it or a folder above it decides."""
    handed = True
    parts = path.split("/")
    above = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!")
        anywhere = pattern.removeprefix("**/")
        names = [one.rpartition("/")[2] for one in above] if anywhere != pattern else above
        if any(fnmatch.fnmatchcase(name, anywhere) for name in names):
            handed = line.startswith("!")
    return handed


class Workshop:
    """A folder that stands in for the root of the stages' file systems."""

    def __init__(self, folder: Path, instead: Mapping[str, str]) -> None:
        self.folder = folder
        self.instead = {
            **instead,
            **{f"/{name}": str(folder / name) for name in ("src", "wheels", "opt/drainwatch")},
        }
        for name in ("src", "wheels", "opt"):
            (folder / name).mkdir()

    def python(self, stage: str) -> Path:
        """A Python of a stage's own, with pip, as its base has one."""
        made = self.folder / f"python-of-{stage}"
        if not made.exists():
            subprocess.run([sys.executable, "-m", "venv", str(made)], check=True)
        return made / "bin"

    def copy(self, names: Sequence[str]) -> None:
        """Files and folders of the repository, without what isn't handed to the builder."""
        for name in names:
            for file in self._files(name):
                target = self.folder / "src" / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / file, target)

    def _files(self, name: str) -> list[str]:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", name],
            cwd=ROOT,
            capture_output=True,
            encoding="utf-8",
            check=True,
        ).stdout.split("\n")
        found = [file for file in listed if file and let_through(file) and (ROOT / file).is_file()]
        assert found, f"COPY {name}: there is nothing, or .dockerignore keeps it back"
        return found

    def run(self, stage: str, command: str) -> str:
        """What the shell of a stage would do, in /src; what it printed."""
        for path, place in self.instead.items():
            command = re.sub(rf"(?<![\w/.]){re.escape(path)}(?![\w-])", place, command)
        ours = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
        done = subprocess.run(
            ["sh", "-ec", command],
            cwd=self.folder / "src",
            env={
                **ours,
                "PATH": f"{self.python(stage)}{os.pathsep}{ours['PATH']}",
                "SOURCE_DATE_EPOCH": "1577836800",
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}"
        return done.stdout
