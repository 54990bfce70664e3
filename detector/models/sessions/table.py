"""Sessions as the detectors see them: one row a session, one column a template.

What a session doesn't log may still come: at the end of a log, and whenever sessions are judged while they run. Whether
there was time enough is learned from how long after its start a session last logs each template, as a clinical trial
does with those who were not watched to the end (Kaplan and Meier, Nonparametric Estimation from Incomplete
Observations, JASA 1958). Where there wasn't, that it is missing or comes seldom is no evidence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.models.sessions.shape import Sessions

_WAIT = 0.99
"""Of the sessions that log a template: so many have logged it for the last time."""


@dataclass(frozen=True, slots=True)
class SessionTable:
    """Of `n` sessions and `m` templates."""

    templates: tuple[str, ...]
    """Ids: those that were fitted, then new ones."""
    counts: NDArray[np.int64]
    """Shape (n, m)."""
    first: NDArray[np.int64]
    """When each session first logged each template, `NEVER` where it didn't, shape (n, m)."""
    is_open: NDArray[np.bool_]
    """Whether more of it may still come, shape (n, m)."""

    def __len__(self) -> int:
        return len(self.counts)


def waits(sessions: Sessions) -> NDArray[np.int64]:
    """How long after its start a session has logged each template for the last time, shape (m,)."""
    since = sessions.time - np.repeat(sessions.starts(), np.diff(sessions.bounds))
    last = np.full((len(sessions), len(sessions.templates)), -1)
    np.maximum.at(last, (sessions.rows(), sessions.template), since)
    return np.array([np.quantile(one[one >= 0], _WAIT) if (one >= 0).any() else 0 for one in last.T], np.int64)


def table(sessions: Sessions, wait: NDArray[np.int64]) -> SessionTable:
    """The sessions, over the fitted templates, with how long to wait for each of those, shape (fitted templates,)."""
    counts = sessions.counts()
    ends = np.zeros(counts.shape, np.int64)
    ends[:, : len(wait)] = sessions.starts()[:, None] + wait
    return SessionTable(sessions.templates, counts, sessions.first(), ends > sessions.until)
