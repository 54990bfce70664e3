"""`python -m tests.faults.limited NAME VALUE drainwatch-arguments…`: the real program under a limit of the system."""

from __future__ import annotations

import resource
import sys

from detector.cli import main

if __name__ == "__main__":
    limit, value = getattr(resource, f"RLIMIT_{sys.argv[1]}"), int(sys.argv[2])
    resource.setrlimit(limit, (value, value))
    sys.argv = ["drainwatch", *sys.argv[3:]]
    main()
