"""What the commands share that say something: the store to be read, a pen to write with, the time of the logs."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli.clock import now
from detector.cli.options import Output, settings_of, store_flags

if TYPE_CHECKING:
    from detector.findings import Feedback
    from detector.saying import Wish
    from detector.settings import Settings
    from detector.store.port import Notes, Reader

ForOption = Annotated[
    str | None, typer.Option("--for", metavar="DURATION", help="How long: 1h, 7d.", show_default="for ever")
]
NoteOption = Annotated[str, typer.Option("--note", metavar="TEXT", help="Why.", show_default=False)]
AuthorOption = Annotated[
    str | None, typer.Option("--author", metavar="NAME", help="Who says so.", show_default="the user of this shell")
]


@contextmanager
def reading(config: Path | None, store: str | None) -> Iterator[tuple[Reader, int]]:
    """The store, and now by the time of its logs."""
    from detector.cli.findings import opened
    from detector.saying import moment

    with opened(settings_of(config, os.environ, **store_flags(store))) as reader:
        yield reader, moment(reader, now())


@contextmanager
def writing(settings: Settings) -> Iterator[tuple[Reader, Notes]]:
    """The store, and a pen that writes into it, also beside a service."""
    from detector.cli.findings import opened
    from detector.wiring import open_notes

    with opened(settings) as reader, closing(open_notes(settings)) as notes:
        yield reader, notes


def speak(wish: Wish, length: str | None, config: Path | None, store: str | None) -> Feedback:
    """Write a wish down for as long as was said, also beside a service, and print what is kept."""
    from dataclasses import replace

    from detector.access.acts import Deed
    from detector.api.times import expiry
    from detector.cli.acts import note
    from detector.saying import about, moment, say

    with writing(settings_of(config, os.environ, **store_flags(store))) as (reader, notes):
        at = moment(reader, now())
        said = say(reader, notes.say, replace(wish, until=expiry(None, length, at)), at)
        note(notes, Deed.FEEDBACK_GIVEN, said.id, namespace=said.namespace, detail=about(said))
        tell([said], reader, at)
    return said


def unsay(feedback_id: str, config: Path | None, store: str | None) -> None:
    """Take a word back, and print it."""
    from detector.access.acts import Deed
    from detector.cli.acts import note
    from detector.saying import about, moment, take_back

    with writing(settings_of(config, os.environ, **store_flags(store))) as (reader, notes):
        at = moment(reader, now())
        said = take_back(reader, notes.say, feedback_id, at)
        note(notes, Deed.FEEDBACK_WITHDRAWN, said.id, namespace=said.namespace, detail=about(said))
        tell([said], reader, at)


def tell(words: list[Feedback], reader: Reader, moment: int, output: Output = Output.TABLE) -> None:
    """Print words of feedback, in the order given."""
    from detector.api.feedback_shapes import FeedbackOut
    from detector.cli.output import write_rows
    from detector.cli.tables import FEEDBACK_COLUMNS, feedback_table
    from detector.saying import subjects

    subject = subjects(reader)
    rows = (FeedbackOut.of(one, subject(one), moment).model_dump(mode="json") for one in words)
    write_rows(rows, output, FEEDBACK_COLUMNS, feedback_table)


def named(given: str | None) -> str:
    """Who speaks: as named, or as the shell knows them."""
    if given is not None:
        return given
    try:
        return (os.environ.get("USER") or getpass.getuser())[:100]
    except (KeyError, OSError):  # a user id without a name, as containers may have it
        return ""
