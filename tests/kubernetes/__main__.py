"""Gets what checks manifests ready, or says what to install first: `python -m tests.kubernetes`."""

from __future__ import annotations

import sys

from tests.kubernetes.preparing import prepare
from tests.servers.missing import MissingError


def main() -> int:
    """1 where something is missing."""
    try:
        for path in prepare():
            print(path)
    except MissingError as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


sys.exit(main())
