"""What models say of windows that they were not fitted on: cross-fitting over blocks in order of time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from detector.models.blocks import blocks
from detector.models.relations import Related, Relations
from detector.models.series import series_of
from detector.models.silence import BASELINE
from detector.models.surprise import SCALES, CountSurprise, Surprise, Tails
from detector.vectors import Column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LEAD = max(SCALES) + BASELINE
"""Windows before a block that its sums over several windows need."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Tails and oddness of windows in order."""

    surprise: Surprise
    related: Related

    def rows(self, begin: int) -> HeldOut:
        """The windows from `begin` on."""
        return HeldOut(self.surprise.rows(begin), self.related.rows(begin))


def hold_out(columns: tuple[Column, ...], counts: Ints) -> HeldOut:
    """Every window as a model of the other blocks of time sees it, unscaled, series as in `series_of(columns)`."""
    series = {one: index for index, one in enumerate(series_of(columns))}
    shape = (len(counts), len(series), len(SCALES))
    none, steady = partial(np.zeros, shape), np.zeros(len(series), np.bool_)
    surprise = Surprise(none(), none(), none(), none())
    related = Related(
        none(),
        none(),
        none(),
        none(),
        none(),
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
        for name in ("more", "fewer", "observed", "expected"):
            getattr(surprise, name)[begin:end, at] = getattr(block, name)
        relations = Relations.fit(kept, others[:, seen], model.mean[: len(kept)], model.load(others[:, seen]))
        by_others = relations.score(inside[:, seen], model.load(inside[:, seen])).rows(begin - lead)
        for name in ("more", "fewer", "observed", "expected", "deviation"):
            getattr(related, name)[begin:end, at] = getattr(by_others, name)
        related.oddness[begin:end], related.bent[begin:end] = by_others.oddness, by_others.bent
        steady[at] |= relations.steady
    return HeldOut(surprise, related)


def cross_scaled(held_out: HeldOut) -> HeldOut:
    """Held-out tails on the scale that the other blocks give: a series' own worst window must not excuse itself."""
    surprise, related = held_out.surprise, held_out.related
    own, others = _cross_scaled(surprise), _cross_scaled(related)
    return HeldOut(
        replace(surprise, more=own.more, fewer=own.fewer), replace(related, more=others.more, fewer=others.fewer)
    )


def _cross_scaled(tails: Tails) -> Tails:
    more, fewer = np.empty_like(tails.more), np.empty_like(tails.fewer)
    for begin, end in blocks(len(more)):
        others = Tails(*(np.delete(part, slice(begin, end), axis=0) for part in (tails.more, tails.fewer)))
        heavier = others.heaviness()
        more[begin:end], fewer[begin:end] = tails.more[begin:end] / heavier[0], tails.fewer[begin:end] / heavier[1]
    return Tails(more, fewer)
