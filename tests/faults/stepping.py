"""The service with a clock that somebody sets: `python -m tests.faults.stepping FILE CONFIG PATH…`.

The file holds the seconds by which the clock is off, and may be changed while it runs.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from detector.cli.logs import configure_logs
from detector.cli.run import announce
from detector.service import Service
from detector.settings.load import load_settings


def main(off: Path, config: Path, paths: list[str]) -> None:
    settings = load_settings(config, {})
    configure_logs(settings.service.log_format)

    def clock() -> int:
        return time.time_ns() // 1_000 + int(off.read_text() or 0) * 1_000_000

    Service(settings, paths, clock=clock, on_address=announce).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
