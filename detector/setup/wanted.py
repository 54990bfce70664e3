"""What a cluster should have, as the files of ilm/ say, with the names and patterns of the settings filled in.

`__PREFIX__` stands for `elasticsearch.prefix`, `__LOGS__` (as an item of a list) for the patterns of
`elasticsearch.indices`, `__BUCKET__` for the bucket of snapshots, `__NAMESPACE__` for the namespace a role may see.
An object is named after its file: `ilm/policies/counts.json` is `<prefix>-counts`; a name with `@` is kept as it is,
and so are the roles of people who run or read the whole stack.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from detector.errors import UsageError

Json = dict[str, Any]
_TO_ROLL_UP = timedelta(days=7)
"""Counts that a policy deletes before drainwatch rolled them up are gone: so long it may be stopped."""
USUAL_PREFIX = "drainwatch"
STACK_WIDE = frozenset({"admin-elk", "lector-logs"})
"""Roles for people, not for drainwatch: they go by these names, whatever else is called after the prefix."""
_MONTH = timedelta(days=31)
"""An index of hours is as old as the first of its month."""


class Kind(StrEnum):
    """What can be set up, in the order in which it is: each needs those before it."""

    POLICY = "ILM policy"
    COMPONENT = "component template"
    TEMPLATE = "index template"
    INDEX = "index"
    ROLE = "role"
    REPOSITORY = "snapshot repository"
    SNAPSHOTS = "snapshot policy"
    WATCH = "watch"


class Part(StrEnum):
    """What is set up only where it is asked for."""

    ROLES = "roles"
    SNAPSHOTS = "snapshots"
    LOGS = "logs"
    LOGS_WITHOUT_ILM = "logs-without-ilm"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One object as it should be."""

    kind: Kind
    name: str
    body: Json
    """As the PUT request takes it."""
    needs_policy: bool = False
    """Whether it names an ILM policy, which a server without ILM doesn't understand."""
    needs_dls: bool = False
    """Whether it filters documents, which not every licence has."""
    shared: bool = False
    """Whether others may own an object of that name: theirs is left as it is."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What is to be set up."""

    prefix: str
    logs: Sequence[str]
    """Patterns of the indices with logs."""
    parts: frozenset[Part] = frozenset()
    bucket: str = ""
    """For the parts' snapshots."""
    namespaces: Sequence[str] = ()
    """Those that get a role for viewers of their own."""
    keep_counts: timedelta = timedelta(0)
    keep_findings: timedelta = timedelta(0)
    keep_hours: timedelta = timedelta(0)
    """`store.keep_counts`, `…findings` and `…hours`: the policies never delete earlier."""

    def __post_init__(self) -> None:
        if {Part.LOGS, Part.LOGS_WITHOUT_ILM} <= self.parts:
            raise UsageError("Logs can be kept by ILM or by the data streams themselves.", "Name one of the two.")
        if Part.SNAPSHOTS in self.parts and not self.bucket:
            raise UsageError("Snapshots need a bucket.", "Name it with --bucket.")
        for namespace in self.namespaces:
            if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", namespace):
                raise UsageError(f"{namespace!r} is no name of a Kubernetes namespace.")


def wanted(folder: Path, choices: Choices) -> list[Wanted]:
    """Everything that was asked for, in the order in which it can be made; `folder` is ilm/."""
    found = [
        *_policies(folder, choices),
        *_components(folder, choices),
        *(templates := list(_templates(folder, choices))),
        *_indices(choices.prefix, templates),
    ]
    if Part.ROLES in choices.parts:
        found += roles(folder, choices)
    if Part.SNAPSHOTS in choices.parts:
        found += _snapshots(folder, choices)
    return found


def roles(folder: Path, choices: Choices) -> list[Wanted]:
    """The roles of ilm/roles, and one viewer for each of the namespaces."""
    made = []
    for file in sorted((folder / "roles").glob("*.json")):
        for namespace in choices.namespaces if "__NAMESPACE__" in file.read_text("utf-8") else ("",):
            name = role_name(choices.prefix, f"viewer_{namespace}" if namespace else file.stem)
            body = _body(file, choices, namespace)
            made.append(Wanted(Kind.ROLE, name, body, needs_dls=bool(namespace), shared=file.stem in STACK_WIDE))
    return made


