"""What models say of windows that they were not fitted on: cross-fitting over blocks in order of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from detector.models.agreement import agree
from detector.models.blocks import blocks
from detector.models.relations import Related, Relations
from detector.models.season import Season
from detector.models.series import Layout, series_of
from detector.models.silence import BASELINE
from detector.models.surprise import SCALES, CountSurprise, Surprise, heaviness
from detector.vectors import Column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LEAD = max(SCALES) + BASELINE
"""Windows before a block that its sums over several windows need."""
_AT_ONCE = 1_024
"""Windows that are changed together: of all of them at once a copy would take as much memory as they do."""
_SERIES = 16
"""Series that are sorted together, likewise."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Tails and oddness of windows in order."""

    surprise: Surprise
    related: Related

    def rows(self, begin: int) -> HeldOut:
        """The windows from `begin` on."""
        return HeldOut(self.surprise.rows(begin), self.related.rows(begin))


def hold_out(columns: tuple[Column, ...], counts: Ints) -> HeldOut:
    """Every window as a model of the other blocks of time sees it, unscaled, series as in `series_of(columns)`.

    As it is the largest that learning holds, only tails are kept of all scales, and of what was counted and expected
    only the windows by themselves: the other arrays are (n, series, 1), or empty.
    """
    series = {one: index for index, one in enumerate(series_of(columns))}
    shape = (len(counts), len(series), len(SCALES))
    none, alone, steady = partial(np.zeros, shape), partial(np.zeros, (*shape[:2], 1)), np.zeros(len(series), np.bool_)
    unkept = np.zeros((*shape[:2], 0))
    surprise = Surprise(none(), none(), unkept, unkept)
    related = Related(
        none(),
        none(),
        alone(),
        alone(),
        unkept,
        steady,
        np.zeros(len(counts), np.int64),
        np.zeros((len(counts), len(SCALES))),
    )
    for begin, end in blocks(len(counts)):
        others = np.vstack([counts[:begin], counts[end:]])
        seen = others.sum(axis=0) > 0
        kept = tuple(column for column, was_seen in zip(columns, seen, strict=True) if was_seen)
        if not kept:
            continue
        strangers = tuple(column.workload for column, was_seen in zip(columns, seen, strict=True) if not was_seen)
        lead = max(0, begin - _LEAD)
        inside = counts[lead:end]
        at = [series[one] for one in series_of(kept)]
        model = CountSurprise.fit(kept, others[:, seen])
        block = model.score(inside[:, seen], inside[:, ~seen], strangers).rows(begin - lead)
        for name in ("more", "fewer"):
            getattr(surprise, name)[begin:end, at] = getattr(block, name)
        del block
        relations = Relations.fit(kept, others[:, seen], model.mean[: len(kept)], model.load(others[:, seen]))
        by_others = relations.score(inside[:, seen], model.load(inside[:, seen])).rows(begin - lead)
        for name in ("more", "fewer"):
            getattr(related, name)[begin:end, at] = getattr(by_others, name)
        for name in ("observed", "expected"):
            getattr(related, name)[begin:end, at] = getattr(by_others, name)[:, :, :1]
        related.oddness[begin:end], related.bent[begin:end] = by_others.oddness, by_others.bent
        steady[at] |= relations.steady
    return HeldOut(surprise, related)


def second(held_out: HeldOut, layout: Layout) -> None:
    """Leave of all tails, in their place, what `agree` leaves of them on the scale that the other blocks give.

    A series' own worst window must not excuse itself.
    """
    surprise, related = held_out.surprise, held_out.related
    for tails in (surprise.more, surprise.fewer, related.more, related.fewer):
        for first in range(0, tails.shape[1], _SERIES):
            _cross_scale(tails[:, first : first + _SERIES])
    for begin in range(0, len(surprise.more), _AT_ONCE):
        part = slice(begin, begin + _AT_ONCE)
        own, others = agree(
            layout,
            replace(surprise, more=surprise.more[part], fewer=surprise.fewer[part]),
            replace(
                related,
                more=related.more[part],
                fewer=related.fewer[part],
                observed=related.observed[part],
                expected=related.expected[part],
            ),
        )
        surprise.more[part], surprise.fewer[part], related.fewer[part] = own.more, own.fewer, others.fewer


def set_aside(seasons: Mapping[str, Season], begin: Ints, evidence: Mapping[str, Floats]) -> None:
    """Leave of evidence (n, …), by kind, what is stronger than usual at the times when its windows began, (n,)."""
    for name, values in evidence.items():
        for first in range(0, len(values), _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            values[part] = seasons[name].without(begin[part], values[part])


def _cross_scale(tails: Floats) -> None:
    parts = blocks(len(tails))
    heavier = [heaviness(np.delete(tails, slice(begin, end), axis=0)) for begin, end in parts]
    for (begin, end), by in zip(parts, heavier, strict=True):
        tails[begin:end] /= by
