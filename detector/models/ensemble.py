"""The model of a namespace: what its detectors find odd, joined into one rarity.

Every detector's raw score becomes the chance of such a score in a healthy window, learned from blocks of the training
span that the detector was not fitted on (`held_out`). The smallest chance of all is held against how small it gets in
those same blocks, a rolling quantile with a tail: so the alert budget is kept whatever the detectors have in common.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detector.findings import Change
from detector.models.agreement import agree, support
from detector.models.blocks import blocks
from detector.models.circumstances import Circumstances
from detector.models.forest import Forest, features
from detector.models.held_out import HeldOut, hold_out, second, set_aside
from detector.models.novelty import Novelty
from detector.models.oddness import Oddness
from detector.models.reading import LEAD, PAST, Reading
from detector.models.relations import Related, Relations
from detector.models.season import Season
from detector.models.silence import Shortfall, Silence
from detector.models.surprise import CountSurprise, Pardons, Surprise, over_scales, windows_at_hand
from detector.rarity import DAY, Tail, Tails, combine, to_score
from detector.vectors import Column, CountMatrix, laid_out

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

METHOD = 2
"""The way of learning: raised when the same counts would make another model."""
CONTEXT = PAST + 1
"""Windows before the first scored one that the sums over several windows need."""
_LEAST_WINDOWS = 12
"""Windows below which there is nothing to fit and hold out."""
_LEAST_SURPRISE_SCALE = 1.0 / np.log(10.0)
"""A surprise is -log10 of a chance: if the model were right, one unit would be ten times rarer, never more."""
_LEAST_FOREST_SCALE = 0.015
_LEAST_ODDNESS_SCALE = 0.1
_FAULTS_A_DAY = 2.0
"""Episodes in what is learned that may be faults."""
_LEAST_CHANCE = 1e-300
_NO_PAST = np.zeros(0, np.int64)
_WHOLE = ("mixture", "forest")
"""Detectors that judge a window as a whole."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Scores of windows in order, and what they rest on."""

    score: Floats
    """0 to 100, shape (n,)."""
    by_detector: dict[str, Floats]
    """On the same scale, each of shape (n,)."""
    surprise: Surprise
    related: Related
    silence: Shortfall
    foreign: CountMatrix
    """Templates that the model doesn't know."""
    newcomers: Floats
    """Chance of each of them in each window, shape (n, f)."""
    vectors: Floats
    """What the forest is given, shape (n, features)."""


