"""Writes the rules for Prometheus and the dashboard for Grafana into a folder, shown before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff
from pathlib import Path

from detector.errors import UsageError
from detector.setup.plan import Action

JOB = "drainwatch"
"""What the job is called by which drainwatch is scraped, in the files as they are shipped."""
_SHIPPED = ("rules/drainwatch-recording.yml", "rules/drainwatch-alerts.yml", "grafana/drainwatch.json")


@dataclass(frozen=True, slots=True)
class FileStep:
    """A file, and what is to be done about it."""

    path: Path
    text: str
    """What it should hold."""
    action: Action
    lines: Sequence[str] = ()
    """Where it holds something else: lines that go, after `-`, and lines that come, after `+`."""
    reason: str = ""
    """Why it failed."""

    @property
    def pending(self) -> bool:
        """Whether there is something to be done."""
        return self.action in (Action.CREATE, Action.CHANGE)


def wanted_files(assets: Path, job: str) -> dict[str, str]:
    """By name, what the files hold where the job is called so; `assets` is the folder `prometheus`.

    Raises `UsageError` for a name that no job can have in a rule.
    """
    if not job or any(character in job for character in "\"'\\\n{}"):
        raise UsageError(f"A job can't be called {job!r}.", "Name it as in Prometheus' scrape_configs.")
    paths = [assets / name for name in _SHIPPED]
    return {path.name: path.read_text("utf-8").replace(f'job="{JOB}"', f'job="{job}"') for path in paths}


def plan_files(folder: Path, wanted: Mapping[str, str]) -> list[FileStep]:
    """What is to be done about each file in the folder, which needn't be there yet; nothing is written."""
    return [_planned(folder / name, text) for name, text in wanted.items()]


def apply_files(steps: Sequence[FileStep]) -> Iterator[FileStep]:
    """Write what is pending, and say what became of each; a file is there whole or as it was."""
    for step in steps:
        if not step.pending:
            yield step
            continue
        beside = step.path.with_name(f".{step.path.name}.new")
        try:
            step.path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(step.text, "utf-8")
            beside.replace(step.path)
        except OSError as error:
            yield replace(step, action=Action.FAIL, reason=f"{error.strerror or error}.")
        else:
            yield step


def _planned(path: Path, text: str) -> FileStep:
    try:
        now = path.read_text("utf-8")
    except FileNotFoundError:
        return FileStep(path, text, Action.CREATE)
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else "It is no text."
        return FileStep(path, text, Action.FAIL, reason=f"{said or error}")
    if now == text:
        return FileStep(path, text, Action.KEEP)
    lines = list(unified_diff(now.splitlines(), text.splitlines(), lineterm="", n=0))[2:]
    return FileStep(path, text, Action.CHANGE, [line for line in lines if not line.startswith("@@")])
