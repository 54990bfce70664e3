"""How a namespace stands: since when it logs, how much, and when it did last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from detector.findings import ModelCard, NamespaceStatus
from detector.history import lines_of
from detector.schedule import Schedule
from detector.vectors import WindowCounts


@dataclass(slots=True)
class Standing:
    """Of one namespace; all times are microseconds UTC."""

    namespace: str
    schedule: Schedule
    first: int | None = None
    """Start of the first window with a line."""
    last_line: int = 0
    """Start of the newest window with a line; 0 where that isn't known."""
    lines: int = 0
    until: int = 0
    """All windows before this are closed."""
    score: float = 0.0
    """Of the newest window."""

    def restore(self, status: NamespaceStatus, until: int) -> None:
        """Go on from where an earlier run was at `until`."""
        self.first, self.last_line, self.lines = status.first_window, status.last_line, status.lines
        self.until, self.score = until, status.last_score

    def saw(self, windows: Iterable[WindowCounts]) -> None:
        """Take note of windows with lines."""
        for window in windows:
            self.first = window.window if self.first is None else min(self.first, window.window)
            self.last_line = max(self.last_line, window.window)
            self.lines += lines_of([window])

    def saw_late(self, windows: Iterable[WindowCounts]) -> list[WindowCounts]:
        """Take note of lines that came late; returned is what isn't older than all that is known."""
        kept = []
        for window in windows:
            self.first = window.window if self.first is None else self.first
            self.last_line = max(self.last_line, window.window)
            self.lines += lines_of([window])
            kept += [window] if window.window >= self.first else []
        return kept

    def recounted(self, before: Sequence[WindowCounts], after: Sequence[WindowCounts], closed_until: int) -> None:
        """Take note that windows hold `after` instead of `before`."""
        self.lines -= lines_of(before)
        self.saw(after)
        self.until = self.until or closed_until

    def status(
        self, card: ModelCard | None, not_before: int, templates: int, unwell: tuple[str, ...]
    ) -> NamespaceStatus:
        """As it is now; without a model none is made `not_before` then."""
        return self._status(self.until, card, not_before, templates, unwell)

    def status_to_keep(
        self, card: ModelCard | None, not_before: int, templates: int, unwell: tuple[str, ...]
    ) -> NamespaceStatus:
        """Likewise, but once it is retired, as it was until then: so it is the same ever after."""
        alive_until = (self.last_line or self.until) + self.schedule.alive
        return self._status(min(self.until, alive_until), card, not_before, templates, unwell)

    def _status(
        self, until: int, card: ModelCard | None, not_before: int, templates: int, unwell: tuple[str, ...]
    ) -> NamespaceStatus:
        span = self.schedule.span
        first = self.first if self.first is not None else self.until
        return NamespaceStatus(
            namespace=self.namespace,
            first_window=first,
            last_window=until - span,
            windows=max(0, (until - first) // span),
            lines=self.lines,
            templates=templates,
            learning_until=None if card else max(first + self.schedule.learn, not_before, until + span),
            model=card,
            last_score=self.score,
            last_line=self.last_line,
            unwell=unwell,
        )
