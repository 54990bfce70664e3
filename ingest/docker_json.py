r"""Lines of Docker's json-file driver: `{"log":"text\n","stream":"stdout","time":"<RFC3339Nano>"}`.

Docker cuts what is longer than 16 KiB; a piece that goes on in the next line lacks the newline at its end.
"""

from __future__ import annotations

import msgspec

from ingest.cri import Framed
from ingest.timestamps import rfc3339


class _Line(msgspec.Struct):
    log: str
    time: str
    stream: str = ""


_decoder = msgspec.json.Decoder(_Line)


def frame(line: str) -> Framed | None:
    """A line out of its frame, or None where it is none of Docker's."""
    try:
        found = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    time = rfc3339(found.time)
    if time is None:
        return None
    text = found.log
    if text[-1:] == "\n":
        return time, found.stream, False, text[:-1]
    return time, found.stream, True, text
