"""Memory that isn't used any more goes back to the system, also where many threads took and gave it in turns.

glibc gives each thread a heap of its own, up to eight a processor, and grows the size from which on a block is the
system's own business each time that such a block is freed. A service that trains models in one thread, answers in ten
others and commits in the next then holds on to a multiple of what it uses: an hour's soak showed it. And what is free
between blocks that are in use it keeps for good unless it is asked: some ten MB more each hour, most of it between
parts of models. So these are the system's business as well, once nothing is left to catch up with: reading batch after
batch takes a fifth less time where the memory of one is there for the next.
"""

from __future__ import annotations

import ctypes

from detector.processors import usable

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Parameters of mallopt(3)."""
_LARGE, _LARGE_WHILE_BEHIND = 1 << 18, 1 << 20
"""Bytes from which on a block is asked of the system, and given back to it."""


def bound_heaps() -> None:
    """To be called before threads are started. Other systems' libraries have nothing of the kind and need nothing."""
    _set(_ARENA_MAX, max(2, usable()))
    _set(_MMAP_THRESHOLD, _LARGE_WHILE_BEHIND)
    _set(_TRIM_THRESHOLD, _LARGE_WHILE_BEHIND)


def give_back(behind: bool) -> None:
    """Whole pages between blocks that are in use, by malloc_trim(3): some milliseconds of a processor.

    To be called now and then; `behind`, whether there are logs to catch up with.
    """
    _set(_MMAP_THRESHOLD, _LARGE_WHILE_BEHIND if behind else _LARGE)
    _call("malloc_trim", ctypes.c_size_t(0))


def _set(parameter: int, value: int) -> None:
    _call("mallopt", ctypes.c_int(parameter), ctypes.c_int(value))


def _call(name: str, *values: ctypes.c_int | ctypes.c_size_t) -> None:
    """Does nothing where the system's library has no such function."""
    try:
        function = getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError, TypeError):
        return
    function(*values)
