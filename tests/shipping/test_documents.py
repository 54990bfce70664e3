"""What is left of real documents of Filebeat when our processors have been at them: all that drainwatch looks at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ingest.filebeat import parse
from ingest.identity import origin_of_document, origin_of_path
from ingest.kafka.duplicates import line_of
from tests.servers.missing import skip
from tests.shipping.configuration import configuration

DATA = Path(__file__).parents[3] / "shared" / "data" / "filebeat"
NOWHERE = origin_of_path("nowhere", "local")


def documents(name: str) -> Iterator[dict[str, Any]]:
    if not (path := DATA / name).exists():
        skip(f"{path} is missing: these tests need the real documents beside the project")
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


@cache
def dropped() -> tuple[str, ...]:
    """The fields that are dropped."""
    (found,) = (one["drop_fields"] for one in configuration("filebeat.yml")["processors"] if "drop_fields" in one)
    return tuple(found["fields"])


def processed(document: dict[str, Any]) -> dict[str, Any]:
    """The document without what is dropped, as Filebeat does it: objects that are empty then stay."""
    copy: dict[str, Any] = json.loads(json.dumps(document))
    for field in dropped():
        *path, last = field.split(".")
        inner: Any = copy
        for key in path:
            inner = inner.get(key) if isinstance(inner, dict) else None
        if isinstance(inner, dict):
            inner.pop(last, None)
    return copy


@pytest.mark.parametrize("name", ["filestream-autodiscover.ndjson", "container-input.ndjson"])
def test_drainwatch_finds_the_same_in_them(name: str) -> None:
    seen = 0
    for document in documents(name):
        whole, less = parse(json.dumps(document)), parse(json.dumps(processed(document)))
        assert whole is not None
        assert whole == less
        assert origin_of_document(whole.names, NOWHERE).namespace != "local"
        seen += 1
    assert seen > 400


@pytest.mark.parametrize("name", ["filestream-autodiscover.ndjson", "container-input.ndjson"])
def test_a_line_that_came_twice_is_still_known(name: str) -> None:
    marks = {line_of(json.dumps(document).encode()): 0 for document in documents(name)}
    kept = {line_of(json.dumps(processed(document)).encode()): 0 for document in documents(name)}
    assert len(kept) == len(marks) > 200


def test_nearly_a_third_of_what_stands_beside_the_message_is_saved() -> None:
    # The labels of the node aren't asked for at all: add_resource_metadata.node.
    before = after = 0
    for document in documents("filestream-autodiscover.ndjson"):
        if not isinstance(document.get("kubernetes"), dict):
            continue  # an application's own JSON, which was decoded
        for one in (document, smaller := processed(document)):
            one.pop("@metadata", None)
            one.pop("message", None)
        smaller["kubernetes"].get("node", {}).pop("labels", None)
        before += len(json.dumps(document, separators=(",", ":")))
        after += len(json.dumps(smaller, separators=(",", ":")))
    assert 0.65 < after / before < 0.75
