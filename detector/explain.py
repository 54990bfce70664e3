"""Reasons: which counts made a window score, what was expected of them, and a sentence that says so.

Counts are ranked by how surprising each is by itself. Putting one template at a time back to its median and scoring
again names the right one in few cases when there are many templates, because a forest hardly notices a single one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detector.findings import Reason, ReasonKind
from detector.models.ensemble import NamespaceModel, Verdict
from detector.models.forest import FEATURES
from detector.models.series import series_of
from detector.models.silence import SCALES as SILENCE_SCALES
from detector.models.surprise import SCALES
from detector.rarity import to_probability
from parsers.engine import Template
from parsers.level import ERRORS

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

MOST = 10
"""Reasons an anomaly: more than anybody reads."""
_NOTABLE = 2.0
"""-log10 of the chance from which a count is worth telling."""
_BESIDE_THE_BEST = 0.25
"""Counts less than a quarter as surprising as the worst are left out."""
_DOWNWARD = (ReasonKind.FEWER, ReasonKind.GONE)
_DIGITS = 6
"""Of shares and expected counts: what two runs may differ by in the last bits is not shown."""


_CERTAIN = 12.0
"""-log10 of a chance below which nothing becomes more certain, nor weightier."""
_SAYING_LITTLE = 0.25
"""Weight of what only the forest shows: an odd share of all lines is seldom what broke."""
_TELLING = 4.0
"""Weight among reasons of a new error, which says what broke, where the counts around it only say how much follows from
it; and of a namespace that logs nothing at all."""


@dataclass(frozen=True, slots=True)
class _Clue:
    """A count that stands out, before it is put in words."""

    evidence: float
    """-log10 of its chance."""
    template: str
    workload: str
    kind: ReasonKind
    observed: int
    low: float
    high: float
    windows: int
    telling: float = 1.0
    text: str = ""
    """What is counted, where that is neither a template nor all lines."""

    @property
    def weight(self) -> float:
        """What it is ranked by, and its share of the score."""
        return self.telling * min(self.evidence, _CERTAIN)


def explain(
    model: NamespaceModel,
    verdict: Verdict,
    row: int,
    templates: Mapping[str, Template],
    samples: Callable[[str], tuple[str, ...]],
) -> tuple[Reason, ...]:
    """The reasons for the score of a row of the verdict, weightiest first; there is always at least one.

    `samples` finds lines of a template in that window; where it has none the example of the template stands in.
    """
    clues = sorted(
        [
            *_counts(model, verdict, row),
            *_newcomers(verdict, row),
            *_silence(model, verdict, row),
            *_mixture(model, verdict, row),
            *_apart(model, verdict, row),
        ],
        # A template and the workload that logs nothing else are as odd but for the last bits, which runs differ by.
        key=lambda clue: (-round(clue.weight, _DIGITS), -round(clue.evidence, _DIGITS), clue.workload, clue.template),
    )
    clues = _without_echoes([clue for clue in clues if clue.weight > 0])
    least = max(_NOTABLE, _BESIDE_THE_BEST * min(max((clue.evidence for clue in clues), default=0.0), _CERTAIN))
    told = [clue for clue in clues if clue.weight >= least][:MOST] or clues[:1] or [_volume(model, verdict, row)]
    total = sum(clue.weight for clue in told)
    return tuple(_reason(clue, round(clue.weight / total, _DIGITS), templates, samples) for clue in told)


def _counts(model: NamespaceModel, verdict: Verdict, row: int) -> Iterable[_Clue]:
    """Known templates and workloads that are out of their own range, or of the narrower one that the others say."""
    series, surprise, related = series_of(model.columns), verdict.surprise, verdict.related
    for own, given, upward in (
        (surprise.more[row], related.more[row], True),
        (surprise.fewer[row], related.fewer[row], False),
    ):
        strongest = np.maximum(own.max(axis=1, initial=0.0), given.max(axis=1, initial=0.0))
        ranked = np.argsort(-strongest, kind="stable")[: 3 * MOST]
        ranked = ranked[strongest[ranked] > 0]
        if not len(ranked):
            continue
        is_given = given[ranked].max(axis=1, initial=0.0) > own[ranked].max(axis=1, initial=0.0)
        by_own, by_given = (
            _own(model, verdict, row, ranked, own, given),
            _given(model, verdict, row, ranked, own, given),
        )
        kind = ReasonKind.MORE if upward else ReasonKind.FEWER
        for place, index in enumerate(ranked.tolist()):
            likelier = (by_given, by_own) if is_given[place] else (by_own, by_given)
            told = (
                _Clue(float(strongest[index]), series[index].template, series[index].workload, kind, *counted(place))
                for counted in likelier
            )
            # Both views may have been needed to see it; the one is told by whose range it is out.
            clue = next((one for one in told if _is_outside(one)), None)
            if clue is not None:
                yield replace(clue, kind=ReasonKind.GONE) if not upward and not clue.observed else clue


def _is_outside(clue: _Clue) -> bool:
    return clue.observed > clue.high if clue.kind is ReasonKind.MORE else clue.observed < clue.low


_Counted = tuple[int, float, float, int]
"""What was counted of a series, the range that was expected, and over how many windows."""


def _own(
    model: NamespaceModel, verdict: Verdict, row: int, ranked: Places, own: Floats, given: Floats
) -> Callable[[int], _Counted]:
    """Of each of these series, by its place among them, what its own history says."""
    scale, surprise = _clearest(own, own, given, ranked), verdict.surprise
    low, high = model.surprise.expected_ranges(ranked, scale, surprise.expected[row, ranked, scale])
    observed = surprise.observed[row, ranked, scale]

    def counted(at: int) -> _Counted:
        return int(observed[at]), round(float(low[at]), _DIGITS), round(float(high[at]), _DIGITS), SCALES[scale[at]]

    return counted


def _given(
    model: NamespaceModel, verdict: Verdict, row: int, ranked: Places, own: Floats, given: Floats
) -> Callable[[int], _Counted]:
    """Likewise, what the other series say."""
    scale, related = _clearest(given, own, given, ranked), verdict.related

    def counted(at: int) -> _Counted:
        place = row, int(ranked[at]), int(scale[at])
        about = float(related.expected[place]), float(related.deviation[place])
        low, high = model.relations.expected_range(*place[1:], *about)
        # Counts are the same in both views, but for lines of templates that the model doesn't know.
        observed = int(verdict.surprise.observed[place])
        return observed, round(low, _DIGITS), round(high, _DIGITS), SCALES[scale[at]]

    return counted


def _clearest(tails: Floats, own: Floats, given: Floats, ranked: Places) -> Places:
    """The scale on which each of these series stands out most in a view, or in either where it doesn't in this one."""
    seen = tails[ranked]
    either = np.maximum(own[ranked], given[ranked])
    return np.asarray(np.where(seen.any(axis=1, keepdims=True), seen, either).argmax(axis=1), np.intp)


