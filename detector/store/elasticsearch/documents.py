"""What stands in the indices, as typed documents: counts and templates to documents and back, and what all share.

Field names are those of ECS where it has one, `drainwatch.*` and `template.*` for the rest
(https://www.elastic.co/docs/reference/ecs/ecs-event). Times are RFC 3339 in UTC, to the microsecond.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta, Struct, field, structs

from detector.moments import EPOCH, moment
from detector.sparse import Vectors
from detector.store.codec import storable_all
from detector.vectors import WindowCounts
from parsers.engine import Template
from parsers.level import ERRORS

_MICROSECOND = timedelta(microseconds=1)
_MOST = (1 << 63) - 1


class Kubernetes(Struct):
    """As Filebeat has it."""

    namespace: str


class Event(Struct):
    """What a document is."""

    kind: str
    dataset: str


class CountsPart(Struct, omit_defaults=True):
    """Totals that charts want. Levels and newcomers only where the level of every template was known."""

    lines: int
    templates: int
    errors: int | None = None
    warnings: int | None = None
    new: int | None = None
    """Templates that were never seen before this window."""
    minutes: int | None = None
    """Of an hour: in which of its minutes windows began that are in it, a bit each (`detector.store.hours`)."""


class Vector(Struct):
    """Ids in ascending order and, in the same order, how often each was counted."""

    id: list[str]
    count: list[Annotated[int, Meta(le=_MOST)]]


class CountsDocument(Struct):
    """A document of `<prefix>-counts-<day>`: one namespace in one window; of `<prefix>-hours-<month>`: in one hour."""

    kubernetes: Kubernetes
    drainwatch: CountsPart
    template: Vector
    timestamp: datetime = field(name="@timestamp")
    event: Event = field(default_factory=lambda: Event("metric", "drainwatch.counts"))


class Log(Struct):
    """As ECS has it."""

    level: str


class TemplatePart(Struct):
    """A template."""

    id: str
    text: str
    count: int
    first_seen: datetime
    last_seen: datetime
    example: str


class TemplateOwner(Struct):
    """Whose template it is."""

    workload: str


class TemplateDocument(Struct):
    """A document of `<prefix>-templates`."""

    kubernetes: Kubernetes
    log: Log
    template: TemplatePart
    drainwatch: TemplateOwner
    timestamp: datetime = field(name="@timestamp")
    event: Event = field(default_factory=lambda: Event("state", "drainwatch.template"))


def micros(time: datetime) -> int:
    """Microseconds UTC, exactly."""
    return (time - EPOCH) // _MICROSECOND


def encode(document: Struct) -> bytes:
    """The document as JSON, without lone surrogates, which no UTF-8 can hold."""
    try:
        return msgspec.json.encode(document)
    except UnicodeEncodeError:
        return msgspec.json.encode(storable_all(msgspec.to_builtins(document)))


def counts_document(window: WindowCounts, known: Mapping[str, Template]) -> CountsDocument:
    """The counts of a window as a document; `known` are templates by id.

    Raises `ValueError` for counts that are not one a template, each 1 or more.
    """
    counts = np.asarray(window.counts, np.int64)
    if len(counts) != len(window.templates) or counts.min(initial=1) < 1:
        raise ValueError(
            f"The counts of {window.namespace} in window {window.window} are not one a template, each 1 or more."
        )
    sums: dict[str, int] = {}
    for name, count in zip(window.templates, counts.tolist(), strict=True):
        sums[name] = sums.get(name, 0) + count
    ids = sorted(sums)
    return CountsDocument(
        timestamp=moment(window.window),
        kubernetes=Kubernetes(window.namespace),
        drainwatch=_totals(window.window, sums, known),
        template=Vector(ids, [sums[name] for name in ids]),
    )


def added(document: CountsDocument, late: WindowCounts, known: Mapping[str, Template]) -> CountsDocument:
    """The counts with those of late lines of the same window. Raises as `counts_document`."""
    more = counts_document(late, known)
    sums = dict(zip(document.template.id, document.template.count, strict=True))
    coming = _totals(late.window, {name: 0 for name in more.template.id if name not in sums}, known).new
    for name, count in zip(more.template.id, more.template.count, strict=True):
        sums[name] = sums.get(name, 0) + count
    ids, before = sorted(sums), document.drainwatch
    totals = CountsPart(
        lines=min(before.lines + more.drainwatch.lines, _MOST),
        templates=len(ids),
        errors=_sum(before.errors, more.drainwatch.errors),
        warnings=_sum(before.warnings, more.drainwatch.warnings),
        new=_sum(before.new, coming),
        minutes=before.minutes,
    )
    return structs.replace(document, drainwatch=totals, template=Vector(ids, [sums[name] for name in ids]))


def hour_document(hour: int, parts: Sequence[CountsDocument], minutes: int) -> CountsDocument:
    """The sum of documents of windows of a namespace in an hour, one or more, and of the hour as it was."""
    sums: dict[str, int] = {}
    for one in parts:
        for name, count in zip(one.template.id, one.template.count, strict=True):
            sums[name] = sums.get(name, 0) + count
    ids = sorted(sums)
    errors: int | None = 0
    warnings: int | None = 0
    new: int | None = 0
    for totals in (one.drainwatch for one in parts):
        errors, warnings = _sum(errors, totals.errors), _sum(warnings, totals.warnings)
        new = _sum(new, totals.new)
    return CountsDocument(
        timestamp=moment(hour),
        kubernetes=parts[0].kubernetes,
        drainwatch=CountsPart(min(sum(sums.values()), _MOST), len(ids), errors, warnings, new, minutes),
        template=Vector(ids, [sums[name] for name in ids]),
        event=Event("metric", "drainwatch.hours"),
    )


def counts_of(document: CountsDocument) -> WindowCounts:
    """The counts that a document was made from."""
    return WindowCounts(
        namespace=document.kubernetes.namespace,
        window=micros(document.timestamp),
        templates=tuple(document.template.id),
        counts=np.array(document.template.count, np.int64),
    )


def vectors_of(namespace: str, documents: Sequence[CountsDocument]) -> Vectors:
    """The counts that the documents of a namespace were made from, in their order, as columns."""
    numbers: dict[str, int] = {}
    number = [numbers.setdefault(name, len(numbers)) for one in documents for name in one.template.id]
    end = np.cumsum([len(one.template.id) for one in documents], dtype=np.int64)
    return Vectors(
        namespace=namespace,
        window=np.array([micros(one.timestamp) for one in documents], np.int64),
        begin=np.concatenate([np.zeros(min(1, len(end)), np.int64), end[:-1]]),
        end=end,
        number=np.array(number, np.uint32),
        count=np.array([count for one in documents for count in one.template.count], np.int64),
        templates=tuple(numbers),
    )


def template_document(template: Template) -> TemplateDocument:
    """The template as a document."""
    return TemplateDocument(
        timestamp=moment(template.last_seen),
        kubernetes=Kubernetes(template.namespace),
        log=Log(template.level),
        template=TemplatePart(
            id=template.id,
            text=template.text,
            count=template.count,
            first_seen=moment(template.first_seen),
            last_seen=moment(template.last_seen),
            example=template.example,
        ),
        drainwatch=TemplateOwner(template.workload),
    )


def template_of(document: TemplateDocument) -> Template:
    """The template that a document was made from."""
    own = document.template
    return Template(
        id=own.id,
        namespace=document.kubernetes.namespace,
        workload=document.drainwatch.workload,
        text=own.text,
        level=document.log.level,
        first_seen=micros(own.first_seen),
        last_seen=micros(own.last_seen),
        count=own.count,
        example=own.example,
    )


def _totals(window: int, sums: Mapping[str, int], known: Mapping[str, Template]) -> CountsPart:
    part = CountsPart(lines=min(sum(sums.values()), _MOST), templates=len(sums))
    if sums.keys() <= known.keys():
        part.errors = sum(count for name, count in sums.items() if known[name].level in ERRORS)
        part.warnings = sum(count for name, count in sums.items() if known[name].level == "warning")
        # A template that is counted in this window was seen before it, or for the first time in it.
        part.new = sum(known[name].first_seen >= window for name in sums)
    return part


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
