"""From a raw score to how seldom it comes by chance, and from there to a score that people read.

A detector's raw scores are compared with those that it gave to windows it was not fitted on (held-out blocks of the
training span). Beyond what was seen there the tail is continued as an exponential: the peaks-over-threshold method
with a shape of nought, as in Siffer et al., Anomaly Detection in Streams with Extreme Value Theory, KDD 2017, held on
the careful side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DAY = 86_400_000_000
"""Microseconds."""

_PEAKS = 0.10
"""Share of the held-out scores that count as the tail: enough of them in an hour of minutes, few enough to be a tail.
"""
_ENOUGH = 1_440
"""Windows of history from which the tail is taken at its word: an hour doesn't know what a day brings."""
_STILL = 0.25
"""Share of an episode's highest excess down to which a window belongs to it."""
_LONGEST = 0.05
"""Share of all windows that an episode may last: what lasts longer is how the namespace is."""
_SLACK = 0.1
"""Part of the scale that a raw score is taken to be lower."""

_RETURN_DAYS = (0.0, np.log10(30.0), np.log10(365.0), np.log10(36_500.0))
_SCORES = (0.0, 25.0, 50.0, 75.0, 100.0)
"""Any window at all is 0, one that comes once a day 25, once in 30 days 50, once a year 75, in a hundred years 100."""


@dataclass(frozen=True, slots=True)
class Tail:
    """The distribution of a raw score where nothing is wrong; higher raw scores are rarer."""

    seen: Floats
    """Held-out scores, ascending, shape (n,)."""
    threshold: float
    """Where the exponential tail begins."""
    weight: float
    """Share of windows above the threshold."""
    scale: float
    """Mean excess above it, in units of the raw score."""
    doubt: float = 1.0
    """By how much all chances are raised for want of history, 1 or more."""

    @classmethod
    def fit(cls, held_out: Floats, least_scale: float, doubtful: int = 0) -> Tail:
        """Learn the tail from scores of windows that the detector was not fitted on, in order of time, shape (n,).

        `least_scale` bounds the scale from below: a short history looks lighter-tailed than it is. The `doubtful` worst
        episodes may be faults, and are left out.
        """
        raw = np.asarray(held_out, np.float64)
        if not len(raw):
            return cls(raw, 0.0, 1.0, max(least_scale, 1.0))
        threshold = float(np.quantile(raw, 1 - _PEAKS))
        seen = np.sort(raw[~_worst_episodes(raw, threshold, doubtful)])
        excess = seen[seen > threshold] - threshold
        # A prior of two peaks of the least scale keeps few data from promising too much.
        scale = max(least_scale, float((excess.sum() + 2 * least_scale) / (len(excess) + 2)))
        weight = (len(excess) + 1.0) / (len(seen) + 1.0)
        return cls(seen, threshold, weight, scale, max(1.0, float(np.sqrt(_ENOUGH / len(raw)))))

    def probability(self, raw: Floats) -> Floats:
        """Chance of a raw score this high or higher in a healthy window, shape (n,)."""
        # Models that differ in the last digits must not make a wonder of a window like all others.
        raw = np.asarray(raw, np.float64) - _SLACK * self.scale
        above = len(self.seen) - np.searchsorted(self.seen, raw, side="left")
        body = (above + 1.0) / (len(self.seen) + 1.0)
        beyond = self.doubt * self.weight * np.exp(-np.maximum(raw - self.threshold, 0.0) / self.scale)
        return np.asarray(np.where(raw > self.threshold, np.minimum(beyond, body), body), np.float64)


@dataclass(frozen=True, slots=True)
class Tails:
    """The tails of several detectors, all asked at once: of a single window the asking costs more than the answer."""

    names: tuple[str, ...]
    seen: tuple[Floats, ...]
    numbers: Floats
    """Threshold, weight, scale, doubt, slack and number of held-out scores of each, shape (6, detectors, 1)."""

    @classmethod
    def of(cls, tails: Mapping[str, Tail]) -> Tails:
        """Of these, by detector."""
        numbers = [
            (one.threshold, one.weight, one.scale, one.doubt, _SLACK * one.scale, float(len(one.seen)))
            for one in tails.values()
        ]
        together = np.array(numbers, np.float64).reshape(len(tails), 6).T[:, :, None]
        return cls(tuple(tails), tuple(one.seen for one in tails.values()), np.ascontiguousarray(together))

    def probability(self, raw: Mapping[str, Floats]) -> dict[str, Floats]:
        """As `Tail.probability` has it of each detector, each of shape (n,); in the order of `raw`."""
        threshold, weight, scale, doubt, slack, many = self.numbers
        values = np.array([raw[name] for name in self.names]) - slack
        below = np.array([one.searchsorted(own) for one, own in zip(self.seen, values, strict=True)])
        body = (many - below + 1.0) / (many + 1.0)
        excess = values - threshold
        beyond = doubt * weight * np.exp(-np.maximum(excess, 0.0) / scale)
        chance = np.where(values > threshold, np.minimum(beyond, body), body)
        by_name = dict(zip(self.names, chance, strict=True))
        return {name: by_name[name] for name in raw}


def _worst_episodes(raw: Floats, threshold: float, count: int) -> NDArray[np.bool_]:
    """Which windows belong to the worst few episodes: around each highest score, all that is not back to a quarter.

    In episodes and not in windows: a fault lasts, and lasts on in sums over several windows, whereas what happens again
    and again for a minute is how this namespace is.
    """
    doubtful = np.zeros(len(raw), np.bool_)
    for _ in range(count):
        left = np.where(doubtful, -np.inf, raw)
        worst = int(left.argmax())
        if left[worst] <= threshold:
            break
        low = left < threshold + _STILL * (raw[worst] - threshold)
        before, after = np.flatnonzero(low[:worst]), np.flatnonzero(low[worst:])
        begin = int(before[-1]) + 1 if len(before) else 0
        end = worst + int(after[0]) if len(after) else len(raw)
        if end - begin > _LONGEST * len(raw):
            break
        doubtful[begin:end] = True
    return doubtful


def to_score(probability: Floats, span: int) -> Floats:
    """0 to 100 for chances per window of `span` microseconds (less than a day), by how seldom such a window comes."""
    days = np.log10(span / DAY) - np.log10(np.maximum(probability, 1e-300))
    return np.asarray(np.interp(days, (np.log10(span / DAY), *_RETURN_DAYS), _SCORES), np.float64)


def to_probability(score: Floats, span: int) -> Floats:
    """The chances per window of `span` microseconds that `to_score` makes these scores of; of 0 any chance, so 1."""
    shortest = np.log10(span / DAY)
    days = np.interp(score, _SCORES, (shortest, *_RETURN_DAYS))
    return np.asarray(10.0 ** (shortest - days), np.float64)


def score_of_budget(budget: float, span: int) -> float:
    """The score that windows of `span` microseconds reach `budget` times a day by chance."""
    return float(to_score(np.array([budget * span / DAY]), span)[0])


def combine(probabilities: list[Floats]) -> Floats:
    """The chance that any of several detectors shows one this small.

    Bonferroni's bound: it holds whatever their dependence.
    """
    return np.asarray(np.minimum(1.0, len(probabilities) * np.minimum.reduce(probabilities)), np.float64)
