"""Lines as the application wrote them: their time is the one that they tell, else that of the line before."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ingest.timestamps import EARLIEST, event_time


class PlainTimes:
    """The times of the lines of one plain file."""

    def __init__(self, zone: ZoneInfo | None) -> None:
        self._zone = zone
        self.last: int | None = None
        """The newest line's own time, microseconds UTC."""

    def stamp(self, text: str, now: int, appended: bool, latest: int) -> int | None:
        """The time of a line: its own; else that of the line before it in the file; else None.

        A file whose lines tell no time is read at the reading clock `now` where the line was `appended` while the file
        was followed. A time of its own that can't be (before 2000, after `latest`) is returned, but not passed on.
        """
        own = event_time(text, self._zone)
        if own is not None:
            if EARLIEST <= own <= latest:
                self.last = own
            return own
        if self.last is not None:
            return self.last
        return now if appended else None
