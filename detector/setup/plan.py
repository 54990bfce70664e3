"""Looks at what a cluster has, says what would change, and changes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum

from elasticsearch import ApiError, Elasticsearch

from detector.errors import ServerError
from detector.setup.compare import Line, differences, impossible
from detector.setup.server import ADDRESSES, Lack, fetch, put, request
from detector.setup.wanted import Json, Kind, Wanted

FILTERING_LICENCES = frozenset({"trial", "platinum", "enterprise"})
"""Those with document-level security. https://www.elastic.co/subscriptions"""
_NEEDED = frozenset({Kind.TEMPLATE, Kind.INDEX, Kind.WATCH})
"""Without these drainwatch keeps nothing in the cluster, or tells nobody: that they can't be made is a failure."""

_ABSENT = {
    Kind.POLICY: "this server has no index lifecycle management",
    Kind.SNAPSHOTS: "this server has no snapshot lifecycle management",
    Kind.WATCH: "this server has no Watcher",
    Kind.ROLE: "this server keeps no roles: its security is off, or they come from files",
}


class Action(Enum):
    """What is to be done, or was done, about an object."""

    CREATE = "create"
    CHANGE = "change"
    KEEP = "keep"
    """It is as it should be."""
    SKIP = "skip"
    """It can't be had here, and drainwatch does without it."""
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Step:
    """An object, and what is to be done about it."""

    wanted: Wanted
    action: Action
    lines: Sequence[Line] = ()
    """What differs, where it is to be changed."""
    reason: str = ""
    """Why it is skipped, or failed."""

    @property
    def pending(self) -> bool:
        """Whether there is something to be done."""
        return self.action in (Action.CREATE, Action.CHANGE)


def plan(client: Elasticsearch, wanted: Sequence[Wanted]) -> list[Step]:
    """What is to be done about each object, without changing anything.

    Raises `ServerError` where the server can't be reached or doesn't know who asks.
    """
    steps: list[Step] = []
    licence = _licence(client) if any(one.needs_dls for one in wanted) else ""
    for one in wanted:
        lacking = {step.wanted.kind for step in steps if step.action is Action.SKIP}
        if one.needs_dls and licence not in FILTERING_LICENCES:
            steps.append(_skipped(one, f"the licence ({licence or 'unknown'}) has no document-level security"))
        else:
            steps.append(_without(one, lacking) or _looked_at(client, one))
    return steps


def apply(client: Elasticsearch, steps: Sequence[Step]) -> Iterator[Step]:
    """Do what is to be done, in order, and hand over each step as it came out; what fails doesn't stop the others.

    Raises `ServerError` where the server can't be reached any more.
    """
    lacking: set[Kind] = set()
    for step in steps:
        done = (_without(step.wanted, lacking) or _done(client, step)) if step.pending else step
        if done.action in (Action.SKIP, Action.FAIL):
            lacking.add(step.wanted.kind)
        yield done


def _without(wanted: Wanted, lacking: AbstractSet[Kind]) -> Step | None:
    """What becomes of an object when those that it needs can't be had; None where they can."""
    if wanted.kind is Kind.COMPONENT and wanted.needs_policy and Kind.POLICY in lacking:
        return _skipped(wanted, "there is no ILM policy that it could name")
    if wanted.kind is Kind.SNAPSHOTS and Kind.REPOSITORY in lacking:
        return _skipped(wanted, "there is no repository to keep them in")
    if wanted.kind is Kind.INDEX and Kind.TEMPLATE in lacking:
        return Step(wanted, Action.FAIL, (), "its template could not be made")
    return None


def _done(client: Elasticsearch, step: Step) -> Step:
    try:
        lack = put(client, step.wanted, exists=step.action is Action.CHANGE)
    except ServerError as error:
        return Step(step.wanted, Action.FAIL, step.lines, str(error))
    return prevented(step.wanted, lack) if lack else step


def _looked_at(client: Elasticsearch, wanted: Wanted) -> Step:
    found = fetch(client, wanted)
    if isinstance(found, Lack):
        return prevented(wanted, found)
    if found is None:
        return Step(wanted, Action.CREATE)
    lines = differences(wanted.kind, wanted.body, found)
    if not lines:
        return Step(wanted, Action.KEEP)
    if wanted.shared and not ours(wanted.kind, found):
        if wanted.kind is Kind.WATCH:
            return Step(
                wanted, Action.FAIL, (), "there is one of that name that isn't drainwatch's: it is left as it is"
            )
        if wanted.kind is Kind.ROLE:
            return _skipped(wanted, "there is one of that name that isn't drainwatch's: it is left as it is")
        return _skipped(wanted, f"somebody else's; add to it yourself: {_as_settings(lines)}")
    if wanted.kind in (Kind.COMPONENT, Kind.TEMPLATE) and found.get("version", 0) > wanted.body.get("version", 0):
        return Step(wanted, Action.FAIL, (), "of a newer drainwatch: use that one to set up")
    if wanted.kind is Kind.INDEX and (stuck := impossible(lines)):
        return Step(wanted, Action.FAIL, stuck, _other_mapping(wanted.name, len(stuck)))
    return Step(wanted, Action.CHANGE, lines)


def ours(kind: Kind, found: Json) -> bool:
    """Whether an object that the server has says that drainwatch made it."""
    said = found.get("metadata" if kind in (Kind.WATCH, Kind.ROLE) else "_meta") or {}
    return bool(said.get("managed_by") == "drainwatch")


def prevented(wanted: Wanted, lack: Lack) -> Step:
    """What becomes of an object that the server, its licence or its rules keep us from."""
    if lack is Lack.PRIVILEGE:
        reason = f"the user lacks the privilege {ADDRESSES[wanted.kind].privilege}"
    elif lack is Lack.LICENCE:
        reason = "the licence doesn't cover it"
    elif wanted.kind is Kind.REPOSITORY:
        reason = f"this server has no repositories of the type {wanted.body['type']}"
    else:
        reason = _ABSENT.get(wanted.kind, "this server doesn't know such objects")
    return Step(wanted, Action.FAIL if wanted.kind in _NEEDED else Action.SKIP, (), reason)


def _skipped(wanted: Wanted, reason: str) -> Step:
    return Step(wanted, Action.SKIP, (), reason)


def _as_settings(lines: Sequence[Line]) -> str:
    wished = [line for line in lines if line.should_be is not None and line.path.startswith("template.")]
    return ", ".join(f"{_setting(line.path)}: {line.should_be}" for line in wished)


def _setting(path: str) -> str:
    return path.removeprefix("template.").removeprefix("settings.")


def _other_mapping(name: str, fields: int) -> str:
    which = "a field is" if fields == 1 else f"{fields} fields are"
    return (
        f"{which} mapped otherwise, which can't be changed: it was made by another program, or written to before its "
        f"template was there. Choose another elasticsearch.prefix, or delete {name} with all that it holds."
    )


def _licence(client: Elasticsearch) -> str:
    try:
        return str(request(client, "GET", "/_license")["license"]["type"])
    except ApiError:
        return ""
