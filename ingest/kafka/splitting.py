"""A namespace too big for one partition is read as several: one of each workload's own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ingest.batch import Origin


def split_origin(origin: Origin, split: Collection[str]) -> Origin:
    """The origin, in a namespace of its workload's own where its namespace is one that is split.

    A Kubernetes namespace holds no dot, so `shop.cart` is none that there could be otherwise.
    """
    return replace(origin, namespace=f"{origin.namespace}.{origin.workload}") if origin.namespace in split else origin
