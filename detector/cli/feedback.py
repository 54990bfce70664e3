"""`drainwatch feedback …`: what people say of incidents, and what it would change."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from detector.cli.options import (
    ConfigOption,
    NamespaceOption,
    Output,
    OutputOption,
    SinceOption,
    StoreOption,
    settings_of,
    store_flags,
)
from detector.cli.saying import AuthorOption, ForOption, NoteOption, named, reading, speak, tell, unsay

app = typer.Typer(help="Say what incidents were, and see what was said; nothing is ever deleted.")

IncidentArgument = Annotated[str, typer.Argument(metavar="INCIDENT", help="Its id, as `drainwatch incidents` has it.")]
FeedbackArgument = Annotated[str, typer.Argument(metavar="ID", help="Of the feedback, as the list has it.")]
ActiveOption = Annotated[bool, typer.Option("--active", help="Only what holds now.")]
AsToldOption = Annotated[
    bool, typer.Option("--as-told", help="Take it from what was told, which is quick and less exact.")
]

_NOTHING = (
    "Nothing to suggest. A mute is suggested once several incidents that were marked expected are told by one thing, "
    "a lower alert budget once several were marked real: `drainwatch feedback expected`, `drainwatch feedback real`."
)


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


@app.command("suggest")
def suggest(
    namespace: NamespaceOption = None,
    since: SinceOption = None,
    as_told: AsToldOption = False,
    output: OutputOption = Output.TABLE,
    store: StoreOption = None,
    config: ConfigOption = None,
) -> None:
    """Say what would bring peace: what lowers alerts a day and loses no incident that was marked real.

    That time is judged anew, as it would have been: so it takes a while.
    """
    from detector.api.feedback_shapes import SuggestionOut
    from detector.api.times import parse_time
    from detector.cli.findings import known
    from detector.cli.output import write_rows
    from detector.cli.suggesting import replayed
    from detector.cli.tables import SUGGESTION_COLUMNS, suggestion_table
    from detector.suggestions import judged
    from detector.suggestions import suggest as suggested

    detection = settings_of(config, os.environ, **store_flags(store)).detection
    with reading(config, store) as (reader, moment):
        known(reader, namespace)
        begin = None if since is None else parse_time(since, moment)
        words = reader.feedback(namespace)
        if as_told:
            found = suggested(judged(reader, detection, begin, namespace), words, detection.alert_budget)
        else:
            told, muting = replayed(reader, detection, namespace, begin)
            found = suggested(told, words, detection.alert_budget, muting)
    if not found and output is Output.TABLE:
        print(_NOTHING)
        return
    rows = (SuggestionOut.of(one).model_dump(mode="json") for one in found)
    write_rows(rows, output, SUGGESTION_COLUMNS, suggestion_table)
