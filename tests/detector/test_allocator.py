"""A process whose threads share heaps, and one whose threads don't; one that holds holes, and gives them back."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.servers.missing import skip

PROGRAM = """
import ctypes, sys, threading
from pathlib import Path
if sys.argv[1] == "bound":
    from detector.allocator import bound_heaps
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

MAPPED = """
import ctypes
from detector.allocator import bound_heaps, give_back
class Info(ctypes.Structure):
    _fields_ = [(f"field_{number}", ctypes.c_size_t) for number in range(10)]
look = ctypes.CDLL(None).mallinfo2
look.restype = Info
def mapped(size):
    before = look().field_3
    blocks = [bytes(size) for _ in range(5)]
    return look().field_3 - before > 2  # one or two may find room in a hole
bound_heaps()
print(mapped(400_000), mapped(2_000_000))
give_back(behind=True)
print(mapped(400_000))
give_back(behind=False)
print(mapped(100_000), mapped(400_000))
"""

HOLES = """
from pathlib import Path
from detector.allocator import bound_heaps, give_back
def pages():
    return int(Path("/proc/self/statm").read_text().split()[1])
bound_heaps()
blocks = [bytes([1]) * 2_000 for _ in range(100_000)]
kept = blocks[::50]
before = pages()
del blocks
free = pages()
give_back(behind=False)
print(before, free, pages())
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


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_what_is_free_between_blocks_in_use_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", HOLES], capture_output=True, text=True, check=True, timeout=60)
    before, free, after = map(int, done.stdout.split())
    if free < 0.9 * before:
        pytest.skip("this allocator gives it back by itself")
    assert after < 0.5 * before


@pytest.mark.skipif(sys.platform != "linux", reason="needs glibc")
def test_blocks_as_of_a_model_are_the_systems_business_once_nothing_is_left_to_catch_up_with() -> None:
    done = subprocess.run([sys.executable, "-c", MAPPED], capture_output=True, text=True, check=False, timeout=60)
    if "mallinfo2" in done.stderr:
        skip(f"no glibc: {done.stderr[-200:]}")
    assert done.stdout.split("\n") == ["False True", "False", "False True", ""]
