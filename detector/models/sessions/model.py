"""The model of sessions: all detectors, and the chance from which on a session is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from detector.models.sessions import cut
from detector.models.sessions.amounts import SessionAmounts
from detector.models.sessions.company import SessionCompany
from detector.models.sessions.order import SessionOrder
from detector.models.sessions.presence import SessionPresence
from detector.models.sessions.rules import SessionRules
from detector.models.sessions.shape import Sessions
from detector.models.sessions.table import SessionTable, table, waits
from detector.models.sessions.trait import Floats, SessionDetector, Trait
from detector.models.sessions.usual import SessionUsual

DETECTORS: tuple[type[SessionDetector], ...] = (
    SessionPresence,
    SessionUsual,
    SessionAmounts,
    SessionRules,
    SessionCompany,
    SessionOrder,
)
"""The register: a new detector is one line here."""
_AT_ONCE = 20_000
"""Sessions that are scored together: it bounds memory."""
_FOLDS = 5
_LEAST = 100
"""Sessions from which on some are left out to see how the others would judge them."""


@dataclass(frozen=True, slots=True)
class SessionModel:
    """Fitted on sessions; a value, never changed by scoring."""

    templates: tuple[str, ...]
    """Ids of those that were fitted."""
    wait: NDArray[np.int64]
    """How long after its start a session logs each of them for the last time, in the unit of times, shape (m,)."""
    detectors: tuple[SessionDetector, ...]
    lines: Floats
    """For each detector the chance below which a session is told, shape (detectors,)."""
    cut: float
    """The same for the chances that `score` gives."""

    @classmethod
    def fit(cls, sessions: Sessions, seed: int, *, normal: bool = False) -> Self:
        """Learn from sessions, anomalies among them; `normal` promises that there are none.

        No rate of anomalies is assumed, and no label is seen.
        """
        sessions = sessions.over(())
        seen = sessions.templates
        wait = waits(sessions)
        fitted = table(sessions, wait)
        detectors = tuple(detector.fit(fitted, seed=seed) for detector in DETECTORS)
        unseen = _held_out(sessions, seed)
        if normal:
            line = cut.of_normal(len(sessions), unseen.min(axis=0))
            return cls(seen, wait, detectors, np.full(len(detectors), line), line)
        lines = [
            cut.of_mix(one.score(fitted), held_out, one.has_kinds)
            for one, held_out in zip(detectors, unseen, strict=True)
        ]
        return cls(seen, wait, detectors, np.array(lines), cut.strict_of(len(sessions)))

    def score(self, sessions: Sessions) -> Floats:
        """The chance of a normal session to be as odd, shape (n,), above 0 up to 1.

        It is the chance of the session's rarest trait, scaled by a power where the detector has a line of its own: what
        lies on one detector's line is no likelier to be normal than what lies on another's.
        """
        parts = []
        for start in range(0, len(sessions), _AT_ONCE):
            part = self._table(sessions, np.arange(start, min(start + _AT_ONCE, len(sessions))))
            parts.append(np.minimum.reduce([detector.score(part) ** power for detector, power in self._weighed()]))
        return np.concatenate(parts) if parts else np.empty(0)

    def is_told(self, chances: Floats) -> NDArray[np.bool_]:
        """Which of the sessions with these chances a person should be told of, shape (n,)."""
        return np.asarray(chances < self.cut)

    def explain(self, sessions: Sessions, row: int) -> list[Trait]:
        """What one session stands out by, the weightiest first, a template only once."""
        one = self._table(sessions, np.array([row]))
        weighed = [
            (trait.chance**power, trait) for detector, power in self._weighed() for trait in detector.explain(one)
        ]
        kept: dict[str, Trait] = {}
        for _, trait in sorted(weighed, key=lambda pair: pair[0]):
            kept.setdefault(trait.template, trait)
        return list(kept.values())

    def _table(self, sessions: Sessions, rows: NDArray[np.intp]) -> SessionTable:
        return table(sessions.take(rows).over(self.templates), self.wait)

    def _weighed(self) -> list[tuple[SessionDetector, float]]:
        """The detectors, and the power by which each one's line comes to lie on the model's."""
        powers = np.log(self.cut) / np.log(self.lines)
        return list(zip(self.detectors, powers.tolist(), strict=True))


def _held_out(sessions: Sessions, seed: int) -> Floats:
    """For each detector the chances of sessions, in any order, when it was fitted on others: shape (detectors, n).

    Few sessions are judged by what was fitted on them all.
    """
    if len(sessions) < _LEAST:
        return _judged(sessions, sessions, seed)
    fold = np.random.default_rng(seed).permutation(len(sessions)) % _FOLDS
    return np.concatenate(
        [
            _judged(sessions.take(np.flatnonzero(fold != one)), sessions.take(np.flatnonzero(fold == one)), seed)
            for one in range(_FOLDS)
        ],
        axis=1,
    )


def _judged(fitted: Sessions, others: Sessions, seed: int) -> Floats:
    fitted = fitted.over(())
    wait = waits(fitted)
    known, judged = table(fitted, wait), table(others.over(fitted.templates), wait)
    return np.array([one.fit(known, seed=seed).score(judged) for one in DETECTORS])
