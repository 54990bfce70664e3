"""`drainwatch version`."""

from __future__ import annotations

import platform
from importlib.metadata import version as installed

from ingest.core import native, why_not


def version() -> None:
    """Print the versions of drainwatch and of what it stands on."""
    print(f"drainwatch {installed('drainwatch')}")
    print(f"Python {platform.python_version()}, scikit-learn {installed('scikit-learn')}", end=", ")
    print(f"Drain3 {installed('drain3-improved')} (drain3-improved)")
    core = native()
    without = f"python; no compiled core: {why_not()} `make native` builds it, for many more lines a second."
    print(f"Engine: {without if core is None else f'native {core.RELEASE}'}")
