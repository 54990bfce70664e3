"""Names on a shared server that belong to one test, and what remains of them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from elasticsearch import BadRequestError, Elasticsearch


def fresh_prefix() -> str:
    """Such as `dwa1b2c3`: no other test has it."""
    return f"dw{secrets.token_hex(3)}"


def remove(client: Elasticsearch, prefix: str) -> None:
    """Delete the indices, templates and component templates whose names contain the prefix.

    Data streams stay until the server goes: this build of Elasticsearch can't delete them.
    """
    for index in client.indices.get(index=f"*{prefix}*", expand_wildcards="all", features=["settings"]):
        with _left_to_data_streams():
            client.indices.delete(index=index, ignore_unavailable=True)
    for template in client.indices.get_index_template()["index_templates"]:
        if prefix in template["name"]:
            with _left_to_data_streams():
                client.indices.delete_index_template(name=template["name"])
    for component in client.cluster.get_component_template()["component_templates"]:
        if prefix in component["name"]:
            with _left_to_data_streams():
                client.cluster.delete_component_template(name=component["name"])


@contextmanager
def _left_to_data_streams() -> Iterator[None]:
    """What is refused because a data stream uses it, directly or through its template, stays."""
    try:
        yield
    except BadRequestError as error:
        if not any(reason in str(error) for reason in ("data stream", "still being used", "in use")):
            raise
