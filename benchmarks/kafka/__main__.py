"""Both benchmarks: `python -m benchmarks.kafka [--short]`."""

from __future__ import annotations

import sys

from benchmarks.kafka.both import measures
from benchmarks.machine import describe
from benchmarks.table import shown

if __name__ == "__main__":
    print(f"{describe()}\n\n{shown(measures('--short' in sys.argv))}")
