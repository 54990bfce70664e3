"""`drainwatch setup rules`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli.setup import DryRunOption, YesOption
from detector.cli.setup_steps import carry_out, counted, mark_of, went_wrong

if TYPE_CHECKING:
    from rich.text import Text

    from detector.setup.rules import FileStep

FolderArgument = Annotated[Path, typer.Argument(metavar="FOLDER", help="Where Prometheus looks for rules.")]
JobOption = Annotated[
    str, typer.Option("--job", metavar="NAME", help="The job by which Prometheus scrapes drainwatch.")
]
_SHOWN = 20
"""Lines of a file that differ."""


def rules(
    folder: FolderArgument,
    job: JobOption = "drainwatch",
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Write the rules for Prometheus and the dashboard for Grafana into a folder; shown first."""
    from detector.assets import asset_folder
    from detector.setup.rules import apply_files, plan_files, wanted_files

    planned = plan_files(folder, wanted_files(asset_folder("prometheus"), job))
    steps = carry_out(planned, lines_of, apply_files, dry_run=dry_run, yes=yes)
    print(summary(steps, done=not dry_run))
    raise typer.Exit(1 if any(map(went_wrong, steps)) else 0)


def lines_of(step: FileStep, done: bool) -> list[Text]:
    """What is said of one file."""
    from rich.text import Text

    from detector.cli.output import harmless
    from detector.setup.plan import Action

    mark, style = mark_of(step)
    word = {
        Action.CREATE: "written" if done else "new",
        Action.CHANGE: "changed" if done else "differs",
        Action.KEEP: "as it should be",
        Action.FAIL: f"failed: {step.reason}",
    }[step.action]
    lines = [
        Text(f"{mark} {harmless(str(step.path))}  {harmless(word)}", style),
        *(
            Text(f"    {line[0]} {harmless(line[1:])}", "red" if line[0] == "-" else "green")
            for line in step.lines[:_SHOWN]
        ),
    ]
    if len(step.lines) > _SHOWN:
        lines.append(Text(f"    … and {len(step.lines) - _SHOWN} more lines", "dim"))
    return lines


def summary(steps: Sequence[FileStep], done: bool) -> str:
    """What it comes to, and what to do with the files, in a sentence or two."""
    from detector.setup.plan import Action

    words = {
        Action.CREATE: "written" if done else "to be written",
        Action.CHANGE: "changed" if done else "to be changed",
        Action.KEEP: "as it should be",
        Action.FAIL: "failed",
    }
    said = ", ".join(counted(steps, words))
    wrote = done and any(step.pending for step in steps)
    then = " Name the two .yml in rule_files of Prometheus and have it reload; import the .json into Grafana."
    return f"{said[0].upper()}{said[1:]}.{then if wrote else ''}"