@dataclass(frozen=True, slots=True)
class NamespaceModel:
    """What is normal in one namespace."""

    span: int
    surprise: CountSurprise
    relations: Relations
    oddness: Oddness
    silence: Silence
    novelty: Novelty
    forest: Forest
    seasons: dict[str, Season]
    """By kind of evidence."""
    tails: dict[str, Tail]
    """By detector, and `any` of the smallest chance of all but new templates, as -log10."""
    usual_mix: Floats
    chances: Tails = field(init=False, repr=False, compare=False)
    """The tails of all detectors, beside each other."""

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "chances", Tails.of({name: tail for name, tail in self.tails.items() if name != "any"})
        )

    @property
    def columns(self) -> tuple[Column, ...]:
        """The templates that it knows."""
        return self.surprise.columns

    @classmethod
    def fit(cls, history: CountMatrix, *, trees: int, seed: int, begin: Ints | None = None) -> NamespaceModel:
        """Learn from at least a dozen windows; the same history, trees and seed give the same model.

        `begin` says when each window began, microseconds UTC, where they don't follow each other without gaps.
        Raises `ValueError` where there is no template at all.
        """
        if not history.columns or len(history) < _LEAST_WINDOWS:
            raise ValueError(
                f"A model needs {_LEAST_WINDOWS} windows and a template: {history.counts.shape} are given."
            )
        counts, columns = history.counts, history.columns
        held = hold_out(columns, counts)
        surprise = CountSurprise.fit(columns, counts)
        relations = Relations.fit(columns, counts, surprise.mean[: len(columns)], surprise.load(counts))
        begin = history.start + history.span * np.arange(len(history)) if begin is None else begin
        silence, oddness = Silence.fit(counts.sum(axis=1), begin), Oddness.fit(held.related.oddness, held.related.bent)
        surprise, relations = surprise.rescaled(held.surprise), relations.rescaled(held.related)
        second(held, surprise.layout)
        quiet = silence.score(counts.sum(axis=1), begin).fewer
        evidence = _evidence(held, quiet)
        seasons = {name: Season.fit(begin, values) for name, values in evidence.items()}
        set_aside(seasons, begin, evidence)
        vectors = features(held.surprise, counts, _mix(counts), surprise.layout.alarming)
        raw = _raw(held, oddness) | {"forest": _cross_scores(vectors, trees, seed)}
        doubtful = int(_FAULTS_A_DAY * len(history) * history.span / DAY)
        tails = {name: Tail.fit(values, _least_scale(name), doubtful) for name, values in raw.items()}
        chances = [tails[name].probability(values) for name, values in raw.items()]
        tails["any"] = Tail.fit(_smallest(chances), _LEAST_SURPRISE_SCALE, doubtful)
        # The first hours of a namespace have no past to be silent against.
        fewest = _strongest(quiet[silence.past(len(counts)) :])
        # All of a namespace is seldom at fault; a quiet quarter of an hour it has more often.
        tails["silence"] = Tail.fit(fewest, _LEAST_SURPRISE_SCALE, doubtful // 4)
        for name in _WHOLE:
            seasons[name] = Season.fit(begin, _rarity(tails[name].probability(raw[name])))
        return cls(
            history.span,
            surprise,
            relations,
            oddness,
            silence,
            Novelty.fit(columns, counts),
            Forest.fit(vectors, trees, seed),
            seasons,
            tails,
            _mix(counts),
        )

    def score(
        self,
        matrix: CountMatrix,
        skip: int = 0,
        changes: Sequence[Change] = (),
        muted: frozenset[str] = frozenset(),
    ) -> Verdict:
        """Score windows in order; the first `skip` of them only give context and are left out of the result.

        `changes` are those of the namespace from an hour before on; `muted` templates, by id, are no evidence.
        """
        return self.judge(*self.read_after(matrix, skip, changes, muted), changes, muted)

    def read_after(
        self, matrix: CountMatrix, skip: int, changes: Sequence[Change] = (), muted: frozenset[str] = frozenset()
    ) -> tuple[Reading, int]:
        """What windows show after the first `skip`, and as much of these as they need, which is how many windows."""
        before = max(skip - LEAD, 0)
        past = matrix.counts[:before].sum(axis=1)
        return self.read(matrix.rows(before, len(matrix)), changes, muted, past), skip - before

    def read(
        self,
        matrix: CountMatrix,
        changes: Sequence[Change] = (),
        muted: frozenset[str] = frozenset(),
        past: Ints = _NO_PAST,
    ) -> Reading:
        """What there is to be read in windows, each by itself; `past` are the lines of those before them, in order."""
        known, others = laid_out(matrix, self.surprise.layout.at)
        strangers = tuple(matrix.columns[index] for index in others.tolist())
        foreign = CountMatrix(matrix.start, matrix.span, strangers, matrix.counts[:, others])
        return self.read_laid_out(known, foreign, changes, muted, past)

    def read_laid_out(
        self,
        known: Ints,
        foreign: CountMatrix,
        changes: Sequence[Change] = (),
        muted: frozenset[str] = frozenset(),
        past: Ints = _NO_PAST,
    ) -> Reading:
        """Likewise, where counts (n, k) of the templates that it knows are apart from those that it doesn't."""
        layout, strangers = self.surprise.layout, foreign.columns
        around = Circumstances.of(foreign, changes, muted)
        totals = np.concatenate((past, known.sum(axis=1) + foreign.counts.sum(axis=1)))
        known = around.hushed(self.columns, known, self.surprise.mean)
        unknown = around.hushed(strangers, foreign.counts)
        load = self.surprise.load(known)
        alone = layout.observe(known, unknown[:, :0], ())
        seen = layout.observe(known, unknown, [column.workload for column in strangers]) if strangers else alone
        own = self.surprise.read(seen, load)
        *related, odd, bent = self.relations.read(known, alone := alone.astype(np.float64), load)
        values = np.concatenate((*own, alone, *related), axis=1)
        started = around.started(len(foreign))
        return Reading(foreign.start, foreign.span, values, odd, bent, strangers, unknown, started, totals)

    def judge(
        self,
        reading: Reading,
        lead: int = 0,
        changes: Sequence[Change] = (),
        muted: frozenset[str] = frozenset(),
    ) -> Verdict:
        """Score what was read; the first `lead` windows of it only give context and are left out of the result."""
        layout = self.surprise.layout
        foreign = CountMatrix(
            reading.start + lead * reading.span, reading.span, reading.strangers, reading.unknown[lead:]
        )
        around = Circumstances.of(foreign, changes, muted)
        pardons = around.pardons(self.columns, self.surprise.mean)
        seen = self._gathered(reading, lead, pardons)
        before = len(reading.totals) - len(reading)
        begin = reading.start + reading.span * np.arange(-before, len(reading))
        silence = self.silence.score(reading.totals, begin, before + lead)
        begin = begin[before + lead :]
        seen, quiet = _unusual(self.seasons, begin, seen, silence.fewer)
        chance = self.novelty.probability(reading.strangers, reading.unknown, lead)
        newcomers = around.newcomers(reading.strangers, chance)
        raw = _raw(seen, self.oddness) | {"silence": _strongest(quiet)}
        counts = reading.values[lead:, : len(self.columns)]
        vectors = features(seen.surprise, counts, self.usual_mix, layout.alarming)
        raw["forest"] = self.forest.score(vectors)
        chances = self.chances.probability(raw)
        chances["mixture"] = np.where(seen.related.bent > 0, chances["mixture"], 1.0)
        for name in _WHOLE:
            chances[name] = 10.0 ** -self.seasons[name].without(begin, _rarity(chances[name]))
        any_ = self.tails["any"].probability(_smallest([chances[name] for name in chances if name != "silence"]))
        chances["new"] = newcomers.min(axis=1, initial=1.0)
        total = combine([any_, chances["silence"], chances["new"]])
        scores = to_score(np.stack([total, *chances.values()]), self.span)
        return Verdict(
            scores[0],
            dict(zip(chances, scores[1:], strict=True)),
            seen.surprise,
            seen.related,
            Shortfall(quiet, silence.observed, silence.expected),
            foreign,
            newcomers,
            vectors,
        )

    def _gathered(self, reading: Reading, lead: int, pardons: Pardons) -> HeldOut:
        """What is said of each series over each scale, as far as both views agree, of the windows after `lead`.

        What its own history says is asked of those series alone of which the others have anything to say: exact tails
        are most of what a window costs.
        """
        sums, series = over_scales(reading.values, lead), len(self.surprise.base)
        at_hand, bent, begin, parts = windows_at_hand(len(sums), lead), reading.bent[lead:], 0, []
        for width in (series, series, 1, 1, *4 * (series,)):
            parts.append(sums[:, begin : begin + width])
            begin += width
        observed, expected, busy, guess, alone, error, variance, off = parts
        related = self.relations.gather(alone, error, variance, off, at_hand, reading.odd, bent).pardoned(pardons)
        by_others = support(self.surprise.layout, related)
        wanted = by_others[0] > 0, by_others[1] > 0
        own = self.surprise.gather(observed, expected, busy, guess, at_hand, wanted)
        return HeldOut(*agree(self.surprise.layout, own.pardoned(pardons), related, by_others))


def _unusual(seasons: Mapping[str, Season], begin: Ints, seen: HeldOut, silence: Floats) -> tuple[HeldOut, Floats]:
    """The evidence that is stronger than usual at its time of the day and week."""
    left = {name: seasons[name].without(begin, values) for name, values in _evidence(seen, silence).items()}
    surprise = seen.surprise.with_tails(left["more"], left["fewer"])
    return HeldOut(surprise, seen.related.with_tails(seen.related.more, left["related"])), left["silence"]


def _evidence(seen: HeldOut, silence: Floats) -> dict[str, Floats]:
    """What seasons are learned of, by kind; all of it -log10 of a chance, of shape (n, …)."""
    return {
        "more": seen.surprise.more,
        "fewer": seen.surprise.fewer,
        "related": seen.related.fewer,
        "silence": silence,
    }


def _raw(seen: HeldOut, oddness: Oddness) -> dict[str, Floats]:
    """The raw scores of the detectors that judge series by series, and of the mixture as a whole, each (n,)."""
    return {
        "more": _strongest(seen.surprise.more),
        "fewer": _strongest(seen.surprise.fewer),
        "relations": _strongest(seen.related.fewer),
        "mixture": oddness.score(seen.related.oddness),
    }


def _least_scale(detector: str) -> float:
    return float({"forest": _LEAST_FOREST_SCALE, "mixture": _LEAST_ODDNESS_SCALE}.get(detector, _LEAST_SURPRISE_SCALE))


def _cross_scores(vectors: Floats, trees: int, seed: int) -> Floats:
    scores = []
    for begin, end in blocks(len(vectors)):
        others = np.vstack([vectors[:begin], vectors[end:]])
        scores.append(Forest.fit(others, trees, seed).score(vectors[begin:end]))
    return np.concatenate(scores)


def _strongest(tails: Floats) -> Floats:
    """The most surprising of all series and scales of each window, shape (n,)."""
    return np.asarray(tails.max(axis=tuple(range(1, tails.ndim)), initial=0.0), np.float64)


def _smallest(chances: Sequence[Floats]) -> Floats:
    """-log10 of the smallest of several detectors' chances, shape (n,)."""
    return _rarity(np.minimum.reduce(list(chances)))


def _rarity(chance: Floats) -> Floats:
    return np.asarray(-np.log10(np.maximum(chance, _LEAST_CHANCE)), np.float64)


def _mix(counts: Ints) -> Floats:
    total = counts.sum(axis=0)
    return np.asarray(total / max(int(total.sum()), 1), np.float64)
