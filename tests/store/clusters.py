"""Stores in the clusters of the tests: set up, and emptied for the next test."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from elasticsearch import Elasticsearch

from detector.assets import asset_folder
from detector.store.elasticsearch.names import Names


def set_up(client: Elasticsearch, prefix: str) -> None:
    """Index templates and the single indices of a store with this prefix."""
    files = (asset_folder("ilm") / "index-templates").glob("*.json")
    with ThreadPoolExecutor(8) as at_once:  # the server takes changes of its state together: a quarter of the time

        def put(file: Path) -> None:
            template = json.loads(file.read_text("utf-8").replace("__PREFIX__", prefix))
            client.indices.put_index_template(name=f"{prefix}-{file.stem}", body=template)

        list(at_once.map(put, files))
        list(at_once.map(lambda single: client.indices.create(index=single), Names(prefix).singles))


def empty(client: Elasticsearch, prefix: str) -> None:
    """Remove all documents; days go with their index. Quicker than setting up anew."""
    indices = list(client.indices.get(index=f"{prefix}-*", features="aliases"))
    singles = Names(prefix).singles
    if days := [index for index in indices if index not in singles]:
        client.indices.delete(index=days)
    client.indices.refresh(index=singles)
    hits = client.search(index=singles, size=10_000, source=False)["hits"]["hits"]
    if hits:
        removals = [{"delete": {"_index": hit["_index"], "_id": hit["_id"]}} for hit in hits]
        client.bulk(operations=removals, refresh=True)
