"""A history in parts, in order of time: each is held against what the others say."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

_BLOCKS = 4


def blocks(n: int) -> list[tuple[int, int]]:
    """Begin and end of four parts of `n` windows; of as many as there are windows, where those are fewer."""
    return list(pairwise(np.linspace(0, n, min(_BLOCKS, n) + 1).astype(int).tolist()))
