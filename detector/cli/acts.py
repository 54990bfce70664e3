"""The audit log, as commands write it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from detector.cli.clock import now

if TYPE_CHECKING:
    from detector.access.acts import Deed
    from detector.store.port import Notes


def note(notes: Notes, deed: Deed, subject: str, *, namespace: str = "", detail: str = "") -> None:
    """Write down what the user of this shell did; where that fails it is said, and what was done is done."""
    from detector.access.acts import act, by_command
    from detector.cli.saying import named
    from detector.errors import DrainwatchError

    try:
        notes.say(act(by_command(named(None)), deed, subject, now(), namespace=namespace, detail=detail))
    except DrainwatchError as error:
        print(f"It could not be written into the audit log: {error}", file=sys.stderr)
