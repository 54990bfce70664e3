"""`drainwatch setup kibana`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli.options import ConfigOption, settings_of
from detector.cli.setup import DryRunOption, YesOption
from detector.cli.setup_steps import carry_out, counted, mark_of, went_wrong
from detector.errors import UsageError

if TYPE_CHECKING:
    from rich.text import Text

    from detector.settings import Settings
    from detector.setup.kibana.objects import KibanaChoices
    from detector.setup.kibana.plan import ObjectStep
    from detector.setup.kibana.server import Kibana

UrlOption = Annotated[
    str | None,
    typer.Option("--url", metavar="URL", help="Kibana's address, without a space.", show_default="kibana.url"),
]
SpaceOption = Annotated[
    str | None, typer.Option("--space", metavar="NAME", help="The space's id.", show_default="the first one")
]
CreateOption = Annotated[bool, typer.Option("--create-space", help="Make the space, where it isn't there.")]
OverwriteOption = Annotated[
    bool, typer.Option("--overwrite", help="Set back what differs; what others changed in it is lost.")
]
WriteOption = Annotated[
    Path | None, typer.Option("--write", metavar="FILE", help="Write a file to import by hand; ask no Kibana.")
]
_SHOWN = 6
"""Lines of an object that differ."""
_DEFAULT_SPACE, _USUAL_LOGS = "default", "logs-*"
"""How Kibana calls the space that is there from the beginning; the id that Elastic's own data view of logs has."""


def kibana(
    url: UrlOption = None,
    space: SpaceOption = None,
    create_space: CreateOption = False,
    overwrite: OverwriteOption = False,
    write: WriteOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    config: ConfigOption = None,
) -> None:
    """Import data views, searches and dashboards into Kibana, or bring them up to date; shown first."""
    settings = settings_of(config, os.environ, kibana__url=url, kibana__space=space)
    choices = choices_of(settings)
    if write is not None:
        _write(write, choices)
        return
    from detector.setup.kibana.reaching import kibana_connection_of
    from detector.setup.kibana.server import Kibana

    with Kibana(kibana_connection_of(settings, choices.space)) as server:
        _apply(server, choices, create_space, overwrite, dry_run=dry_run, yes=yes)


def choices_of(settings: Settings) -> KibanaChoices:
    """What is to be set up, as the settings say."""
    from detector.setup.kibana.objects import KibanaChoices

    return KibanaChoices(
        prefix=settings.elasticsearch.prefix,
        logs=settings.elasticsearch.indices,
        logs_view=settings.alerts.kibana_data_view,
        page=settings.alerts.page,
        space="" if settings.kibana.space == _DEFAULT_SPACE else settings.kibana.space,
    )


def _apply(
    server: Kibana, choices: KibanaChoices, create_space: bool, overwrite: bool, *, dry_run: bool, yes: bool
) -> None:
    from detector.assets import asset_folder
    from detector.setup.kibana.objects import saved_objects
    from detector.setup.kibana.plan import apply_objects, new_objects, plan_objects

    number = server.version()
    told = number or "of a version that it doesn't tell this user"
    print(f"Kibana {told}{', space ' + choices.space if choices.space else ''}.")
    there = server.has_space()
    if not there and not create_space:
        raise UsageError(f"Kibana has no space {choices.space}.", "Say --create-space to have it made.")
    choices = _with_a_view_of_logs(server, choices, there)
    wanted = saved_objects(asset_folder("kibana/saved-objects"), choices)
    planned = plan_objects(server, wanted, overwrite) if there else new_objects(wanted)
    if not there:
        print(f"+ {'space':<10} {choices.space:<36} new")

    def apply(steps: Sequence[ObjectStep]) -> Sequence[ObjectStep]:
        if not there:
            server.make_space()
        return list(apply_objects(server, steps))

    steps = carry_out(planned, lines_of, apply, dry_run=dry_run, yes=yes)
    print(summary(steps, done=not dry_run))
    for note in notes(choices, number):
        print(note)
    raise typer.Exit(1 if any(map(went_wrong, steps)) else 0)


