"""Memory that isn't used any more goes back to the system, also where many threads took and gave it in turns.

glibc gives each thread a heap of its own, up to eight a processor, and grows the size from which on a block is the
system's own business each time that such a block is freed. A service that trains models in one thread, answers in ten
others and commits in the next then holds on to a multiple of what it uses: an hour's soak showed it. And what is free
between blocks that are in use it keeps for good unless it is asked: some ten MB more each hour.
"""

from __future__ import annotations

import ctypes

from detector.processors import usable

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Parameters of mallopt(3)."""
_LARGE = 1 << 18
"""Bytes from which on a block is asked of the system, and given back to it."""


def give_back() -> None:
    """Whole pages between blocks that are in use, by malloc_trim(3): some milliseconds of a processor."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):
        return
    trim(ctypes.c_size_t(0))


def bound_heaps() -> None:
    """To be called before threads are started. Other systems' libraries have nothing of the kind and need nothing."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return
    for parameter, value in ((_ARENA_MAX, max(2, usable())), (_MMAP_THRESHOLD, _LARGE), (_TRIM_THRESHOLD, _LARGE)):
        mallopt(parameter, value)