def role_name(prefix: str, stem: str) -> str:
    """What the role of a file is called: under an unusual prefix all are, or two drainwatches fought over one role.

    >>> [role_name("drainwatch", "writer"), role_name("drainwatch", "lector-logs"), role_name("dw2", "lector-logs")]
    ['drainwatch_writer', 'lector-logs', 'dw2_lector-logs']
    """
    return stem if stem in STACK_WIDE and prefix == USUAL_PREFIX else f"{prefix}_{stem}"


def _policies(folder: Path, choices: Choices) -> Iterator[Wanted]:
    keep = {
        "counts": choices.keep_counts + _TO_ROLL_UP,
        "findings": choices.keep_findings,
        "hours": choices.keep_hours + _MONTH,
    }
    for file in sorted((folder / "policies").glob("*.json")):
        if file.stem != "logs" or Part.LOGS in choices.parts:
            body = _kept_for(_body(file, choices), keep.get(file.stem, timedelta(0)))
            yield Wanted(Kind.POLICY, _name(file, choices), body)


def _components(folder: Path, choices: Choices) -> Iterator[Wanted]:
    shared = {Part.LOGS: "component-templates", Part.LOGS_WITHOUT_ILM: "data-stream-lifecycle"}
    places = {shared[part] for part in choices.parts if part in shared}
    for file in sorted([*folder.glob("component-templates/*.json"), *folder.glob("data-stream-lifecycle/*@*.json")]):
        ours = "@" not in file.stem
        if ours or file.parent.name in places:
            body = _body(file, choices)
            names_policy = "index.lifecycle.name" in json.dumps(body)
            yield Wanted(Kind.COMPONENT, _name(file, choices), body, needs_policy=names_policy, shared=not ours)


def _templates(folder: Path, choices: Choices) -> Iterator[Wanted]:
    for file in sorted((folder / "index-templates").glob("*.json")):
        yield Wanted(Kind.TEMPLATE, _name(file, choices), _body(file, choices))


def _indices(prefix: str, templates: Sequence[Wanted]) -> Iterator[Wanted]:
    """Those whose template is for the one index alone: the others are made by the day."""
    for template in templates:
        if template.body["index_patterns"] == [template.name] and template.name.startswith(prefix):
            yield Wanted(Kind.INDEX, template.name, {"mappings": template.body["template"]["mappings"]})


def _snapshots(folder: Path, choices: Choices) -> Iterator[Wanted]:
    yield Wanted(Kind.REPOSITORY, choices.prefix, _body(folder / "snapshots" / "repository.json", choices))
    policy = folder / "snapshots" / "nightly.json"
    yield Wanted(Kind.SNAPSHOTS, _name(policy, choices), _body(policy, choices))


def _name(file: Path, choices: Choices) -> str:
    return file.stem if "@" in file.stem else f"{choices.prefix}-{file.stem}"


def _body(file: Path, choices: Choices, namespace: str = "") -> Json:
    words = {"__PREFIX__": choices.prefix, "__BUCKET__": choices.bucket, "__NAMESPACE__": namespace}
    body: Json = filled(json.loads(file.read_text("utf-8")), words, {"__LOGS__": choices.logs})
    return body


def filled(tree: Any, words: Mapping[str, str], lists: Mapping[str, Sequence[str]]) -> Any:
    """The tree with words replaced inside its strings (keys too), and items of lists by several.

    >>> filled({"names": ["__LOGS__", "__PREFIX__-*"]}, {"__PREFIX__": "dw"}, {"__LOGS__": ["a", "b"]})
    {'names': ['a', 'b', 'dw-*']}
    """
    if isinstance(tree, dict):
        return {filled(name, words, lists): filled(value, words, lists) for name, value in tree.items()}
    if isinstance(tree, list):
        nested = [lists[item] if isinstance(item, str) and item in lists else [item] for item in tree]
        return [filled(item, words, lists) for items in nested for item in items]
    if isinstance(tree, str):
        for word, value in words.items():
            tree = tree.replace(word, value)
    return tree


def _kept_for(body: Json, at_least: timedelta) -> Json:
    """The policy, deleting no earlier than after that time; what is kept is then told by the settings alone."""
    age = body["policy"]["phases"]["delete"]["min_age"]
    days = -(-at_least // timedelta(days=1))
    if days > int(age.removesuffix("d")):
        body["policy"]["phases"]["delete"]["min_age"] = f"{days}d"
    return body
