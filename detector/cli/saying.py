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
    from detector.store.port import Reader

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


def speak(wish: Wish, length: str | None, config: Path | None, store: str | None) -> Feedback:
    """Write a wish down for as long as was said, also beside a service, and print what is kept."""
    from dataclasses import replace

    from detector.access.acts import Deed
    from detector.api.times import expiry
    from detector.cli.acts import note
    from detector.saying import about, say
    from detector.wiring import open_notes

    with reading(config, store) as (reader, moment):
        wish = replace(wish, until=expiry(None, length, moment))
        with closing(open_notes(settings_of(config, os.environ, **store_flags(store)))) as notes:
            said = say(reader, notes.say, wish, moment)
            note(notes, Deed.FEEDBACK_GIVEN, said.id, namespace=said.namespace, detail=about(said))
        tell([said], reader, moment)
    return said


def unsay(feedback_id: str, config: Path | None, store: str | None) -> None:
    """Take a word back, and print it."""
    from detector.access.acts import Deed
    from detector.cli.acts import note
    from detector.saying import about, take_back
    from detector.wiring import open_notes

    with (
        reading(config, store) as (reader, moment),
        closing(open_notes(settings_of(config, os.environ, **store_flags(store)))) as notes,
    ):
        said = take_back(reader, notes.say, feedback_id, moment)
        note(notes, Deed.FEEDBACK_WITHDRAWN, said.id, namespace=said.namespace, detail=about(said))
        tell([said], reader, moment)


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
