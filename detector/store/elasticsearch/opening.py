"""Whether there is a store in the cluster, and one that this version knows."""

from __future__ import annotations

from collections.abc import Container

from detector.errors import StoreError, StoreVersionError
from detector.store.elasticsearch.answers import Made
from detector.store.elasticsearch.cluster import Cluster
from detector.store.elasticsearch.names import Names

SCHEMA = 1
"""Of the indices that this version writes and reads, as the index templates say it in `_meta`."""
_SETUP = "Run `drainwatch setup elasticsearch`."


def check(cluster: Cluster, names: Names) -> None:
    """Raises `StoreError` where an index that every store has is missing or somebody else's.

    And `StoreVersionError` where a newer drainwatch made them. One request.
    """
    wanted = names.singles
    found = cluster.made(wanted)
    if names.state in found and names.templates in found and len(found) < len(wanted):
        missing = [index for index in wanted if index not in found]
        raise StoreError(
            f"The store {names.prefix}-* lacks {' and '.join(missing)}: an older drainwatch set it up.",
            f"{_SETUP} What is stored stays as it is. Where it was run, grant this user the role for it.",
        )
    if missing := [index for index in wanted if index not in found]:
        # Elasticsearch doesn't tell apart what isn't there and what one may not see.
        raise StoreError(
            f"There is no store {names.prefix}-* in the cluster: {missing[0]} is missing.",
            f"{_SETUP} Where it was run, grant this user the role for it: docs/elasticsearch.md has the roles.",
        )
    for index in wanted:
        recognise(index, found[index])


def recognise(index: str, made: Made | None) -> None:
    """Raises `StoreError` for an index that wasn't made by our index templates, or by others of them than we know."""
    if made is None:
        raise StoreError(
            f"The index {index} was made without drainwatch's index template, so that its fields can't be searched.",
            f"Delete it, or reindex it under another name. {_SETUP}",
        )
    if made.schema > SCHEMA:
        raise StoreVersionError(
            f"A newer drainwatch made the index {index} (schema {made.schema}, this one knows up to {SCHEMA}).",
            "Use that version, or another prefix (elasticsearch.prefix).",
        )


def make_ready(cluster: Cluster, names: Names, indices: list[str]) -> None:
    """See that writing goes where it should: make the indices of new days, and refuse those that aren't ours.

    Raises `StoreError` before anything is written. An index that is made without its template, because that is gone,
    is taken away again.
    """
    wanted = sorted({*indices, *names.singles})
    found = cluster.made(wanted)
    check_singles(names, found)
    missing = [index for index in wanted if index not in found]
    if missing:
        cluster.create(missing)
        found |= cluster.made(missing)
    for index in missing:
        if index in found and found[index] is None:
            cluster.drop(index)
            raise StoreError(f"The index template for {index} is missing.", _SETUP)
    for index in wanted:
        recognise(index, found.get(index))


def check_singles(names: Names, found: Container[str]) -> None:
    """Raises `StoreError` where an index that there is one of is gone while it is used."""
    if names.state not in found:
        raise state_is_gone(names.state)
    if names.templates not in found:
        raise StoreError(
            f"The index {names.templates} is gone: with it the texts of the templates.",
            f"{_SETUP} Texts come back as their lines do; the counts are still there.",
        )
    if names.feedback not in found:
        raise StoreError(
            f"The index {names.feedback} is gone: with it what people said of findings, and which models they chose.",
            f"{_SETUP} What was muted or expected is told again until it is said again, or restored from a snapshot.",
        )
    if names.changes not in found:
        raise StoreError(
            f"The index {names.changes} is gone: with it what was changed in workloads.",
            f"{_SETUP} Changes that come are told as before.",
        )
    if names.alerts not in found:
        raise StoreError(
            f"The index {names.alerts} is gone: with it who was told of what.",
            f"{_SETUP} Of incidents that go on people are told again.",
        )
    if names.access not in found:
        raise StoreError(
            f"The index {names.access} is gone: with it who may come in, and the audit log.",
            f"{_SETUP} Then make tokens anew (`drainwatch token create`), or restore it from a snapshot.",
        )


def state_is_gone(index: str) -> StoreError:
    """What there is to say when the index of the state was deleted, or emptied, while it was used."""
    return StoreError(
        f"The index {index} is gone, or was emptied: with it how far logs were read, the state of the templates and"
        " what the models were made of. Counts and findings are still there.",
        f"{_SETUP} Logs are then read anew, and windows that are read again get the same documents.",
    )


def from_the_future(index: str, count: int) -> StoreError:
    """What there is to say when documents were written at a time that has not come yet, by a state that is lost."""
    return StoreError(
        f"{count} documents of {index} and others were written by a clock that is ahead of this one, so they stay.",
        "Look at the clock. After the time that is amiss, or when those indices are deleted, all is written again.",
    )