def _with_a_view_of_logs(server: Kibana, choices: KibanaChoices, there: bool) -> KibanaChoices:
    """In a space of its own the data view of logs needs an id of its own, where it hasn't the usual one already.

    That id is mostly taken in the first space, by the data view that Elastic's integrations bring.
    """
    usual = ("index-pattern", choices.logs_view)
    if not choices.space or choices.logs_view != _USUAL_LOGS or (there and server.fetch([usual])):
        return choices
    return replace(choices, logs_view=f"{choices.prefix}-logs-{choices.space}")


def _write(file: Path, choices: KibanaChoices) -> None:
    from detector.assets import asset_folder
    from detector.setup.kibana.objects import ndjson, saved_objects

    objects = saved_objects(asset_folder("kibana/saved-objects"), choices)
    if str(file) == "-":
        sys.stdout.buffer.write(ndjson(objects))
        return
    if file.suffix != ".ndjson":
        raise UsageError(f"Kibana doesn't import {file.name}.", "Give it a name that ends in .ndjson.")
    file.write_bytes(ndjson(objects))
    print(f"{len(objects)} objects are in {file}. Import them in Stack Management, Saved Objects, or with POST")
    print(f"{'/s/' + choices.space if choices.space else ''}/api/saved_objects/_import.")


def lines_of(step: ObjectStep, done: bool) -> list[Text]:
    """What is said of one object: its fate, and what differs."""
    from rich.text import Text

    from detector.cli.output import harmless
    from detector.setup.plan import Action

    mark, style = mark_of(step)
    word = {
        Action.CREATE: "imported" if done else "new",
        Action.CHANGE: "set back" if done else "differs, to be set back",
        Action.KEEP: "as it should be",
        Action.SKIP: step.reason,
        Action.FAIL: f"failed: {step.reason}",
    }[step.action]
    if step.action is Action.KEEP and step.wanted.shared:
        word = f"there already, of {step.reason}" if step.reason else "there already"
    lines = [Text(f"{mark} {step.wanted.kind:<10} {step.wanted.id:<36} {harmless(word)}", style)]
    for line in step.lines[:_SHOWN]:
        if line.is_now is not None:
            lines.append(Text(f"    - {harmless(line.path)}: {harmless(line.is_now)}", "red"))
        if line.should_be is not None:
            lines.append(Text(f"    + {harmless(line.path)}: {harmless(line.should_be)}", "green"))
    if len(step.lines) > _SHOWN:
        lines.append(Text(f"    … and {len(step.lines) - _SHOWN} more", "dim"))
    return lines


def summary(steps: Sequence[ObjectStep], done: bool) -> str:
    """What it comes to, in one sentence."""
    from detector.setup.plan import Action

    words = {
        Action.CREATE: "imported" if done else "to be imported",
        Action.CHANGE: "set back" if done else "to be set back",
        Action.KEEP: "as it should be",
        Action.SKIP: "left as others changed it",
        Action.FAIL: "failed",
    }
    said = counted(steps, words)
    if not any(step.pending or went_wrong(step) for step in steps):
        said.insert(0, "nothing to change")
    sentence = ", ".join(said)
    return f"{sentence[0].upper()}{sentence[1:]}."


def notes(choices: KibanaChoices, number: str) -> list[str]:
    """What one has to know who has these objects."""
    from detector.setup.kibana.server import NEWEST_MAJOR

    told = []
    if choices.logs_view == f"{choices.prefix}-logs-{choices.space}":
        told.append(
            "For links in alerts to lead to the data view of logs in this space, set"
            f' alerts.kibana_data_view = "{choices.logs_view}".'
        )
    if not choices.page:
        told.append("With alerts.page set, the ids of incidents and alerts would be links to drainwatch's page.")
    if number and int(number.partition(".")[0]) > NEWEST_MAJOR:
        told.append(f"Kibana {number} is newer than any whose sources were read for this; look for a newer drainwatch.")
    return told
