"""`drainwatch feedback …`: what people say of incidents, and what it would change."""

from __future__ import annotations

from typing import Annotated

import typer

from detector.cli.options import ConfigOption, NamespaceOption, Output, OutputOption, StoreOption
from detector.cli.saying import AuthorOption, ForOption, NoteOption, named, reading, speak, tell, unsay

app = typer.Typer(help="Say what incidents were, and see what was said; nothing is ever deleted.")

IncidentArgument = Annotated[str, typer.Argument(metavar="INCIDENT", help="Its id, as `drainwatch incidents` has it.")]
FeedbackArgument = Annotated[str, typer.Argument(metavar="ID", help="Of the feedback, as the list has it.")]
ActiveOption = Annotated[bool, typer.Option("--active", help="Only what holds now.")]


@app.command("list")
def list_(
    namespace: NamespaceOption = None,
    active: ActiveOption = False,
    output: OutputOption = Output.TABLE,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """List what was said, newest first; also what expired or was taken back."""
    from detector import feedback
    from detector.cli.findings import known

    with reading(config, store) as (reader, moment):
        known(reader, namespace)
        words = reader.feedback(namespace)
        if active:
            words = [one for one in words if feedback.active([one], max(moment, one.created))]
        tell(words[::-1], reader, moment, output)


@app.command("expected")
def expected(
    incident: IncidentArgument,
    length: ForOption = None,
    note: NoteOption = "",
    author: AuthorOption = None,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Say that an incident was none: the like of it stays quiet from now on."""
    from detector.findings import FeedbackKind
    from detector.saying import Wish

    speak(Wish(FeedbackKind.EXPECTED, incident, author=named(author), note=note), length, config, store)


@app.command("real")
def real(
    incident: IncidentArgument,
    note: NoteOption = "",
    author: AuthorOption = None,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Say that an incident was one: replays and suggestions have to find it again."""
    from detector.findings import FeedbackKind
    from detector.saying import Wish

    speak(Wish(FeedbackKind.REAL, incident, author=named(author), note=note), None, config, store)


@app.command("withdraw")
def withdraw(feedback: FeedbackArgument, store: StoreOption = None, config: ConfigOption = None) -> None:
    """Take back what was said; it stays in the list, with the time at which it was taken back."""
    unsay(feedback, config, store)
