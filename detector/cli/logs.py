"""What the service says of itself, on standard error: lines for people, or JSON for whoever collects them."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import Literal, TextIO, cast

import structlog


class Forwarded(logging.Handler):
    """What libraries say through `logging`, said like our own."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass one record on."""
        structlog.get_logger(record.name).log(record.levelno, record.getMessage(), exc_info=record.exc_info)


class StandardError:
    """Where lines go; one that can't be written, because standard error is closed, is no reason to stop the service."""

    def __init__(self) -> None:
        self._stream = sys.stderr

    def write(self, text: str) -> int:
        """Write as far as that can be done."""
        with suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush as far as that can be done."""
        with suppress(OSError, ValueError):
            self._stream.flush()


def configure_logs(form: Literal["console", "json"]) -> None:
    """Send all events to standard error, with times in UTC and never with the local variables of a traceback."""
    console = form == "console"
    renderers: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)]
        if console
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%SZ" if console else "iso", utc=True),
            *renderers,
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, StandardError())),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [Forwarded()]
    root.setLevel(logging.WARNING)
    # While much is read at once the next turns of a job are left out, as they are meant to be: nothing to warn of.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
