"""How long the longest tests run."""

from __future__ import annotations

import os

AT_LENGTH = os.environ.get("DRAINWATCH_AT_LENGTH") == "1"
"""Whether the longest tests run in full, as before a release: else a shorter form of them, so that CI ends in time."""
