"""`drainwatch models …`: what namespaces learned when, how two models differ, and which one is to be at work."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli.options import (
    ConfigOption,
    NamespaceOption,
    Output,
    OutputOption,
    StoreOption,
    settings_of,
    store_flags,
)
from detector.cli.saying import AuthorOption, NoteOption, writing

if TYPE_CHECKING:
    from rich.console import RenderableType

    from detector.cli.output import Row
    from detector.settings import Settings
    from detector.store.port import Reader
    from detector.versions import Version

app = typer.Typer(help="List, compare and choose the models that namespaces are scored by; nothing is ever lost.")

VersionArgument = Annotated[str, typer.Argument(metavar="VERSION", help="Of the model, or the beginning of it.")]
OldArgument = Annotated[str, typer.Argument(metavar="OLD", help="Version of a model, or the beginning of it.")]
NewArgument = Annotated[str, typer.Argument(metavar="NEW", help="Version of another of the same namespace.")]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; it must not be there yet.")]
NamespaceArgument = Annotated[str, typer.Argument(metavar="NAMESPACE", help="Whose model.")]
ShapeOption = Annotated[bool, typer.Option("--json", help="As JSON, for programs, in UTC.")]


@app.callback(invoke_without_command=True)
def models(context: typer.Context) -> None:
    """Without a command: list."""
    if context.invoked_subcommand is None:
        list_(None, Output.TABLE, None, None)


@app.command("list")
def list_(
    namespace: NamespaceOption = None,
    output: OutputOption = Output.TABLE,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """List all models there ever were, by namespace, newest first: why each was made, and which is at work."""
    from detector.api.model_shapes import VersionOut
    from detector.cli.findings import known, opened
    from detector.cli.model_tables import MODEL_COLUMNS, model_table
    from detector.cli.output import write_rows
    from detector.versions import versions

    with opened(_settings(config, store)) as reader:
        known(reader, namespace)
        rows = [VersionOut.of(one).model_dump(mode="json") for one in versions(reader, namespace)]
    write_rows(rows, output, MODEL_COLUMNS, model_table)


@app.command("show")
def show(
    version: VersionArgument,
    as_json: ShapeOption = False,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Show what a model was made of, what had drifted, and what it left out."""
    from detector.api.model_shapes import VersionOut
    from detector.cli.findings import opened
    from detector.cli.model_tables import one_model
    from detector.versions import find

    with opened(_settings(config, store)) as reader:
        card = find(reader, version)
        standing = _standing(reader, card.version)
        texts = {one.id: one.text for one in reader.templates(card.namespace)}
    _write(VersionOut.of(standing).model_dump(mode="json"), lambda row: one_model(row, texts), as_json=as_json)


@app.command("compare")
def compare(
    old: OldArgument,
    new: NewArgument,
    as_json: ShapeOption = False,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Hold two models against each other: what only one knows, what they expect, and what they flag of the last day."""
    from detector import versions
    from detector.api.model_shapes import ComparedOut
    from detector.cli.findings import opened
    from detector.cli.model_tables import compared

    settings = _settings(config, store)
    with opened(settings) as reader:
        cards = versions.find(reader, old), versions.find(reader, new)
        found = versions.compare(reader, *cards, settings.detection)
        first, second = (_standing(reader, one.version) for one in cards)
    row = ComparedOut.of(found, first, second, "").model_dump(mode="json", exclude={"links"})
    _write(row, compared, as_json=as_json)


@app.command("export")
def export(
    version: VersionArgument, file: FileArgument, store: StoreOption = None, config: ConfigOption = None
) -> None:
    """Make a model again from the stored counts, and save it as plain data that runs no code when it is read."""
    from detector.cli.findings import opened
    from detector.models.saved import dump
    from detector.versions import find, made_again

    settings = _settings(config, store)
    with opened(settings) as reader:
        card = find(reader, version)
        data = dump(made_again(reader, card, settings.detection)[0])
    with file.open("xb") as written:
        written.write(data)
    print(f"{file}: model {card.version} of {card.namespace}, {len(data):,} bytes")


@app.command("rollback")
def rollback(
    namespace: NamespaceArgument,
    version: VersionArgument,
    note: NoteOption = "",
    author: AuthorOption = None,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Have an earlier model score a namespace from the next window on, until it is released; beside a service too."""
    from detector.access.acts import Deed
    from detector.cli.acts import note as write_down
    from detector.cli.findings import known
    from detector.cli.saying import named
    from detector.versions import find, roll_back

    settings = _settings(config, store)
    with writing(settings) as (reader, notes):
        known(reader, namespace)
        card = find(reader, version, namespace)
        roll_back(reader, notes.say, card, settings.detection, named(author), note)
        write_down(notes, Deed.MODEL_CHOSEN, card.version, namespace=namespace)
    print(
        f"{namespace} is scored by model {card.version} from its next window on, and learns nothing new"
        f" until `drainwatch models release {namespace}`."
    )


@app.command("release")
def release(
    namespace: NamespaceArgument,
    note: NoteOption = "",
    author: AuthorOption = None,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Let training choose the model again, after a rollback."""
    from detector import versions
    from detector.access.acts import Deed
    from detector.cli.acts import note as write_down
    from detector.cli.findings import known
    from detector.cli.saying import named

    with writing(_settings(config, store)) as (reader, notes):
        known(reader, namespace)
        versions.release(reader, notes.say, namespace, named(author), note)
        write_down(notes, Deed.MODEL_RELEASED, "", namespace=namespace)
    print(f"{namespace} is scored by its newest model from the next window on, and trained again when it is due.")


def _standing(reader: Reader, version: str) -> Version:
    from detector.versions import versions

    return next(one for one in versions(reader) if one.card.version == version)


def _write(row: Row, drawn: Callable[[Row], RenderableType], *, as_json: bool) -> None:
    from detector.cli.output import console, write_rows
    from detector.cli.tables import plain_table

    if as_json:
        write_rows([row], Output.NDJSON, (), lambda _: plain_table(""))
    else:
        console().print(drawn(row))


def _settings(config: Path | None, store: str | None) -> Settings:
    return settings_of(config, os.environ, **store_flags(store))
