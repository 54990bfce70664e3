"""The audit log, as commands write it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from detector.cli.clock import now

if TYPE_CHECKING:
    from detector.access.acts import Deed
    from detector.access.records import Act
    from detector.settings import Settings
    from detector.store.port import Notes


def note(notes: Notes, deed: Deed, subject: str, *, namespace: str = "", detail: str = "") -> None:
    """Write down what the user of this shell did; where that fails it is said, and what was done is done."""
    with _said_where_it_fails():
        notes.say(done(deed, subject, namespace=namespace, detail=detail))


def note_in(settings: Settings, deed: Deed, subject: str, *, detail: str = "") -> None:
    """Likewise in the store that the settings name, which nobody has opened."""
    from detector.wiring import open_notes

    with _said_where_it_fails(), closing(open_notes(settings)) as notes:
        notes.say(done(deed, subject, detail=detail))


def done(deed: Deed, subject: str, *, namespace: str = "", detail: str = "") -> Act:
    """What the user of this shell does now."""
    from detector.access.acts import act, by_command
    from detector.cli.saying import named

    return act(by_command(named(None)), deed, subject, now(), namespace=namespace, detail=detail)


@contextmanager
def _said_where_it_fails() -> Iterator[None]:
    from detector.errors import DrainwatchError

    try:
        yield
    except DrainwatchError as error:
        print(f"It could not be written into the audit log: {error}", file=sys.stderr)
