"""What Kibana should have, as kibana/saved-objects/ says it, with names, patterns and addresses filled in.

There a file is an object: a data view and a search nearly as Kibana keeps them, a dashboard in fewer words
(`dashboards`, `lens` and `columns` make it whole). `__PREFIX__` stands for `elasticsearch.prefix`, `__LOGS__` for the
patterns of `elasticsearch.indices`, `__PAGE__` for `alerts.page`, `__DASHBOARD:overview__` for an object's id.
An object is called `<prefix>-<file>`, in another space than the first `<prefix>-<file>-<space>`: an id is there once in
a Kibana, and one that is taken in another space would be replaced by a random one.
https://www.elastic.co/docs/api/doc/kibana/operation/operation-post-saved-objects-import
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from detector.setup.kibana.colours import badges
from detector.setup.kibana.columns import Json
from detector.setup.kibana.dashboards import dashboard
from detector.setup.wanted import filled

_FOLDERS = {"index-pattern": "data-views", "search": "searches", "dashboard": "dashboards"}
"""By type, in the order in which they need each other."""
_WORDS = {"index-pattern": "data view", "search": "search", "dashboard": "dashboard"}
_MIGRATED_TO = {"index-pattern": "8.0.0", "search": "8.0.0", "dashboard": "8.9.0"}
"""Which form of its type an object has: one that 8.19 knows, and that newer ones bring to theirs."""
_CORE = "8.8.0"
_STRINGS = {"fieldAttrs", "fieldFormatMap", "runtimeFieldMap", "sourceFilters", "fields"}
"""Attributes that are JSON in a string, beside those that say so in their name."""
_SOURCE = "kibanaSavedObjectMeta.searchSourceJSON.index"
LOGS = "logs"
"""The data view of the logs themselves: others may have made one of its id, which is as good."""


@dataclass(frozen=True, slots=True)
class KibanaChoices:
    """What is to be set up."""

    prefix: str
    logs: Sequence[str]
    """Patterns of the indices with logs."""
    logs_view: str = "logs-*"
    """Id of their data view: links in alerts lead there."""
    page: str = ""
    """Where people reach the page; empty: nothing links there."""
    space: str = ""
    """Empty: the one that is there from the beginning."""


@dataclass(frozen=True, slots=True)
class SavedObject:
    """An object as it should be."""

    type: str
    id: str
    attributes: Json
    """What is JSON in a string there is unfolded here."""
    references: Sequence[Json] = field(default=())
    shared: bool = False
    """Whether one of that id that is somebody else's is left as it is."""

    @property
    def kind(self) -> str:
        """How people call its type."""
        return _WORDS[self.type]

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by in a space."""
        return self.type, self.id


def saved_objects(folder: Path, choices: KibanaChoices) -> list[SavedObject]:
    """All of them, each after those that it needs; `folder` is kibana/saved-objects/."""
    files = {type_: sorted((folder / name).glob("*.json")) for type_, name in _FOLDERS.items()}
    ids = {type_: {file.stem: _id(type_, file.stem, choices) for file in files[type_]} for type_ in files}
    words = {
        "__PREFIX__": choices.prefix,
        "__LOGS__": ",".join(choices.logs),
        "__PAGE__": choices.page,
        **{f"__{type_.upper()}:{stem}__": id_ for type_ in ids for stem, id_ in ids[type_].items()},
    }
    made = []
    for type_, paths in files.items():
        for path in paths:
            spec = filled(json.loads(path.read_text("utf-8")), words, {})
            attributes, references = _MAKERS[type_](spec, ids, choices)
            shared = type_ == "index-pattern" and path.stem == LOGS
            made.append(SavedObject(type_, ids[type_][path.stem], attributes, references, shared))
    return made


def ndjson(objects: Iterable[SavedObject]) -> bytes:
    """The objects as Kibana imports them, a line each."""
    return b"".join(json.dumps(_line(one), ensure_ascii=False, sort_keys=True).encode() + b"\n" for one in objects)


def fold(attributes: Json) -> Json:
    """With those attributes as strings that Kibana keeps so.

    >>> fold({"optionsJSON": {"useMargins": True}, "title": "Overview"})
    {'optionsJSON': '{"useMargins": true}', 'title': 'Overview'}
    """
    folded: Json = {}
    for name, value in attributes.items():
        if _is_string(name):
            folded[name] = json.dumps(value, ensure_ascii=False, sort_keys=True)
        else:
            folded[name] = fold(value) if isinstance(value, dict) else value
    return folded


def unfold(attributes: Json) -> Json:
    """The other way round; what is no JSON stays as it is."""
    unfolded: Json = {}
    for name, value in attributes.items():
        if _is_string(name) and isinstance(value, str):
            with suppress(ValueError):
                value = json.loads(value)
        elif isinstance(value, dict):
            value = unfold(value)
        unfolded[name] = value
    return unfolded


def _is_string(name: str) -> bool:
    return name.endswith("JSON") or name in _STRINGS


def _line(one: SavedObject) -> Json:
    return {
        "attributes": fold(one.attributes),
        "coreMigrationVersion": _CORE,
        "id": one.id,
        "references": list(one.references),
        "type": one.type,
        "typeMigrationVersion": _MIGRATED_TO[one.type],
    }


def _id(type_: str, stem: str, choices: KibanaChoices) -> str:
    if type_ == "index-pattern" and stem == LOGS:
        return choices.logs_view
    return f"{choices.prefix}-{stem}-{choices.space}" if choices.space else f"{choices.prefix}-{stem}"


def _data_view(spec: Mapping[str, Any], _: object, choices: KibanaChoices) -> tuple[Json, list[Json]]:
    formats = dict(spec.get("fieldFormatMap", {}))
    if not choices.page:  # then there is nothing to link to
        formats = {name: one for name, one in formats.items() if one.get("id") != "url"}
    for name in spec.get("severities", ()):
        formats[name] = badges()
    # No document may be there yet: a data view of nothing is an empty one then, and no error.
    attributes = {"allowNoIndex": True, **{name: value for name, value in spec.items() if name != "severities"}}
    return {**attributes, "fieldFormatMap": formats} if formats else attributes, []


def _search(spec: Mapping[str, Any], ids: Mapping[str, Mapping[str, str]], _: object) -> tuple[Json, list[Json]]:
    query = {"language": "kuery", "query": spec.get("where", "")}
    attributes = {
        "columns": spec["columns"],
        "description": spec["description"],
        "grid": {},
        "hideChart": False,
        "isTextBasedQuery": False,
        "kibanaSavedObjectMeta": {"searchSourceJSON": {"filter": [], "indexRefName": _SOURCE, "query": query}},
        "rowHeight": -1,
        "sort": spec["sort"],
        "timeRestore": False,
        "title": spec["title"],
    }
    view = ids["index-pattern"][spec["data_view"]]
    return attributes, [{"id": view, "name": _SOURCE, "type": "index-pattern"}]


def _dashboard(spec: Mapping[str, Any], ids: Mapping[str, Mapping[str, str]], _: object) -> tuple[Json, list[Json]]:
    return dashboard(spec, ids)


_MAKERS = {"index-pattern": _data_view, "search": _search, "dashboard": _dashboard}
