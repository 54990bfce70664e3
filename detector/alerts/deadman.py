"""What is told of drainwatch itself: that no lines come, that it is behind, that its passes fail.

A signal is given only where the opposite was seen before: who reads an old file, or catches up with last week, has
nothing to complain of. What keeps the store from being written keeps this from being told, too: for that there is the
heartbeat, which stops then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from detector.alert import Alert, AlertKind
from detector.findings import Incident, finding_id
from detector.moments import moment

MINUTE = 60_000_000
_FAILING = 3 * MINUTE
"""For so long passes fail before somebody is told: a restart of a cluster takes less."""
_SCORES = {AlertKind.NO_LINES: 75.0, AlertKind.BEHIND: 50.0, AlertKind.FAILING: 75.0}
_OTHERS = 3
"""Partitions that are named."""


@dataclass(frozen=True, slots=True)
class Detection:
    """How detection is, as far as this process knows."""

    catching_up: bool = False
    """Whether what was there at the start is still being read."""
    error: str = ""
    """Why the last pass failed; empty where it didn't."""


@dataclass(frozen=True, slots=True)
class Condition:
    """All that is known of how things are, as of now."""

    lines: int = 0
    """That were ever read, by whichever worker."""
    newest: int = 0
    """Start of the newest window with a line, by the time of the logs (microseconds UTC)."""
    ends: Mapping[str, int | None] = field(default_factory=dict)
    """Up to where windows are closed, by scope of the store."""
    detection: Detection = Detection()


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on somebody is told; microseconds, 0 for never."""

    no_lines: int = 10 * MINUTE
    behind: int = 10 * MINUTE
    usual: int = 2 * MINUTE
    """How far the end of the closed windows is behind the clock where all is well."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong with drainwatch itself."""

    kind: AlertKind
    since: int
    summary: str


@dataclass(slots=True)
class _Scope:
    """One writer of the store."""

    current: bool = False
    """Whether it was seen to keep up with its lines."""
    lag: int = 0
    at: int = 0
    """When it was that far behind: if it isn't less a while later, it doesn't catch up."""
    behind_since: int | None = None
    told: bool = False
    """Whether an earlier run has told that it is behind."""


class DeadMan:
    """Remembers what was seen; `look` is called every few seconds, by one thread."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lines: int | None = None
        self._came: int | None = None
        """When lines were last seen to come, that were written just then."""
        self._scopes: dict[str, _Scope] = {}
        self._failing_since: int | None = None
        self._behind_since: int | None = None
        """As an earlier run has told."""

    def look(self, condition: Condition, now: int) -> list[Trouble]:
        """What is wrong by now."""
        found = (self._no_lines(condition, now), self._behind(condition, now), self._failing(condition, now))
        return [trouble for trouble in found if trouble is not None]

    def resume(self, alert: Alert) -> None:
        """What an earlier run told of: it lasts until the opposite is seen."""
        if alert.kind is AlertKind.NO_LINES and self._came is None:
            self._came = alert.start
        if alert.kind is AlertKind.FAILING and self._failing_since is None:
            self._failing_since = alert.start
        if alert.kind is AlertKind.BEHIND:
            self._behind_since = alert.start

    def slept(self, since: int, now: int) -> None:
        """Nobody looked from `since` on, as the machine slept, or the clock was set.

        What wasn't told by then may be mended within moments, and is waited for as from the start.
        """
        if self._came is not None and since - self._came < self._limits.no_lines:
            self._came = now
        if self._failing_since is not None and since - self._failing_since < _FAILING:
            self._failing_since = now
        for scope in self._scopes.values():
            if scope.behind_since is None:
                scope.current, scope.lag, scope.at = False, scope.lag + max(now - since, 0), now

    def _no_lines(self, condition: Condition, now: int) -> Trouble | None:
        limit, before = self._limits.no_lines, self._lines
        self._lines = condition.lines
        grown = before is not None and condition.lines > before
        if grown and now - condition.newest <= limit + self._limits.usual:
            self._came = now
        if not limit or self._came is None or now - self._came < limit:
            return None
        return Trouble(
            AlertKind.NO_LINES,
            self._came,
            f"No line has come since {_shown(self._came)}: whatever happens now isn't seen. "
            "See whether what ships the logs still runs.",
        )

    def _behind(self, condition: Condition, now: int) -> Trouble | None:
        limit = self._limits.behind
        ends = {name: end for name, end in condition.ends.items() if end is not None}
        since = self._behind_since
        self._behind_since = None if ends else since
        self._scopes = {
            name: self._scopes.get(name, _Scope(False, now - end, now, since, since is not None))
            for name, end in ends.items()
        }
        late = {}
        for name, end in ends.items():
            scope, lag = self._scopes[name], now - end - self._limits.usual
            if limit and _is_behind(scope, lag, limit, now, catching_up=condition.detection.catching_up):
                late[name] = end
        if not late:
            return None
        since = min(self._scopes[name].behind_since or now for name in late)
        names = sorted(name for name in late if name)
        where = f" ({', '.join(names[:_OTHERS])}{' and others' if len(names) > _OTHERS else ''})" if names else ""
        return Trouble(
            AlertKind.BEHIND,
            since,
            f"Windows are judged only up to {_shown(min(late.values()))}{where}: incidents are told late. "
            "See whether every worker runs, and whether they have enough processor time.",
        )

    def _failing(self, condition: Condition, now: int) -> Trouble | None:
        if not condition.detection.error:
            self._failing_since = None
            return None
        if self._failing_since is None:
            self._failing_since = now
        if now - self._failing_since < _FAILING:
            return None
        since = _shown(self._failing_since)
        return Trouble(
            AlertKind.FAILING, self._failing_since, f"Detection has failed since {since}. {condition.detection.error}"
        )


def _shown(time: int) -> str:
    return f"{moment(time):%Y-%m-%d %H:%M UTC}"


def _is_behind(scope: _Scope, lag: int, limit: int, now: int, *, catching_up: bool) -> bool:
    """Whether a writer that kept up doesn't any more, or one that catches up gets no nearer."""
    if lag <= limit:
        scope.current, scope.behind_since, scope.lag, scope.at, scope.told = True, None, lag, now, False
        return False
    scope.behind_since = scope.behind_since or now
    if scope.told or (scope.current and not catching_up):
        return True
    if now - scope.at < limit:
        return False
    if lag >= scope.lag:
        return True
    scope.lag, scope.at = lag, now
    return False


def as_alert(trouble: Trouble, now: int) -> Alert:
    """A new alert of it; `now` by the clock."""
    return Alert(
        id=finding_id("alert", trouble.kind, trouble.since),
        kind=trouble.kind,
        namespaces=(),
        incidents=(),
        start=trouble.since,
        end=now,
        score=_SCORES[trouble.kind],
        summary=trouble.summary,
        opened=now,
        changed=now,
    )


def kept(alert: Alert, trouble: Trouble | None, now: int) -> tuple[Alert, Incident]:
    """An alert as it is now, and what stands for it where it is decided: over without such a trouble."""
    stand_in = Incident(alert.id, "", alert.start, now, alert.score, (), 0, trouble is not None, alert.summary)
    return alert if trouble is not None else replace(alert, end=now), stand_in
