"""The model of a namespace: what is out of range, what is new and what the forest finds odd, joined into one rarity.

Every detector's raw score becomes the chance of such a score in a healthy window, learned from blocks of the training
span that the detector was not fitted on (cross-fitting in order of time). The smallest chance, times the number of
detectors, is the chance of the whole (Bonferroni).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.models.forest import Forest, features
from detector.models.novelty import Novelty
from detector.models.series import series_of
from detector.models.silence import BASELINE, Shortfall, Silence
from detector.models.surprise import SCALES, CountSurprise, Surprise, Tails
from detector.rarity import Tail, combine, to_score
from detector.vectors import Column, CountMatrix, align

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CONTEXT = max(SCALES) + BASELINE
"""Windows before the first scored one that the sums over several windows need."""
_LEAST_WINDOWS = 12
"""Windows below which there is nothing to fit and hold out."""
_BLOCKS = 4
_LEAST_SURPRISE_SCALE = 1.0 / np.log(10.0)
"""A surprise is -log10 of a chance: if the model were right, one unit would be ten times rarer, never more."""
_LEAST_FOREST_SCALE = 0.015


@dataclass(frozen=True, slots=True)
class Verdict:
    """Scores of windows in order, and what they rest on."""

    score: Floats
    """0 to 100, shape (n,)."""
    by_detector: dict[str, Floats]
    """On the same scale, each of shape (n,)."""
    surprise: Surprise
    silence: Shortfall
    foreign: CountMatrix
    """Templates that the model doesn't know."""
    newcomers: Floats
    """Chance of each of them in each window, shape (n, f)."""


@dataclass(frozen=True, slots=True)
class NamespaceModel:
    """What is normal in one namespace."""

    span: int
    surprise: CountSurprise
    silence: Silence
    novelty: Novelty
    forest: Forest
    tails: dict[str, Tail]
    """By detector."""
    usual_mix: Floats

    @property
    def columns(self) -> tuple[Column, ...]:
        """The templates that it knows."""
        return self.surprise.columns

    @classmethod
    def fit(cls, history: CountMatrix, *, trees: int, seed: int) -> NamespaceModel:
        """Learn from at least a dozen windows; the same history, trees and seed give the same model.

        Raises `ValueError` where there is no template at all.
        """
        if not history.columns or len(history) < _LEAST_WINDOWS:
            raise ValueError(
                f"A model needs {_LEAST_WINDOWS} windows and a template: {history.counts.shape} are given."
            )
        counts, columns = history.counts, history.columns
        held_out = held_out_tails(columns, counts)
        surprise = CountSurprise.fit(columns, counts).rescaled(held_out)
        healthy = _cross_scaled(surprise, held_out)
        silence = Silence.fit(counts.sum(axis=1))
        vectors = features(healthy, counts, _mix(counts), _is_error(columns))
        tails = {
            "more": Tail.fit(_strongest(healthy.more), _LEAST_SURPRISE_SCALE),
            "fewer": Tail.fit(_strongest(healthy.fewer), _LEAST_SURPRISE_SCALE),
            "silence": Tail.fit(_strongest(silence.healthy(counts.sum(axis=1))), _LEAST_SURPRISE_SCALE),
            "forest": Tail.fit(_cross_scores(vectors, trees, seed), _LEAST_FOREST_SCALE),
        }
        forest = Forest.fit(vectors, trees, seed)
        return cls(history.span, surprise, silence, Novelty.fit(columns, counts), forest, tails, _mix(counts))

    def score(self, matrix: CountMatrix, skip: int = 0) -> Verdict:
        """Score windows in order; the first `skip` of them only give context and are left out of the result."""
        known, foreign = align(matrix, self.columns)
        strangers = tuple(matrix.columns[index] for index in foreign)
        unknown = matrix.counts[:, foreign]
        surprise = self.surprise.score(known, unknown, tuple(column.workload for column in strangers))
        surprise = surprise.rows(skip)
        newcomers = self.novelty.probability(strangers, unknown)[skip:]
        known, unknown = known[skip:], unknown[skip:]
        silence = self.silence.score(matrix.counts.sum(axis=1)).rows(skip)
        raw = {"more": _strongest(surprise.more), "fewer": _strongest(surprise.fewer)}
        raw["silence"] = _strongest(silence.fewer)
        raw["forest"] = self.forest.score(features(surprise, known, self.usual_mix, _is_error(self.columns)))
        chances = {name: self.tails[name].probability(values) for name, values in raw.items()}
        chances["new"] = newcomers.min(axis=1, initial=1.0)
        return Verdict(
            to_score(combine(list(chances.values())), self.span),
            {name: to_score(chance, self.span) for name, chance in chances.items()},
            surprise,
            silence,
            CountMatrix(matrix.window(skip), matrix.span, strangers, unknown),
            newcomers,
        )


def _blocks(n: int) -> list[tuple[int, int]]:
    edges = np.linspace(0, n, _BLOCKS + 1).astype(int)
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def held_out_tails(columns: tuple[Column, ...], counts: Ints) -> Tails:
    """Tails of every window by a model of the other blocks of time, unscaled, shape (n, series, scales)."""
    series = {one: index for index, one in enumerate(series_of(columns))}
    shape = (len(counts), len(series), len(SCALES))
    result = Tails(np.zeros(shape), np.zeros(shape))
    for begin, end in _blocks(len(counts)):
        others = np.vstack([counts[:begin], counts[end:]])
        seen = others.sum(axis=0) > 0
        kept = tuple(column for column, was_seen in zip(columns, seen, strict=True) if was_seen)
        strangers = tuple(column.workload for column, was_seen in zip(columns, seen, strict=True) if not was_seen)
        lead = max(0, begin - CONTEXT)
        model = CountSurprise.fit(kept, others[:, seen])
        block = model.score(counts[lead:end][:, seen], counts[lead:end][:, ~seen], strangers).rows(begin - lead)
        at = [series[one] for one in series_of(kept)]
        result.more[begin:end, at], result.fewer[begin:end, at] = block.more, block.fewer
    return result


def _cross_scaled(surprise: CountSurprise, held_out: Tails) -> Tails:
    """Held-out tails on the scale that the other blocks give: a series' own worst window must not excuse itself."""
    result = Tails(np.empty_like(held_out.more), np.empty_like(held_out.fewer))
    for begin, end in _blocks(len(held_out.more)):
        others = Tails(*(np.delete(tails, slice(begin, end), axis=0) for tails in (held_out.more, held_out.fewer)))
        block = surprise.rescaled(others).scaled(Tails(held_out.more[begin:end], held_out.fewer[begin:end]))
        result.more[begin:end], result.fewer[begin:end] = block.more, block.fewer
    return result


def _cross_scores(vectors: Floats, trees: int, seed: int) -> Floats:
    scores = []
    for begin, end in _blocks(len(vectors)):
        others = np.vstack([vectors[:begin], vectors[end:]])
        scores.append(Forest.fit(others, trees, seed).score(vectors[begin:end]))
    return np.concatenate(scores)


def _strongest(tails: Floats) -> Floats:
    """The most surprising of all series and scales of each window, shape (n,)."""
    return np.asarray(tails.max(axis=tuple(range(1, tails.ndim)), initial=0.0), np.float64)


def _mix(counts: Ints) -> Floats:
    total = counts.sum(axis=0)
    return np.asarray(total / max(int(total.sum()), 1), np.float64)


def _is_error(columns: tuple[Column, ...]) -> NDArray[np.bool_]:
    return np.array([column.level in ("error", "critical") for column in columns], np.bool_)
