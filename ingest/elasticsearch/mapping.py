"""Which indices are there, and whether their times are dates.

https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-field-caps
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from elastic_transport import ApiError
from elasticsearch import Elasticsearch, NotFoundError

from ingest.elasticsearch.answers import answered
from ingest.elasticsearch.plainly import explain
from ingest.elasticsearch.settings import SearchSettings
from ingest.source import Problem

DATES = frozenset(("date", "date_nanos"))


class _Caps(msgspec.Struct):
    indices: list[str] | str | None = None
    """Those of them with this type, where there are others."""


class _Found(msgspec.Struct):
    fields: dict[str, dict[str, _Caps]]
    """By name and type."""
    indices: list[str] | str


class _Resolved(msgspec.Struct):
    indices: list[object]
    aliases: list[object]
    data_streams: list[object]


@dataclass(frozen=True, slots=True)
class Layout:
    """What is searched, as it is mapped."""

    anything: bool
    """Whether there is an index at all that may be read."""
    excluded: Sequence[str]
    """Indices in which the time by which windows are read is no date."""
    ingested: bool
    """Whether an index says when Elasticsearch took a document in."""
    problems: Sequence[Problem]


def layout(client: Elasticsearch, settings: SearchSettings) -> Layout:
    """Ask the cluster. A pattern that matches nothing, or an index that can't be read by time, is a problem.

    What the user may not see counts as not there, as it does for Elasticsearch. Raises the client's exceptions.
    """
    names = settings.fields
    answer = client.field_caps(
        index=list(settings.indices), fields=[names.time, names.ingested], ignore_unavailable=True
    )
    found = answered(answer, _Found)
    matching, types = _listed(found.indices), found.fields.get(names.time, {})
    problems = [problem for pattern in settings.indices if (problem := _missing(client, pattern)) is not None]
    excluded: list[str] = []
    for kind, caps in types.items():
        if kind in DATES or kind == "unmapped":
            continue
        indices = _listed(caps.indices) or matching
        excluded += indices
        problems += [
            Problem(index, f"is left out: its field {names.time} is mapped as {kind}, and not as date.")
            for index in indices
        ]
    if matching and not types:
        problems.append(
            Problem(", ".join(settings.indices), f"No index has a field {names.time}: name it by fields.time.")
        )
    ingested = not DATES.isdisjoint(found.fields.get(names.ingested, {}))
    return Layout(bool(matching), tuple(excluded), ingested, problems)


def _listed(names: list[str] | str | None) -> list[str]:
    return [names] if isinstance(names, str) else names or []


def _missing(client: Elasticsearch, pattern: str) -> Problem | None:
    """What is wrong with a name or pattern, if anything is."""
    if pattern.startswith("-") or ":" in pattern:  # taken out of those before it, or of another cluster
        return None
    try:
        found = answered(client.indices.resolve_index(name=pattern), _Resolved)
    except NotFoundError:
        return Problem(pattern, "There is no index, alias or data stream of this name.")
    except ApiError as error:
        if error.meta.status == 403:
            return Problem(pattern, " ".join(explain(error)))
        raise
    if found.indices or found.aliases or found.data_streams:
        return None
    return Problem(pattern, "No index, alias or data stream has such a name, or none that may be read.")
