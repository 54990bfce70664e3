"""Letting go of the namespaces that were read from a topic, so that other partitions may have them."""

from __future__ import annotations

from collections.abc import Mapping

from detector.errors import UsageError
from detector.store.port import Store
from ingest.kafka.place import name_of


def scopes_of(store: Store, topic: str) -> list[str]:
    """The scopes of a topic's partitions, by name; for `-`, that of files or Elasticsearch."""
    if topic == "-":
        return [name for name in store.scopes() if not name]
    return [name for name in store.scopes() if name.rpartition("/")[0] == topic]


def scope_of(store: Store, namespace: str, topic: str) -> str:
    """The scope of a topic to which a namespace belongs. Raises `UsageError` where it belongs to none of that topic."""
    owner = store.owner(namespace)
    if owner is None:
        if any(status.namespace == namespace for status in store.statuses()):
            raise UsageError(f"{namespace} belongs to nobody.", "Whoever reads the next line of it has it.")
        raise UsageError(f"The store knows no namespace {namespace}.", "drainwatch doctor looks around.")
    if owner not in scopes_of(store, topic):
        of = owner.rpartition("/")[0] or "-"
        raise UsageError(
            f"{namespace} belongs to {owner or 'what was read without Kafka'}, not to {topic}.",
            f"Let go of it there: drainwatch release {of} --namespace {namespace}.",
        )
    return owner


def unread(store: Store, topic: str, topic_id: str, ends: Mapping[int, int]) -> dict[str, int]:
    """By partition, how many messages are in no closed window yet; only of those that have any. Pure but for reading.

    `ends` has the offset after the last message of each partition. Where the topic was made anew and nothing of it was
    read, nothing in it can be some partition's by now: it isn't counted, as it is read only after the release.
    """
    checkpoints, found = store.checkpoints(), dict[str, int]()
    names = {number: name_of(topic, number, topic_id, checkpoints) for number in sorted(ends)}
    was_read = any(key.partition("@")[0].rpartition("/")[0] == topic for key in checkpoints)
    if was_read and not any(name in checkpoints for name in names.values()):
        return found
    for number, name in names.items():
        resume = checkpoints[name].resume_at if name in checkpoints else 0
        if (left := ends[number] - resume) > 0:
            found[f"{topic}/{number}"] = left
    return found
