"""What the filters make is taken by a real Elasticsearch, and drainwatch reads the same from it as without Logstash."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

import pytest
from elasticsearch import Elasticsearch, helpers

from ingest.settings import SECOND
from parsers.redaction import redact
from tests.docs.markdown import section
from tests.docs.markdown import text_of as page
from tests.ingest.elasticsearch.reading import Row, read
from tests.logstash.documents import AT, REFUSED
from tests.logstash.files import FILTERS
from tests.logstash.running import Document, Run, run
from tests.logstash.test_filters import filebeat_documents
from tests.servers.elasticsearch import NEWEST, Server

HOUR = "2026-11-21T07"
FIRST = 1_795_244_400 * SECOND
"""When it begins."""


def template_of_the_page(pattern: str) -> dict[str, Any]:
    """The index template for an index a day, as the documentation has it, for other names."""
    text = section(page("docs/logstash.md"), "## An index a day")
    found = re.search(r"PUT _index_template/logstash\n(.*?)```", text, re.DOTALL)
    assert found
    template: dict[str, Any] = json.loads(found[1])
    template["template"]["settings"].pop("index.lifecycle.name")  # the build for tests has no ILM
    return {**template, "index_patterns": [pattern], "priority": 900}


def load(client: Elasticsearch, index: str, documents: Iterable[Document]) -> list[Any]:
    """Write them as Logstash does; what was refused, with its status."""
    actions = [{"_op_type": "create", "_index": index, "_source": document} for document in documents]
    _, refused = helpers.bulk(client, actions, raise_on_error=False, refresh=True)
    assert isinstance(refused, list)
    return [one["create"] for one in refused]


def without_level(rows: Iterable[Row]) -> list[tuple[Any, ...]]:
    """As far as they must be the same; partitions are of files."""
    found = ((row.time, row.partition, row.position, row.origin, row.stream, row.message) for row in rows)
    return sorted(found, key=repr)


@pytest.mark.parametrize("elasticsearch", [NEWEST], indirect=True)
def test_documents_fit_the_mapping_and_are_read_as_without_logstash(elasticsearch: Server, prefix: str) -> None:
    documents = [one for one in filebeat_documents() if one["@timestamp"].startswith(HOUR)]
    # A text where Kubernetes' fields belong is refused, and becomes a dead letter.
    documents.append({"@timestamp": AT, "message": "x", "kubernetes": "bad"})
    plain, masked, refused = run(
        [
            Run(documents, FILTERS, {"MASK": "off"}),
            Run(documents),
            Run([{**REFUSED, "@timestamp": AT}], files=["dead-letters"]),
        ]
    )
    client = elasticsearch.client
    client.indices.put_index_template(name=prefix, **template_of_the_page(f"logstash-{prefix}*"))
    try:
        index = f"logstash-{prefix}-"
        taken, accounts = {}, {}
        for name, some in (("straight", documents), ("plain", plain.documents), ("masked", masked.documents)):
            said = load(client, index + name, some)
            assert [one["status"] for one in said] == [400]
            taken[name], tally = read(
                elasticsearch.connection(), index + name, since=FIRST, until=FIRST + 3600 * SECOND
            )
            assert tally.balanced
            accounts[name] = (tally.read, tally.records, tally.joined, tally.dropped)
            assert tally.read > 300
        assert without_level(taken["plain"]) == without_level(taken["straight"])
        assert accounts["plain"] == accounts["straight"] == accounts["masked"]
        assert [row.message for row in taken["masked"]] == [redact(row.message) for row in taken["masked"]]
        assert load(client, index + "masked", refused.documents) == []
        fields = client.indices.get_field_mapping(index=index + "masked", fields="*")[index + "masked"]["mappings"]
        assert len(fields) < 200
    finally:
        client.indices.delete_index_template(name=prefix)
