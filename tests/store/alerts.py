"""Alerts, silences and messages that tests of a store write."""

from __future__ import annotations

from detector.alert import Alert, AlertKind, Event, Silence, ToldTo
from detector.findings import Severity
from detector.store.port import Told
from tests.store.shop import incident, minute


def alert(
    opened: int, *namespaces: str, score: float = 80.0, resolved: int | None = None, told: tuple[ToldTo, ...] = ()
) -> Alert:
    """One that was opened, and resolved, so many minutes after seven; of `shop` where nothing is named."""
    names = namespaces or ("shop",)
    return Alert(
        id=f"alert-{opened}-{'-'.join(names)}",
        kind=AlertKind.INCIDENT,
        namespaces=names,
        incidents=tuple(incident(opened, opened, namespace=name).id for name in names),
        start=minute(opened - 1),
        end=minute(opened if resolved is None else resolved),
        score=score,
        summary="checkout wrote 214 lines of a statement never seen before.",
        opened=minute(opened) + 123_456,
        changed=minute(opened) + 123_457,
        resolved=None if resolved is None else minute(resolved) + 7,
        told=told,
        quiet="" if told else "no route fits",
    )


def told_to(channel: str, at: int, *namespaces: str, severity: Severity = Severity.CRITICAL) -> ToldTo:
    """That a channel was told of it so many minutes after seven."""
    return ToldTo(channel, Event.OPENED, severity, namespaces or ("shop",), minute(at) + 1)


def message(name: str, channel: str = "oncall") -> Told:
    """A message to a channel."""
    return Told(f"alert:{channel}", name, "alert", b"shop", b'{"say":"%s"}' % name.encode())


def silence(name: str = "s1", namespace: str = "shop", since: int = 0, until: int = 60) -> Silence:
    """One from so many minutes after seven until so many."""
    return Silence(
        name,
        namespace,
        minute(since),
        minute(until),
        workload="ledger",
        template="t1",
        author="ana",
        note="migration ☕",
        created=minute(since) + 1,
    )
