"""Letting go of the namespaces that were read from a topic, so that other partitions may have them."""

from __future__ import annotations

from collections.abc import Mapping

from detector.store.port import Store


def scopes_of(store: Store, topic: str) -> list[str]:
    """The scopes of a topic's partitions, by name; for `-`, that of files or Elasticsearch."""
    if topic == "-":
        return [name for name in store.scopes() if not name]
    return [name for name in store.scopes() if name.rpartition("/")[0] == topic]


def unread(store: Store, topic: str, ends: Mapping[int, int]) -> dict[str, int]:
    """By partition, how many messages are in no closed window yet; only of those that have any. Pure but for reading.

    `ends` has the offset after the last message of each partition.
    """
    checkpoints, found = store.checkpoints(), {}
    for number, end in sorted(ends.items()):
        name = f"{topic}/{number}"
        resumes = [one.resume_at for key, one in checkpoints.items() if key.partition("@")[0] == name]
        if (left := end - max(resumes, default=0)) > 0:
            found[name] = left
    return found
