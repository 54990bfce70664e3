"""How many documents each window held when it was read, so that late ones are noticed.

It travels in the checkpoint, for the windows that are still watched. Times are microseconds UTC.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class _Written(msgspec.Struct, omit_defaults=True):
    span: int = 0
    since: int = 0
    known: int = 0
    looked: int = 0
    pending: int | None = None
    windows: list[tuple[int, int]] = []


class Memory:
    """Counts of documents by the start of their window. `begin` is where reading begins."""

    def __init__(self, span: int, begin: int) -> None:
        self._span = span
        self.counts: dict[int, int] = {}
        self.since = begin
        """The first time that was ever read."""
        self.known = begin
        """From this window on, those without a count held nothing."""
        self.fresh = True
        """Whether no earlier run remembered anything."""
        self.pending: int | None = None
        """Lines of records that the earlier run hadn't handed over when it stopped; None where it didn't say."""
        self.looked: int | None = None
        """Documents that Elasticsearch took in before this time were looked for."""
        self._before: dict[int, int] = {}
        """What the windows held at the last look that held more than was read."""

    @classmethod
    def of(cls, identity: str, span: int, begin: int) -> Memory:
        """What an earlier run remembered; nothing where that isn't readable or of windows of another length."""
        memory = cls(span, begin)
        try:
            written = msgspec.json.decode(identity, type=_Written)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return memory
        memory.since, memory.looked = written.since or begin, written.looked or None
        if written.span == span:
            memory.counts, memory.known = dict(written.windows), written.known
            memory.fresh, memory.pending = False, written.pending
        return memory

    def identity(self, horizon: int, pending: int) -> str:
        """For a checkpoint: the windows from the horizon on, and how many lines are held back just now."""
        windows = sorted((window, count) for window, count in self.counts.items() if window >= horizon)
        written = _Written(self._span, self.since, max(self.known, horizon), self.looked or 0, pending, windows)
        return msgspec.json.encode(written).decode()

    def add(self, counts: Mapping[int, int]) -> None:
        """So many more documents of these windows were read."""
        for window, count in counts.items():
            self.counts[window] = self.counts.get(window, 0) + count

    def grown(self, now: Mapping[int, int], horizon: int, *, wait: bool) -> list[int]:
        """The windows that hold more than was read, but for those that seem to go on growing.

        `now` is what they hold. With `wait` those that have grown since the last look are left for the next one, unless
        they are watched no longer then (before `horizon`).
        """
        more = {window: count for window, count in now.items() if count > self.counts.get(window, 0)}
        settled = [
            window
            for window, count in more.items()
            if not wait or window < horizon or self._before.get(window) == count
        ]
        self._before = more
        return sorted(settled)

    def revise(self, counts: Mapping[int, int]) -> int:
        """These windows were read again and held so many documents; returns how many more than before."""
        more = sum(max(0, count - self.counts.get(window, 0)) for window, count in counts.items())
        self.counts.update(counts)
        return more

    def forget(self, before: int) -> None:
        """Let go of the windows that start before this time."""
        self.counts = {window: count for window, count in self.counts.items() if window >= before}
        self.known = max(self.known, before)
