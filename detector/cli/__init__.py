"""The command line: a small module a command, `main` the way in.

Results go to standard output, everything about them (progress, accounts, problems) to standard error.
"""

from __future__ import annotations

import io
import os
import sys


def main() -> None:
    """Run the command line that the process was started with, and exit."""
    _stand_in_for_closed_streams()
    from detector.cli.app import execute

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that lacks a character shows `?`
    sys.exit(execute(sys.argv[1:]))


def _stand_in_for_closed_streams() -> None:
    """Open what the caller closed (`>&-`) onto nothing: else the next file to be opened would get its number."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115 - lasts as long as the process
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115
