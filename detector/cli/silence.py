"""`drainwatch silence …`: what nobody wants to be told of for a time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli.clock import now
from detector.cli.options import ConfigOption, Output, OutputOption, StoreOption, settings_of, store_flags
from detector.cli.saying import AuthorOption, NoteOption, named, writing

if TYPE_CHECKING:
    from detector.alert import Silence
    from detector.store.port import Reader

app = typer.Typer(
    help="Be told nothing of a namespace, a workload or a template for a time; it is detected and shown all the same.",
    no_args_is_help=True,
)

NamespaceArgument = Annotated[
    str, typer.Argument(metavar="NAMESPACE", help="A name, or a pattern: 'pay*'; '*' is all.", show_default=False)
]
SilenceArgument = Annotated[str, typer.Argument(metavar="ID", help="Of the silence, as the list has it.")]
WorkloadOption = Annotated[
    str, typer.Option("--workload", "-w", metavar="NAME", help="Only this workload of it.", show_default=False)
]
TemplateOption = Annotated[
    str,
    typer.Option(
        "--template", "-t", metavar="ID", help="Only this template, as `drainwatch templates` has it.",
        show_default=False,
    ),
]  # fmt: skip
LengthOption = Annotated[
    str | None, typer.Option("--for", metavar="DURATION", help="How long: 30m, 2h, 7d.", show_default=False)
]
StartOption = Annotated[
    str | None,
    typer.Option("--from", metavar="TIME", help="From when on: 2026-11-21T12:00:00Z, +2h.", show_default="now"),
]
EndOption = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="Or until when: 2026-11-21T14:00:00Z.", show_default=False)
]
AllOption = Annotated[bool, typer.Option("--all", help="Also those that are over.")]


@app.callback()
def silence() -> None:
    """Be told nothing of a namespace, a workload or a template for a time; it is detected and shown all the same."""


@app.command("add")
def add(
    namespace: NamespaceArgument = "",
    length: LengthOption = None,
    until: EndOption = None,
    since: StartOption = None,
    workload: WorkloadOption = "",
    template: TemplateOption = "",
    note: NoteOption = "",
    author: AuthorOption = None,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Silence something from now, or a time to come, on; said again, it is prolonged or shortened."""
    from detector.access.acts import Deed
    from detector.api.times import expiry, parse_time
    from detector.cli.acts import note as write_down
    from detector.silencing import SilenceWish, about
    from detector.silencing import silence as make

    moment = now()
    start = None if since is None else parse_time(since, moment)
    ends = expiry(until, length, moment if length is None else max(moment, start or moment))
    wish = SilenceWish(namespace, workload, template, ends, named(author), note, start)
    with writing(settings_of(config, os.environ, **store_flags(store))) as (reader, notes):
        made = make(reader, notes.say, wish, moment)
        write_down(notes, Deed.SILENCE_MADE, made.id, namespace=made.namespace, detail=about(made))
        _tell([made], reader, moment)


@app.command("list")
def list_(
    everything: AllOption = False,
    output: OutputOption = Output.TABLE,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """List silences in force or to come, newest first."""
    from detector.cli.findings import opened
    from detector.silencing import in_force_or_to_come

    moment = now()
    with opened(settings_of(config, os.environ, **store_flags(store))) as reader:
        found = reader.silences()
        shown = found if everything else in_force_or_to_come(found, moment)
        if not shown and output is Output.TABLE:
            print("Nothing is silenced." if not found else "Nothing is silenced now; --all shows what was.")
            return
        _tell(shown[::-1], reader, moment, output)


@app.command("remove")
def remove(silence: SilenceArgument, store: StoreOption = None, config: ConfigOption = None) -> None:
    """End a silence; it stays in the list of all, with the time."""
    from detector.access.acts import Deed
    from detector.cli.acts import note
    from detector.silencing import about, end

    moment = now()
    with writing(settings_of(config, os.environ, **store_flags(store))) as (reader, notes):
        ended = end(reader, notes.say, silence, moment)
        note(notes, Deed.SILENCE_ENDED, ended.id, namespace=ended.namespace, detail=about(ended))
        _tell([ended], reader, moment)


def _tell(silences: list[Silence], reader: Reader, moment: int, output: Output = Output.TABLE) -> None:
    from detector.api.silence_shapes import SilenceOut
    from detector.cli.alert_tables import SILENCE_COLUMNS, silence_table
    from detector.cli.output import write_rows
    from detector.silencing import subjects

    subject = subjects(reader)
    rows = (SilenceOut.of(one, subject(one), moment).model_dump(mode="json") for one in silences)
    write_rows(rows, output, SILENCE_COLUMNS, silence_table)