def _newcomers(verdict: Verdict, row: int) -> Iterable[_Clue]:
    """Templates that the model never saw."""
    foreign = verdict.foreign
    evidence = -np.log10(verdict.newcomers[row])
    for index in np.flatnonzero(verdict.newcomers[row] < 1.0).tolist():
        column, seen = foreign.columns[index], int(foreign.counts[row, index])
        telling = _TELLING if column.level in ERRORS else 1.0
        rarity = float(evidence[index])
        yield _Clue(rarity, column.template, column.workload, ReasonKind.NEW, seen, 0.0, 0.0, 1, telling)


def _silence(model: NamespaceModel, verdict: Verdict, row: int) -> Iterable[_Clue]:
    """The namespace as a whole."""
    silence = verdict.silence
    at = int(silence.fewer[row].argmax())
    if silence.fewer[row, at] > 0:
        observed, expected = int(silence.observed[row, at]), float(silence.expected[row, at])
        low, high = model.silence.expected_range(at, expected)
        kind = ReasonKind.FEWER if observed else ReasonKind.GONE
        telling = 1.0 if observed else _TELLING
        yield _Clue(float(silence.fewer[row, at]), "", "", kind, observed, low, high, SILENCE_SCALES[at], telling)


def _apart(model: NamespaceModel, verdict: Verdict, row: int) -> Iterable[_Clue]:
    """How many templates are not what the others say, where that is what the mixture is odd by."""
    bent = int(verdict.related.bent[row])
    low, high = model.oddness.usually_bent
    score = float(verdict.by_detector["mixture"][row])
    if bent > high and score > 0:
        rarity = float(-np.log10(to_probability(np.array([score]), model.span))[0])
        text = "templates that are out of step with the others"
        yield _Clue(rarity, "", "", ReasonKind.MORE, bent, low, high, 1, _SAYING_LITTLE, text)


