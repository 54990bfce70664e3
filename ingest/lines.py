"""What holds for a line from whatever source: how much of it is text, and when it was logged."""

from __future__ import annotations

import re

from ingest.accounting import Remark, Tally
from ingest.timestamps import event_time

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]")


def clean(message: str, tally: Tally) -> str | None:
    """The message without NULs, the same object where it is clean; None where it is no text."""
    controls = len(_CONTROL.findall(message))
    if not controls:
        return message
    if controls * 2 > len(message):
        return None
    if "\0" in message:
        tally.remarks[Remark.UNDECODABLE] += 1
        return message.replace("\0", "\ufffd")
    return message


def settle(message: str, runtime: int, inner: int | None, tolerance: int, tally: Tally) -> int:
    """The time inside the line where it is close to the runtime's, else the runtime's; microseconds UTC.

    `inner` is the time that a document's own field told, where one did.
    """
    inner = event_time(message) if inner is None else inner
    if inner is None or inner == runtime:
        return runtime
    if -tolerance <= inner - runtime <= tolerance:
        return inner
    tally.remarks[Remark.WRONG_CLOCK] += 1
    return runtime
