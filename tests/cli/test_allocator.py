"""A process whose threads share heaps, and one whose threads don't."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.servers.missing import skip

PROGRAM = """
import ctypes, sys, threading
from pathlib import Path
if sys.argv[1] == "bound":
    from detector.cli.allocator import bound_heaps
    bound_heaps()
kept, together = [], threading.Barrier(40)
def take():
    together.wait()
    kept.append([bytes(2_000) for _ in range(50)])
    together.wait()
threads = [threading.Thread(target=take) for _ in range(40)]
for one in threads: one.start()
for one in threads: one.join()
ctypes.CDLL(None).malloc_info(0, ctypes.c_void_p.in_dll(ctypes.CDLL(None), "stdout"))
"""


def heaps(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=False, timeout=60)
    if "<heap nr" not in done.stdout:
        skip(f"no glibc: {done.stderr[-200:]}")
    return done.stdout.count("<heap nr")


def test_threads_share_as_many_heaps_as_there_are_processors() -> None:
    from detector.processors import usable

    free = heaps("as it comes")
    if free <= max(2, usable()):
        pytest.skip("threads share as few heaps by themselves")
    assert heaps("bound") <= max(2, usable())
