"""What an application is told of who may come in."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from detector.settings.access import AccessSettings


@dataclass(frozen=True, slots=True)
class Access:
    """How people and programs are known."""

    settings: AccessSettings
    random: Callable[[int], bytes] = secrets.token_bytes
    """So many random bytes, of which tokens and sessions are made."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that only grow."""
