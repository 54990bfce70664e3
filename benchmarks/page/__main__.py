"""Prints the table.

    python -m benchmarks.page [--short]

The page has to be built (`make page`), and a Chromium on the PATH.
"""

from __future__ import annotations

import sys

from benchmarks.page.measuring import measures
from benchmarks.table import show

show(lambda _, short: measures(short), sys.argv[1:])
