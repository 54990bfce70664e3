"""What the service says of itself."""

from __future__ import annotations

import io
import logging
import sys

import pytest
import structlog

from detector.cli.logs import configure_logs


def test_what_can_not_be_said_any_more_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", closed)
        configure_logs("console")
    closed.close()
    logging.getLogger("drainwatch.elasticsearch").warning("asked again")
    structlog.get_logger().error("not pruned")
    configure_logs("console")
