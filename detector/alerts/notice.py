"""What a message says, before a channel gives it its form; it waits in the outbox as JSON.

A notice is whole in itself: what it says was so when it was decided, and what is sent late or again still says that.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from detector.alert import AlertKind, Event
from detector.findings import ReasonKind, Severity, Source

VERSION: Literal[1] = 1


class ReasonNotice(Struct, frozen=True):
    """One template (or all lines of a workload or namespace, or a metric) that stands out."""

    text: str
    """As `Reason.template`, masked."""
    workload: str
    level: str
    kind: ReasonKind
    observed: int
    expected_low: float
    expected_high: float
    windows: int
    template_id: str = ""
    samples: tuple[str, ...] = ()


class IncidentNotice(Struct, frozen=True):
    """One incident of the alert."""

    id: str
    namespace: str
    severity: Severity
    score: float
    start: datetime
    end: datetime
    """Of the last anomalous window so far."""
    summary: str
    reasons: tuple[ReasonNotice, ...]
    """Weightiest first, as many as the settings say."""
    source: Source = Source.LOGS
    change: str = ""
    """What was changed shortly before, in words."""
    page: str = ""
    """Addresses, as far as the settings say where people reach what; empty where they don't."""
    api: str = ""
    kibana: str = ""
    """Discover, at that time and namespace."""
    open: bool = True
    """Whether it still goes on, while another one of the alert may."""


class Notice(Struct, frozen=True):
    """One message about one alert to one channel."""

    id: str
    """The same whenever this message is sent; no other one has it."""
    event: Event
    alert: str
    """Id of the alert: the same in all messages about it."""
    kind: AlertKind
    severity: Severity
    score: float
    title: str
    """`payments: 41 × “connection refused to <IP>” in ledger, never seen before` or the like, without severity, event
    or time, which channels put beside it."""
    summary: str
    """One sentence or more, to be read out."""
    start: datetime
    end: datetime
    decided: datetime
    """When it was decided that this be told."""
    namespaces: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    """Those of them in which nothing goes on any more, while it may in others."""
    incidents: tuple[IncidentNotice, ...] = ()
    """The severest first, as many as fit; the others are counted by `more`."""
    more: int = 0
    before: Severity | None = None
    """The severity that was told before, where it is another one."""
    page: str = ""
    """Address of the page of this alert."""
    note: str = ""
    """A sentence that is to be said beside all that, where there is one."""
    version: int = VERSION


def encode(notice: Notice) -> bytes:
    """As JSON."""
    return msgspec.json.encode(notice)


def decode(body: bytes) -> Notice:
    """From JSON. Raises `msgspec.DecodeError` for anything else."""
    try:
        return msgspec.json.decode(body, type=Notice)
    except (UnicodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from None
