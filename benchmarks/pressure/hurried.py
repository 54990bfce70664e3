"""`drainwatch` with the days of its housekeeping shortened to minutes, and nothing else changed.

    python -m benchmarks.pressure.hurried run …

What happens once a day happens every two minutes, and a namespace is given up after four, so that an hour sees all of
it many times, and what is kept for a day has long reached its size.
"""

from __future__ import annotations

from datetime import timedelta

import detector.batch
import detector.pruning
import detector.restoring
import detector.schedule

PRUNED, RETIRED = timedelta(minutes=2), timedelta(minutes=4)


def main() -> None:
    """As the command does."""
    vars(detector.pruning)["_EVERY"] = PRUNED
    for module in (detector.schedule, detector.restoring, detector.batch):
        vars(module)["RETIRED"] = RETIRED
    from detector.cli import main as command

    command()


if __name__ == "__main__":
    main()
