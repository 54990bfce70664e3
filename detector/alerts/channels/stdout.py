"""Alerts on standard output, for people or as a line of JSON each."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING

from detector.alerts.channels.wording import text_of
from detector.alerts.notice import Notice, encode
from detector.errors import ServerError

if TYPE_CHECKING:
    from detector.settings.channels import StdoutChannel


class Stdout:
    """Prints."""

    kind, repeats = "stdout", False

    def __init__(self, name: str, section: StdoutChannel) -> None:
        self.name, self._json = name, section.format == "json"

    def send(self, notice: Notice, now: datetime) -> str:
        """Print it. Raises `ServerError` where standard output is closed or full."""
        text = encode(notice).decode() if self._json else text_of(notice, now) + "\n"
        try:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
        except (OSError, ValueError):
            raise ServerError(
                "Standard output can't be written.", f"The channel {self.name} needs it: see where it goes to."
            ) from None
        return "printed"

    def close(self) -> None:
        """Nothing is open."""
