"""`python -m detector.api` prints the OpenAPI document, of which the types of the page are made."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from detector.api.app import create_app
from detector.store.sqlite import open_store


def document() -> str:
    """The document as JSON; it is the same whatever a store holds."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "empty.sqlite")
        try:
            return json.dumps(create_app(store, live=None, clock=lambda: 0).openapi())
        finally:
            store.close()


if __name__ == "__main__":
    print(document())
