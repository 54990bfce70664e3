"""The service with a clock that is off: `python -m tests.faults.skewed SECONDS CONFIG`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from detector.cli.logs import configure_logs
from detector.cli.run import announce
from detector.service import Service
from detector.settings.load import load_settings


def main(ahead: int, config: Path) -> None:
    settings = load_settings(config, {})
    configure_logs(settings.service.log_format)
    Service(settings, [], clock=lambda: time.time_ns() // 1_000 + ahead * 1_000_000, on_address=announce).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
