"""Two views of each count, its own history at this load and what the other counts say, brought together.

More lines of one kind of request are more of each of its templates than the load explains, and no more than they
explain each other; a statement that repeats itself is too much for both. So an excess counts as far as both views hold
it for one. Lines that are missing break relations first, long before any range: there the relations may speak alone,
but only of what is nearly always there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.models.relations import Related
from detector.models.series import Layout
from detector.models.surprise import SCALES, Surprise

Floats = NDArray[np.float64]

_SECONDED = 2.0
"""The stronger view counts up to so many times the weaker one."""
_NEARLY_GONE = 0.1
"""Share of what is expected below which a single window says that lines are missing: with more of them, they may have
been moved to the next one, as where a log is rotated or shipped late."""


Support = tuple[Floats, Floats]
"""What the relations have to say of each series, upward and downward, each of shape (n, series, scales)."""


def support(layout: Layout, related: Related) -> Support:
    """By the relations; where it is nought, what a series' own history says counts for nothing."""
    return _supported(layout, related.more), _supported(layout, related.fewer)


def agree(
    layout: Layout, own: Surprise, related: Related, by_others: Support | None = None
) -> tuple[Surprise, Related]:
    """Both, with the evidence that the other seconds; the series are those of the layout.

    `by_others` is the `support` of the relations, where it is known.
    """
    by_others = support(layout, related) if by_others is None else by_others
    more, fewer = (_seconded(*views) for views in zip((own.more, own.fewer), by_others, strict=True))
    missing = np.where(related.steady[:, None], related.fewer, 0.0)
    at_once = related.observed[:, :, 0] <= _NEARLY_GONE * related.expected[:, :, 0]
    missing[:, :, SCALES.index(1)] *= at_once
    return own.with_tails(more, fewer), related.with_tails(np.zeros(more.shape), missing)


def _seconded(own: Floats, other: Floats) -> Floats:
    weaker, stronger = np.minimum(own, other), np.maximum(own, other)
    return np.asarray(np.minimum(stronger, _SECONDED * weaker), np.float64)


def _supported(layout: Layout, related: Floats) -> Floats:
    """The relations of each template or, where those are stronger, of its workload, and the other way round."""
    m, best = len(layout.member), np.empty_like(related)
    templates, workloads = related[:, :m], related[:, m:]
    np.maximum(templates, workloads.take(layout.member, axis=1), out=best[:, :m])
    np.maximum(workloads, layout.by_workload(np.maximum, templates), out=best[:, m:])
    return best
