"""Lines that the background doesn't have: what services log when they fail, start, stop, or talk too much.

Each is written in the workload's manner and templated by the engine, as if the workload had logged it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum

import numpy as np

from ingest.batch import LogBatch, Origin
from parsers.engine import Template, TemplateEngine


class Role(StrEnum):
    """What a line is for."""

    ERROR = "error"
    TIMEOUT = "timeout"
    CRASH = "crash"
    STARTUP = "startup"
    """Whenever the service starts."""
    RELEASE = "release"
    """When a new version starts, beside those."""
    STOP = "stop"
    DEBUG = "debug"
    JOB = "job"


JOB_WORKLOAD = "nightly-report"

_TEXTS: Mapping[Role, tuple[tuple[str, str, str], ...]] = {
    Role.ERROR: (
        ("error", "c.e.net.HttpClient", "Connection refused: inventory.internal/10.4.{n}.7:8443 after {n} attempts"),
        ("error", "c.e.db.ConnectionPool", "could not obtain a connection in {n} ms: pool is exhausted, {n} waiting"),
        ("error", "c.e.io.BlobStore", "write of segment {n} failed: No space left on device"),
        ("error", "c.e.security.TokenVerifier", "signature of bearer token is invalid: key {n} was rotated"),
        ("error", "c.e.json.Decoder", "unexpected end of input at column {n} while reading reply from upstream"),
        ("error", "c.e.db.Transactions", "deadlock detected, transaction {n} was rolled back"),
        ("error", "c.e.tls.Handshake", "certificate verify failed: certificate has expired (depth {n})"),
        ("error", "c.e.dns.Resolver", "cannot resolve billing.svc.cluster.local: SERVFAIL from 10.96.0.{n}"),
        ("error", "c.e.mq.Consumer", "offset {n} is out of range, message was lost by the broker"),
        ("error", "c.e.core.Dispatcher", "Unhandled java.lang.NullPointerException in worker {n}"),
    ),
    Role.TIMEOUT: (
        ("error", "c.e.net.HttpClient", "Read timed out after {n} ms while waiting for a reply of the next service"),
        ("error", "c.e.gateway.Retry", "giving up on request after 3 attempts, last answer: 504 Gateway Timeout ({n})"),
    ),
    Role.CRASH: (
        ("error", "c.e.boot.Launcher", "Application run failed: cannot bind configuration property cache.size{n}"),
        ("error", "c.e.boot.Watchdog", "fatal: process is out of memory, heap of {n} MB exceeded"),
    ),
    Role.STARTUP: (
        ("info", "c.e.boot.Launcher", "Starting service with PID {n}"),
        ("info", "c.e.boot.Profiles", "The following {n} profiles are active"),
        ("info", "c.e.db.ConnectionPool", "pool started with {n} connections"),
        ("info", "c.e.web.Server", "listening on port {n}"),
        ("info", "c.e.boot.Launcher", "Service is ready after {n} ms in total"),
    ),
    Role.RELEASE: (
        ("info", "c.e.db.Migrations", "schema of version {n} was applied without rows to be changed"),
        ("info", "c.e.flags.Features", "feature flag for price cache switched on for {n} percent of callers"),
        ("info", "c.e.cache.Warmup", "cache was warmed up with {n} entries"),
        ("warning", "c.e.config.Deprecations", "property number {n} is deprecated and will be removed"),
    ),
    Role.STOP: (("info", "c.e.boot.Shutdown", "draining {n} connections before leaving"),),
    Role.DEBUG: (
        ("debug", "c.e.web.Filter", "incoming request has {n} headers"),
        ("debug", "c.e.db.Statement", "prepared statement took {n} us"),
        ("debug", "c.e.cache.Lookup", "lookup of key {n} missed near cache"),
        ("debug", "c.e.json.Encoder", "reply was encoded in {n} bytes"),
    ),
    Role.JOB: (
        ("info", "c.e.report.Job", "report for day {n} begins"),
        ("info", "c.e.report.Reader", "read page {n} of orders"),
        ("info", "c.e.report.Writer", "wrote row group {n} to report file"),
        ("info", "c.e.report.Sums", "totals of station {n} were added up"),
        ("warning", "c.e.report.Reader", "order {n} has no price, taken as nought"),
    ),
}
_SHORT = {"warning": "WARN"}


def make_vocabulary(
    engine: TemplateEngine, namespace: str, workloads: Iterable[str], structured: frozenset[str], time: int
) -> dict[tuple[str, Role], tuple[Template, ...]]:
    """The templates of all these lines by workload and role; `time` (microseconds UTC) is when they are logged."""
    found: dict[tuple[str, Role], tuple[Template, ...]] = {}
    for workload in [*sorted(workloads), JOB_WORKLOAD]:
        roles = [role for role in Role if (role is Role.JOB) == (workload == JOB_WORKLOAD)]
        texts = [(role, text) for role in roles for text in _TEXTS[role]]
        # Three times with other numbers: what varies is a variable by then, as after a few lines of the real thing.
        lines = [_line(text, turn, workload in structured, time) for turn in range(3) for _, text in texts]
        parsed = engine.parse(_batch(namespace, workload, lines, time))
        catalogue = engine.catalogue(namespace)
        last = parsed.template[-len(texts) :].tolist()
        templates = [catalogue[parsed.templates[at]] for at in last]
        for role in roles:
            mine = [one for one, (its, _) in zip(templates, texts, strict=True) if its is role]
            found[workload, role] = tuple({template.id: template for template in mine}.values())
    return found


def _line(text: tuple[str, str, str], turn: int, structured: bool, time: int) -> str:
    level, logger, message = text
    said = message.replace("{n}", str(37 + 211 * turn))
    if structured:
        return json.dumps({"level": level, "logger": logger, "message": said})
    shown = _SHORT.get(level, level.upper())
    clock = f"{time // 3_600_000_000 % 24:02d}:{time // 60_000_000 % 60:02d}:00,{turn:03d}"
    return f"2026-01-01 {clock} {shown:<5} [main] {logger} - {said}"


def _batch(namespace: str, workload: str, lines: list[str], time: int) -> LogBatch:
    rows = len(lines)
    none = np.zeros(rows, np.int32)
    return LogBatch(
        (Origin(namespace, workload),),
        ("planted",),
        time + np.arange(rows, dtype=np.int64),
        none,
        none,
        np.arange(rows, dtype=np.int64),
        ("stdout",) * rows,
        ("",) * rows,
        tuple(lines),
    )
