"""Takes watches away again, or only switches them off; and says whether a cluster's licence has Watcher at all.

https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-watcher-deactivate-watch
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from urllib.parse import quote

from elasticsearch import ApiError, Elasticsearch

from detector.errors import ServerError
from detector.setup.plan import Action, Step, ours, prevented
from detector.setup.server import ADDRESSES, Lack, fetch, lack_behind, request
from detector.setup.wanted import Kind, Wanted
from ingest.elasticsearch.plainly import explain

WATCHER_LICENCES = frozenset({"trial", "standard", "gold", "platinum", "enterprise"})
"""Those that have Watcher. https://www.elastic.co/subscriptions"""
_INSTEAD = (
    "Nothing was changed. drainwatch tells people by itself, without Watcher: docs/alerting.md has its own channels."
)


class Withdrawal(StrEnum):
    """How a watch is taken away."""

    DEACTIVATE = "deactivate"
    """It stays, and looks at nothing."""
    REMOVE = "remove"


def watcher_licence(client: Elasticsearch) -> str:
    """The cluster's licence, which has Watcher (`gold`).

    Raises `ServerError` where it hasn't, has expired, or isn't told.
    https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-license-get
    """
    try:
        said = request(client, "GET", "/_license")["license"]
    except ApiError as error:
        raise ServerError(f"The cluster doesn't tell its licence. {explain(error)[0]}", _INSTEAD) from error
    kind, status = str(said["type"]), str(said["status"])
    if kind not in WATCHER_LICENCES:
        raise ServerError(f"The licence of this cluster is {kind}, which has no Watcher.", _INSTEAD)
    if status != "active":
        raise ServerError(
            f"The licence of this cluster ({kind}) is not in force any more ({status}): without it no watch runs.",
            _INSTEAD,
        )
    return kind


def plan_withdrawal(client: Elasticsearch, names: Sequence[str], how: Withdrawal) -> list[Step]:
    """What is to be done about watches of these names, without changing anything. Raises `ServerError`."""
    return [_planned(client, Wanted(Kind.WATCH, name, {}), how) for name in names]


def _planned(client: Elasticsearch, wanted: Wanted, how: Withdrawal) -> Step:
    found = fetch(client, wanted)
    if isinstance(found, Lack):
        return prevented(wanted, found)
    if found is None:
        return Step(wanted, Action.KEEP, (), "it isn't there")
    if not ours(Kind.WATCH, found):
        return Step(wanted, Action.FAIL, (), "it isn't drainwatch's: it is left as it is")
    if how is Withdrawal.DEACTIVATE and not found["active"]:
        return Step(wanted, Action.KEEP, (), "it is switched off already")
    return Step(wanted, Action.CHANGE)


def withdraw(client: Elasticsearch, steps: Sequence[Step], how: Withdrawal) -> Iterator[Step]:
    """Do what is to be done, and hand over each step as it came out. Raises `ServerError` where no server answers."""
    for step in steps:
        yield _withdrawn(client, step, how) if step.pending else step


def _withdrawn(client: Elasticsearch, step: Step, how: Withdrawal) -> Step:
    path = ADDRESSES[Kind.WATCH].path.format(quote(step.wanted.name, safe=""))
    try:
        if how is Withdrawal.REMOVE:
            request(client, "DELETE", path)
        else:
            request(client, "PUT", f"{path}/_deactivate")
    except ApiError as error:
        if (lack := lack_behind(error)) is not None:
            return prevented(step.wanted, lack)
        return Step(step.wanted, Action.FAIL, (), " ".join(explain(error)))
    return step
