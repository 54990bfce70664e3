"""Times as Filebeat writes them, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

_LENGTH = len("2026-03-02T12:00:01.234Z")
_SIGNS = {4: "-", 7: "-", 10: "T", 13: ":", 16: ":", 19: ".", 23: "Z"}
_DIGITS = [place for place in range(_LENGTH) if place not in _SIGNS]
_EPOCH = date(1970, 1, 1).toordinal()


def times_of(texts: Sequence[str]) -> list[int] | None:
    """Microseconds UTC of texts like `2026-03-02T12:00:01.234Z`; None where one is of another form.

    >>> times_of(["1970-01-02T00:00:00.001Z"])
    [86400001000]
    """
    joined = "".join(texts)
    if len(joined) != _LENGTH * len(texts) or not joined.isascii():
        return None
    signs = np.frombuffer(joined.encode(), np.uint8).reshape(-1, _LENGTH)
    if any((signs[:, place] != ord(sign)).any() for place, sign in _SIGNS.items()):
        return None
    if len(signs) and (signs[:, _DIGITS] - ord("0")).max() > 9:  # what is below "0" wraps around
        return None
    values = signs.astype(np.int64) - ord("0")

    def number(begin: int, end: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        found = values[:, begin]
        for place in range(begin + 1, end):
            found = found * 10 + values[:, place]
        return found

    days, which = np.unique(number(0, 4) * 10_000 + number(5, 7) * 100 + number(8, 10), return_inverse=True)
    hours, minutes, seconds = number(11, 13), number(14, 16), number(17, 19)
    if len(signs) and (hours.max() > 23 or minutes.max() > 59 or seconds.max() > 59):
        return None
    try:
        since = [date(day // 10_000, day // 100 % 100, day % 100).toordinal() - _EPOCH for day in days.tolist()]
    except ValueError:
        return None
    whole = np.array(since, np.int64)[which] * 86_400 + hours * 3_600 + minutes * 60 + seconds
    times: list[int] = (whole * 1_000_000 + number(20, 23) * 1_000).tolist()
    return times
