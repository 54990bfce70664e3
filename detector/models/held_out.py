"""What models say of windows that they were not fitted on: cross-fitting over blocks in order of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.models.relations import Relations
from detector.models.series import series_of
from detector.models.silence import BASELINE
from detector.models.surprise import SCALES, CountSurprise, Tails
from detector.vectors import Column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_BLOCKS = 4
_LEAD = max(SCALES) + BASELINE
"""Windows before a block that its sums over several windows need."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Tails and oddness of windows in order."""

    surprise: Tails
    related: Tails
    oddness: Floats
    """As in `relations.Related`, shape (n, scales)."""


def blocks(n: int) -> list[tuple[int, int]]:
    """Begin and end of four parts of `n` windows."""
    edges = np.linspace(0, n, _BLOCKS + 1).astype(int)
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def hold_out(columns: tuple[Column, ...], counts: Ints) -> HeldOut:
    """Every window as a model of the other blocks of time sees it, unscaled, series as in `series_of(columns)`."""
    series = {one: index for index, one in enumerate(series_of(columns))}
    shape = (len(counts), len(series), len(SCALES))
    surprise, related = (Tails(np.zeros(shape), np.zeros(shape)) for _ in range(2))
    oddness = np.zeros((len(counts), len(SCALES)))
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
        surprise.more[begin:end, at], surprise.fewer[begin:end, at] = block.more, block.fewer
        relations = Relations.fit(kept, others[:, seen], model.mean[: len(kept)], model.load(others[:, seen]))
        by_others = relations.score(inside[:, seen], model.load(inside[:, seen])).rows(begin - lead)
        related.more[begin:end, at], related.fewer[begin:end, at] = by_others.more, by_others.fewer
        oddness[begin:end] = by_others.oddness
    return HeldOut(surprise, related, oddness)


def cross_scaled(held_out: Tails) -> Tails:
    """Held-out tails on the scale that the other blocks give: a series' own worst window must not excuse itself."""
    result = Tails(np.empty_like(held_out.more), np.empty_like(held_out.fewer))
    for begin, end in blocks(len(held_out.more)):
        others = Tails(*(np.delete(tails, slice(begin, end), axis=0) for tails in (held_out.more, held_out.fewer)))
        more, fewer = others.heaviness()
        result.more[begin:end] = held_out.more[begin:end] / more
        result.fewer[begin:end] = held_out.fewer[begin:end] / fewer
    return result
