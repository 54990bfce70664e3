"""`drainwatch setup elasticsearch`; `detector.cli.setup_kafka` has the other one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli.options import ConfigOption, settings_of
from detector.cli.setup_steps import carry_out, counted, mark_of, went_wrong
from detector.errors import UsageError

if TYPE_CHECKING:
    from rich.text import Text

    from detector.settings import Settings
    from detector.setup import Choices, Step

app = typer.Typer(help="Bring what drainwatch works with to what it needs.", no_args_is_help=True)

DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")]
WithOption = Annotated[
    list[str] | None,
    typer.Option("--with", metavar="PART", help="Also set up: roles, snapshots, logs or logs-without-ilm."),
]
BucketOption = Annotated[str, typer.Option("--bucket", metavar="NAME", help="The S3 bucket of the snapshots.")]
ViewerOption = Annotated[
    list[str] | None,
    typer.Option("--viewer-of", metavar="NAMESPACE", help="Among the roles one that sees only this namespace."),
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask before changing.")]


@app.callback()
def setup() -> None:
    """Bring what drainwatch works with to what it needs."""


@app.command("elasticsearch")
def elasticsearch(
    dry_run: DryRunOption = False,
    parts: WithOption = None,
    bucket: BucketOption = "",
    viewer_of: ViewerOption = None,
    yes: YesOption = False,
    config: ConfigOption = None,
) -> None:
    """Make index templates, life cycles and indices in the cluster, or bring them up to date; shown first."""
    settings = settings_of(config, os.environ)
    from detector.assets import asset_folder
    from detector.connecting import connection_of
    from detector.setup import apply, plan, wanted
    from ingest.elasticsearch.client import connect

    choices = choices_of(settings, parts or [], bucket, viewer_of or [])
    with closing(connect(connection_of(settings))) as client:
        planned = plan(client, wanted(asset_folder("ilm"), choices))
        steps = carry_out(planned, lines_of, lambda steps: apply(client, steps), dry_run=dry_run, yes=yes)
    if not dry_run:
        _note(settings, steps)
    print(summary(steps, done=not dry_run))
    raise typer.Exit(1 if any(map(went_wrong, steps)) else 0)


def _note(settings: Settings, steps: Sequence[Step]) -> None:
    """In the store that was set up; nothing where nothing was changed, or where its index isn't there yet."""
    from detector.access.acts import Deed
    from detector.cli.acts import note
    from detector.connecting import connection_of
    from detector.errors import DrainwatchError
    from detector.setup import Action
    from detector.store.elasticsearch import open_notes

    changed = [one.wanted.name for one in steps if one.action in (Action.CREATE, Action.CHANGE)]
    if not changed:
        return
    prefix = settings.elasticsearch.prefix
    try:
        notes = open_notes(connection_of(settings), prefix)
    except DrainwatchError:
        return  # who sets up need not be who may write
    with closing(notes):
        note(notes, Deed.SET_UP, f"{prefix}-*", detail=", ".join(changed))


def choices_of(settings: Settings, parts: Sequence[str], bucket: str, namespaces: Sequence[str]) -> Choices:
    """What is to be set up. Raises `UsageError` for a part that there isn't, and for what doesn't go together."""
    from detector.setup import Choices, Part

    named = [name.strip() for part in parts for name in part.split(",") if name.strip()]
    for name in named:
        if name not in list(Part):
            raise UsageError(f"There is no part {name!r} to set up.", f"There are: {', '.join(Part)}.")
    if namespaces and Part.ROLES not in named:
        raise UsageError("--viewer-of makes a role.", "Add --with roles.")
    return Choices(
        prefix=settings.elasticsearch.prefix,
        logs=settings.elasticsearch.indices,
        parts=frozenset(map(Part, named)),
        bucket=bucket,
        namespaces=namespaces,
        keep_counts=settings.store.keep_counts,
        keep_findings=settings.store.keep_findings,
        keep_hours=settings.store.keep_hours,
    )


def lines_of(step: Step, done: bool) -> list[Text]:
    """What is said of one object: its fate, and what differs line by line."""
    from rich.text import Text

    from detector.cli.output import harmless
    from detector.setup import Action

    mark, style = mark_of(step)
    word = {
        Action.CREATE: "created" if done else "new",
        Action.CHANGE: "changed" if done else "differs",
        Action.KEEP: "as it should be",
        Action.SKIP: "skipped",
        Action.FAIL: "failed",
    }[step.action]
    said = f"{word}: {step.reason}" if step.reason else word
    lines = [Text(f"{mark} {step.wanted.kind:<19} {step.wanted.name:<32} {harmless(said)}", style)]
    for line in step.lines:
        if line.is_now is not None:
            lines.append(Text(f"    - {harmless(line.path)}: {harmless(line.is_now)}", "red"))
        if line.should_be is not None:
            lines.append(Text(f"    + {line.path}: {line.should_be}", "green"))
    return lines


def summary(steps: Sequence[Step], done: bool) -> str:
    """What it comes to, in one sentence."""
    from detector.setup import Action

    words = {
        Action.CREATE: "created" if done else "to be created",
        Action.CHANGE: "changed" if done else "to be changed",
        Action.KEEP: "as it should be",
        Action.SKIP: "skipped",
        Action.FAIL: "failed",
    }
    said = counted(steps, words)
    if not any(step.pending or went_wrong(step) for step in steps):
        said.insert(0, "nothing to change")
    sentence = ", ".join(said)
    return f"{sentence[0].upper()}{sentence[1:]}."
