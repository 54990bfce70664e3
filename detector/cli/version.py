"""`drainwatch version`."""

from __future__ import annotations

import platform
from importlib.metadata import version as installed


def version() -> None:
    """Print the versions of drainwatch and of what it stands on."""
    print(f"drainwatch {installed('drainwatch')}")
    print(f"Python {platform.python_version()}, scikit-learn {installed('scikit-learn')}", end=", ")
    print(f"Drain3 {installed('drain3-improved')} (drain3-improved)")
