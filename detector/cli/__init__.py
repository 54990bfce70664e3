"""The command line: a small module a command, `main` the way in.

Results go to standard output, everything about them (progress, accounts, problems) to standard error.
"""

from __future__ import annotations

import io
import sys


def main() -> None:
    """Run the command line that the process was started with, and exit."""
    from detector.cli.app import execute

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that lacks a character shows `?`
    sys.exit(execute(sys.argv[1:]))