def _mixture(model: NamespaceModel, verdict: Verdict, row: int) -> Iterable[_Clue]:
    """What the forest finds odd that no single count shows: the template whose share of all lines is furthest off.

    The other features of the forest are counts out of their range, which are told as such.
    """
    shortened = model.forest.by_feature(verdict.vectors[row : row + 1])[0]
    if not len(model.columns) or FEATURES[int(shortened.argmax())] != "mix_distance":
        return
    rarity = -np.log10(model.tails["forest"].probability(model.forest.score(verdict.vectors[row : row + 1])))[0]
    counts = verdict.surprise.observed[row, : len(model.columns), 0]
    share = counts / max(float(counts.sum()), 1.0) - model.usual_mix
    index = int(np.abs(share).argmax())
    low, high = model.surprise.expected_range(index, 0, float(verdict.surprise.expected[row, index, 0]))
    observed, one = int(counts[index]), model.columns[index]
    kind = ReasonKind.MORE if share[index] > 0 else ReasonKind.FEWER if observed else ReasonKind.GONE
    yield _Clue(float(rarity), one.template, one.workload, kind, observed, low, high, 1, _SAYING_LITTLE)


def _volume(model: NamespaceModel, verdict: Verdict, row: int) -> _Clue:
    """What is left to say where no single count stands out: how many lines there were, against the hour before."""
    at = SILENCE_SCALES.index(3)
    observed, expected = int(verdict.silence.observed[row, at]), float(verdict.silence.expected[row, at])
    low, high = model.silence.expected_range(at, expected)
    kind = ReasonKind.MORE if observed >= expected else ReasonKind.FEWER
    return _Clue(1.0, "", "", kind, observed, low, high, SILENCE_SCALES[at])


def _without_echoes(clues: list[_Clue]) -> list[_Clue]:
    """Leave out what another fact says better.

    Silence is told of the whole: not of the templates of a silent workload, nor of the workloads of a silent namespace.
    Excess is told of the part: not of a workload where one of its templates makes up most of it.
    """
    told: list[_Clue] = []
    silent: set[str] = set()
    for clue in clues:
        if clue.kind in _DOWNWARD:
            is_echo = "" in silent or clue.workload in silent
        else:
            is_echo = not clue.template and any(_makes_up(part, clue) for part in clues)
        if not is_echo:
            told.append(clue)
        if clue.kind in _DOWNWARD and not clue.template:
            silent.add(clue.workload)
    return told


def _makes_up(part: _Clue, whole: _Clue) -> bool:
    """Whether a template is at least half of what its workload has too much."""
    if not part.template or part.workload != whole.workload or part.kind in _DOWNWARD or part.evidence < _NOTABLE:
        return False
    return (part.observed - part.high) / part.windows >= 0.5 * (whole.observed - whole.high) / whole.windows


def _reason(
    clue: _Clue, share: float, templates: Mapping[str, Template], samples: Callable[[str], tuple[str, ...]]
) -> Reason:
    template = templates.get(clue.template)
    lines = samples(clue.template) if clue.template else ()
    if not lines and template and template.example:
        lines = (template.example,)
    return Reason(
        template_id=clue.template,
        template=template.text if template else clue.text or f"all lines of {clue.workload or 'the namespace'}",
        workload=clue.workload,
        level=template.level if template else "",
        kind=clue.kind,
        observed=clue.observed,
        expected_low=round(clue.low, _DIGITS),
        expected_high=round(clue.high, _DIGITS),
        windows=clue.windows,
        share=share,
        first_seen=template.first_seen if template else None,
        samples=lines,
    )
