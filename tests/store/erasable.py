"""Stores from which something is erased, whatever their kind, and all that can be found in what they keep."""

from __future__ import annotations

import base64
import contextlib
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from detector.alert import AlertKind, Event
from detector.alerts.delivery import told
from detector.alerts.notice import IncidentNotice, Notice, ReasonNotice
from detector.erasing import Erased, Wanted
from detector.findings import (
    Change,
    ChangeKind,
    Deployed,
    Feedback,
    FeedbackKind,
    ModelChoice,
    ReasonKind,
    Running,
    Severity,
    Workload,
)
from detector.moments import moment
from detector.outputs.messages import messages_of
from detector.store import erasing as file
from detector.store.elasticsearch import erasing as cluster
from detector.store.port import PassResult, Store, Told
from parsers.miner import DrainEngine
from tests.parsers.batches import batch_of
from tests.servers.elasticsearch import Server
from tests.store.alerts import alert, silence
from tests.store.shop import anomaly, counts, incident, minute, model, reason, status

NAME = "Zaphod Beeblebrox"
LINES = [f"order {number} of {NAME} placed" for number in range(5)] + [
    "mail to zaphod   beeblebrox sent",
    "all is well",
]


@dataclass(frozen=True)
class Place:
    """Where a store lies that others keep open."""

    open: Callable[[], Store]
    look: Callable[[Wanted], Erased]
    erase: Callable[[Wanted], Erased]
    contents: Callable[[], bytes]
    """All that it holds, taken out of whatever it is packed in."""


def in_file(open_store: Callable[[], Store], path: Path) -> Place:
    """A store in this file."""
    gone = lambda _: False  # noqa: E731
    return Place(
        open_store,
        lambda wanted: file.look(path, wanted, gone),
        lambda wanted: file.erase(path, wanted, gone),
        lambda: _unpacked(b"".join(one.read_bytes() for one in sorted(path.parent.glob(f"{path.name}*")))),
    )


def in_cluster(open_store: Callable[[], Store], server: Server, prefix: str) -> Place:
    """A store in a cluster, with the rights that the service has."""
    connection, gone = server.connection("writer"), lambda _: False
    now = lambda: time.time_ns() // 1_000  # noqa: E731
    return Place(
        open_store,
        lambda wanted: cluster.look(connection, prefix, wanted, gone),
        lambda wanted: cluster.erase(connection, prefix, wanted, gone, clock=now, stopped=True, patience=0),
        lambda: _documents(server, prefix),
    )


def _unpacked(data: bytes) -> bytes:
    """With what is compressed in it by zlib, wherever that begins."""
    found, at = [data], data.find(b"\x78\x01")
    while at >= 0:
        with contextlib.suppress(zlib.error):
            found.append(zlib.decompressobj().decompress(data[at:]))
        at = data.find(b"\x78\x01", at + 1)
    return b"\n".join(found)


def _documents(server: Server, prefix: str) -> bytes:
    server.client.indices.refresh(index=f"{prefix}-*")
    hits = server.client.search(index=f"{prefix}-*", size=10_000)["hits"]["hits"]
    parts = [msgspec.json.encode(dict(hit)) for hit in hits]
    for hit in hits:
        for value in _strings(hit["_source"].get("drainwatch", {}).get("body", {})):
            try:
                parts.append(zlib.decompress(base64.b64decode(value)))
            except (ValueError, zlib.error):
                continue
    return b"\n".join(parts)


def _strings(body: Any) -> list[str]:
    return [value for value in body.values() if isinstance(value, str)] if isinstance(body, dict) else []


def notice(*namespaces: str) -> Told:
    """A message to a channel about an incident in each of these."""
    why = ReasonNotice(f"order of {NAME}", "checkout", "error", ReasonKind.NEW, 3, 0.0, 0.0, 1, samples=(LINES[0],))
    at = moment(minute(4))
    incidents = tuple(
        IncidentNotice(
            incident(3, 5, namespace=one).id, one, Severity.MAJOR, 60.0, at, at, f"{one}: {NAME}", (why,), change=NAME
        )
        for one in namespaces
    )
    title = f"{', '.join(namespaces)}: {NAME}"
    said = Notice(
        "n1", Event.OPENED, "a1", AlertKind.INCIDENT, Severity.MAJOR, 60.0, title, title, at, at, at, namespaces,
        namespaces[:1], incidents, before=Severity.MINOR,
    )  # fmt: skip
    return told("oncall", said)


def passes() -> list[PassResult]:
    """Two namespaces, `shop` and `bank`, and a name in every place of them where lines and people can put one."""
    results = []
    for namespace in ("shop", "bank"):
        engine = DrainEngine()
        engine.parse(batch_of(LINES, namespace))
        why = replace(reason(), template=f"order of {NAME}", samples=(LINES[0], "nobody"))
        change = Change("c1" + namespace, namespace, "checkout", minute(2), ChangeKind.IMAGE, NAME, f"img:{NAME}")
        runs = Workload(
            "checkout", minute(0), images=(("app", NAME),), running=(Running("app", NAME, "r1", minute(3)),)
        )
        found = replace(anomaly(3, namespace=namespace), reasons=(why,), change=change)
        story = replace(incident(3, 5, namespace=namespace), reasons=(why,), summary=f"3 × {NAME}", change=change)
        result = PassResult(
            closed_until=minute(10),
            counts=[counts(at, namespace, paid=5) for at in range(6)],
            templates=list(engine.catalogue(namespace).values()),
            anomalies=[found],
            incidents=[story],
            models=[model(namespace=namespace)],
            changes=[change],
            deployed=[Deployed(namespace, minute(0), (runs,))],
            statuses=[replace(status(namespace), unwell=(f"add a mask for {NAME}",))],
            engine=engine.dirty_state(),
        )
        messages = [Told("kafka", one.message_id, "x", b"k", value) for one, value in messages_of(result)]
        alerts = [replace(alert(4, namespace), summary=f"{namespace}: {NAME}", quiet=f"by {NAME}")]
        results.append(replace(result, told=[*messages, notice(namespace)], alerts=alerts))
    incidents = tuple(incident(3, 5, namespace=one).id for one in ("shop", "bank"))
    both = replace(alert(5, "shop", "bank"), id="both", incidents=incidents, summary=f"shop and bank: {NAME}")
    results.append(PassResult(None, alerts=[both], told=[notice("shop", "bank")]))
    return results


def say_all(store: Store) -> None:
    """What people said of both namespaces, and who they are."""
    for namespace in ("shop", "bank"):
        like = (replace(reason(), template=f"order of {NAME}", samples=()),)
        store.say(Feedback(f"f-{namespace}", FeedbackKind.EXPECTED, namespace, like=like, author=NAME, note=NAME))
        store.say(ModelChoice(namespace, "m1", minute(3), NAME, NAME))
        store.say(replace(silence(f"s-{namespace}", namespace), author=NAME, note=NAME))
