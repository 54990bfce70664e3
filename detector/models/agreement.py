"""Two views of each count, its own history at this load and what the other counts say, brought together.

More lines of one kind of request are more of each of its templates than the load explains, and no more than they
explain each other; a statement that repeats itself is too much for both. So an excess counts as far as both views hold
it for one. Lines that are missing break relations first, long before any range: there the relations may speak alone,
but only of what is nearly always there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from detector.models.relations import Related
from detector.models.series import series_of
from detector.models.surprise import SCALES, Surprise
from detector.vectors import Column

Floats = NDArray[np.float64]

_SECONDED = 2.0
"""The stronger view counts up to so many times the weaker one."""
_NEARLY_GONE = 0.1
"""Share of what is expected below which a single window says that lines are missing: with more of them, they may have
been moved to the next one, as where a log is rotated or shipped late."""


def agree(columns: Sequence[Column], own: Surprise, related: Related) -> tuple[Surprise, Related]:
    """Both, with the evidence that the other seconds."""
    more = _seconded(own.more, _supported(columns, related.more))
    fewer = _seconded(own.fewer, _supported(columns, related.fewer))
    missing = np.where(related.steady[:, None], related.fewer, 0.0)
    at_once = related.observed[:, :, 0] <= _NEARLY_GONE * related.expected[:, :, 0]
    missing[:, :, SCALES.index(1)] *= at_once
    return replace(own, more=more, fewer=fewer), replace(related, more=np.zeros_like(more), fewer=missing)


def _seconded(own: Floats, other: Floats) -> Floats:
    weaker, stronger = np.minimum(own, other), np.maximum(own, other)
    return np.asarray(np.minimum(stronger, _SECONDED * weaker), np.float64)


def _supported(columns: Sequence[Column], related: Floats) -> Floats:
    """The relations of each template or, where those are stronger, of its workload, and the other way round."""
    series = series_of(columns)
    best = related.copy()
    for at in range(len(columns), len(series)):
        inside = [index for index, column in enumerate(columns) if column.workload == series[at].workload]
        best[:, inside] = np.maximum(related[:, inside], related[:, [at]])
        best[:, at] = related[:, [*inside, at]].max(axis=1)
    return best
