"""Lines made to cost time: what each costs, natively and in Python, and what Drain3's example masks make of one.

    python -m benchmarks.hostile [--native]

Each line is of 64 kB. Printed is the shortest of several runs, in milliseconds, the dearest lines first, with the steps
that the core's matcher took. Drain3's masks are run on a much shorter line, as long as that takes less than a second.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from benchmarks.machine import describe
from ingest.core import native, why_not
from parsers.formats import read_record
from parsers.keys import Keyer
from parsers.masking import Masker
from parsers.native_spec import text_spec

SIZE = 65_536
RUNS = 2
SHOWN = 12
HEADS = (
    "",
    "2026-11-21 07:00:18",
    "2026-11-21 07:00:18 INFO ",
    "[2026-11-21 07:00:18] [",
    "07:00:18\t",
    "I1121 07:00:00.000000 1 a.go:1] ",
    "a=1 ",
    'a="',
    '"GET ',
    "[GIN] ",
    '{"a":"',
    '{"a":[',
    "{",
    "java.lang.E: ",
    "x\n",
    "Traceback (most recent call last):\n",
    "<1>",
    "INFO",
)
_UNITS = (
    'a A 1 f - = : [ ( / . + @ % k= a. a: a- 1. 1, 1: ab| a=" " \\ \\" { } key= token= bearer| :// ://: a:// eyJ '
    "eyJa. 4| 4- +1 +1( AB12 [a, [a,b] <NUM>| <TIME>| Jan| ␊ ␊at| ␊a.b( ␊Error: é 日 ␉ INFO| info [INFO 2026-11-21| "
    '07:00:18| x1 aA1 1e1 0x 12ms v1. %41 /a /1 ?a= \\u0041 a=b| a="b"| k="\\ < <* <*> ⏎ |⏎| K ſ ☃ 1a -a _ ___1 Aa1 '
    "AKIA sk- 0| 11:| ::1 fe80: 1.1.1.1 | password- 12345678- Ab1- ab"
)
UNITS = tuple(piece.replace("|", " ").replace("␊", "\n").replace("␉", "\t") for piece in _UNITS.split())
"""In the text above `|` stands for a space, `␊` for a line break and `␉` for a tab."""


def hostile_lines(size: int = SIZE) -> Iterator[tuple[str, str]]:
    """What each is made of, and the line: a head, one piece again and again, and an end that fits nothing."""
    for head in HEADS:
        for unit in UNITS:
            yield f"{head!r} {unit!r}", head + unit * ((size - len(head)) // len(unit.encode())) + '!"x'


def shortest(task: Callable[[], object]) -> float:
    """Seconds of processor time, the least of several runs."""
    times = []
    for _ in range(RUNS):
        begin = time.process_time()
        task()
        times.append(time.process_time() - begin)
    return min(times)


def hexadecimal() -> Iterator[tuple[int, float]]:
    """Drain3's documentation masks runs of hexadecimal words so: characters and seconds, until it takes too long."""
    mask = re.compile(r"((?<=[^A-Za-z0-9])|^)([0-9a-f]{6,} ?){3,}((?=[^A-Za-z0-9])|$)")
    for length in range(30, 120, 6):
        seconds = shortest(partial(mask.sub, "<SEQ>", "a" * length + "g"))
        yield length, seconds
        if seconds > 0.5:
            return


def cost(reader: Any, keyer: Keyer, line: str, with_python: bool) -> tuple[float, float, int]:
    """Seconds natively and in Python, nought where one isn't asked, and the core's steps."""
    data, fast, slow, steps = [line.encode()], 0.0, 0.0, 0
    if reader is not None:
        fast, steps = shortest(lambda: reader.measure(data)), reader.measure(data)[2]
    if with_python:
        slow = shortest(lambda: keyer.words(read_record(line)))
    return fast, slow, steps


def main(with_python: bool = True) -> None:
    """Print the tables."""
    print(describe())
    core = native()
    if core is None:
        print(f"Without the compiled core: {why_not()}")
    reader, keyer = core.Text(text_spec()) if core else None, Keyer(Masker())
    rows = [(cost(reader, keyer, line, with_python), name) for name, line in hostile_lines()]
    for title, place in (("natively", 0), ("in Python", 1)):
        rows.sort(key=lambda row: row[0][place], reverse=True)
        print(f"\nDearest {title} of {len(rows)} lines of {SIZE:,} bytes")
        print(f"{'native ms':>10}{'Python ms':>12}{'steps':>12}  made of")
        for (fast, slow, steps), name in rows[:SHOWN]:
            print(f"{1e3 * fast:10.3f}{1e3 * slow:12.2f}{steps:12,}  {name}")
    print("\nDrain3's example mask for hexadecimal words, one run of letters\n     chars          ms")
    for length, seconds in hexadecimal():
        print(f"{length:10}{1e3 * seconds:12.2f}")


if __name__ == "__main__":
    main("--native" not in sys.argv[1:])
