"""Lines in findings that were kept as they were written, masked: some documents at a time.

Documents are written over the version that was read: one that a pass writes meanwhile is left for the next time.
"""

from __future__ import annotations

from itertools import islice
from typing import TypeVar

from msgspec.structs import replace

from detector.samples import Redact
from detector.store.elasticsearch.answers import Version
from detector.store.elasticsearch.cluster import Cluster
from detector.store.elasticsearch.documents import encode
from detector.store.elasticsearch.findings import AnomalyDocument, AnomalyPart, IncidentDocument, IncidentPart
from detector.store.elasticsearch.names import Names
from detector.store.elasticsearch.queries import NEWEST_FIRST, NOT_MASKED, all_of, starting

Document = TypeVar("Document", AnomalyDocument, IncidentDocument)
Part = TypeVar("Part", AnomalyPart, IncidentPart)

_AT_ONCE = 500


def mask_samples(cluster: Cluster, names: Names, before: int, redact: Redact) -> int:
    """Mask those of findings that start before this (microseconds UTC); returned is of how many."""
    return _mask(cluster, names.anomalies, AnomalyDocument, before, redact) + _mask(
        cluster, names.incidents, IncidentDocument, before, redact
    )


def _mask(cluster: Cluster, indices: str, kind: type[Document], before: int, redact: Redact) -> int:
    hits = cluster.scan(indices, kind, all_of(starting(None, before), NOT_MASKED), NEWEST_FIRST, page=_AT_ONCE)
    changed, touched = 0, set()
    while some := list(islice(hits, _AT_ONCE)):
        lines: list[tuple[str, str, bytes, Version]] = []
        for got in cluster.get([(hit.index, hit.id) for hit in some], kind):
            if got.source is not None:
                after = replace(got.source, drainwatch=_masked(got.source.drainwatch, redact))
                changed += after.drainwatch.reasons != got.source.drainwatch.reasons
                lines.append((got.index, got.id, encode(after), Version(got.seq_no, got.primary_term)))
        for index in {index for index, *_ in lines}:
            cluster.swap(index, [(name, body, at) for where, name, body, at in lines if where == index])
            touched.add(index)
    cluster.refresh(touched)
    return changed


def _masked(part: Part, redact: Redact) -> Part:
    reasons = [replace(one, samples=tuple(redact(one.samples)), raw=False) for one in part.reasons]
    return replace(part, reasons=reasons, raw=False)
