"""One write to one document, the shape in which writes are journaled and sent; and what became of those sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec
from msgspec import Struct

MOST_BYTES = 5_000_000
"""Of one bulk request: a proxy or a small heap refuses more long before Elasticsearch's own 100 MB."""
MOST_OPERATIONS = 5_000
"""Of one bulk request."""
AGAIN = frozenset({429, 502, 503, 504})
"""Statuses of what is only for now."""


class Operation(Struct, frozen=True, array_like=True):
    """A write that gives the same however often it is repeated."""

    action: Literal["index", "delete"]
    index: str
    id: str
    body: bytes = b""
    """The document."""

    def lines(self, version: int | None) -> list[bytes]:
        """As the bulk API takes it. With a version it only replaces what has the same or a lower one.

        https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
        """
        what: dict[str, object] = {"_index": self.index, "_id": self.id}
        if version is not None:
            what |= {"version": version, "version_type": "external_gte"}
        head = msgspec.json.encode({self.action: what})
        return [head] if self.action == "delete" else [head, self.body]


@dataclass(frozen=True, slots=True)
class Lost:
    """A document that Elasticsearch refused for good, so that it is nowhere."""

    index: str
    id: str
    reason: str


class Reason(Struct):
    """Why a write failed."""

    type: str = ""
    reason: str = ""


class Outcome(Struct):
    """What became of one write."""

    status: int
    error: Reason | None = None


class BulkAnswer(Struct):
    """What became of the writes of a request, in their order, each under the name of its action."""

    items: list[dict[str, Outcome]] = msgspec.field(default_factory=list)
    errors: bool = False


@dataclass(slots=True)
class Written:
    """What became of writes that nothing more can be done about."""

    lost: list[Lost] = field(default_factory=list)
    overtaken: list[Operation] = field(default_factory=list)
    """Those that a later version of the same document was there before."""

    def add(self, more: Written) -> None:
        """Put more of them to these."""
        self.lost += more.lost
        self.overtaken += more.overtaken


@dataclass(slots=True)
class Sorted:
    """The writes of a request by what is to be done about them."""

    again: list[Operation] = field(default_factory=list)
    settled: Written = field(default_factory=Written)
    refused: Reason | None = None
    """Why writing fails until somebody does something about it: a missing privilege, a closed index."""
    busy: Reason | None = None
    """Why the first of `again` was put off."""


def batches(operations: Iterable[Operation], most_bytes: int = MOST_BYTES) -> Iterator[list[Operation]]:
    """In order, as many to a request as its bounds allow, and at least one."""
    batch: list[Operation] = []
    size = 0
    for one in operations:
        length = len(one.body) + len(one.index) + len(one.id) + 64
        if batch and (size + length > most_bytes or len(batch) >= MOST_OPERATIONS):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += length
    if batch:
        yield batch


def sort_out(operations: Sequence[Operation], answer: BulkAnswer) -> Sorted:
    """What is to be done about writes that were answered like this."""
    result = Sorted()
    if not answer.errors:
        return result
    for operation, item in zip(operations, answer.items, strict=True):
        outcome = next(iter(item.values()))
        if outcome.error is None:  # among them the 404 of a delete: what isn't there needs no deleting
            continue
        match _verdict(operation, outcome.status, outcome.error):
            case "again":
                result.again.append(operation)
                result.busy = result.busy or outcome.error
            case "refused":
                result.refused = result.refused or outcome.error
            case "overtaken":
                result.settled.overtaken.append(operation)
            case "lost":
                reason = f"{outcome.error.type}: {outcome.error.reason}"
                result.settled.lost.append(Lost(operation.index, operation.id, reason[:1_000]))
    return result


def _verdict(
    operation: Operation, status: int, error: Reason
) -> Literal["done", "again", "refused", "overtaken", "lost"]:
    if error.type == "index_not_found_exception":
        return "done" if operation.action == "delete" else "refused"
    if status in AGAIN or error.type == "cluster_block_exception":
        return "again"
    if status == 409:
        return "overtaken"
    if status in (401, 403) or error.type == "index_closed_exception":
        return "refused"
    return "lost"


def advice_about(why: Reason, indices: str) -> str:
    """What to do where writing to these indices is refused for this reason."""
    match why.type:
        case "security_exception":
            return "Grant the role that drainwatch writes with: docs/elasticsearch.md has it."
        case "index_closed_exception":
            return "Open the index again: POST <index>/_open."
        case "index_not_found_exception":
            return f"Allow {indices} in action.auto_create_index of the cluster."
        case _:
            return "Look at the index in Kibana."


def put_off(why: Reason, count: int, seconds: float) -> tuple[str, str]:
    """What there is to say, and to do, where so many writes were put off for so long."""
    many = f"{count} document{'s were' if count > 1 else ' was'} put off"
    advice = "Nothing is lost: it is written as soon as the cluster takes it."
    if why.type == "cluster_block_exception":
        advice = f"Make room on the disks of the cluster, or take the block away. {advice}"
    return f"For {seconds:.0f} s {many}: {why.reason or why.type}.", advice
