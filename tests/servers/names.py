"""Names on a shared server that belong to one test, and what remains of them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from elasticsearch import BadRequestError, Elasticsearch


def fresh_prefix() -> str:
    """Such as `dwa1b2c3`: no other test has it."""
    return f"dw{secrets.token_hex(3)}"


def remove(client: Elasticsearch, prefix: str) -> None:
    """Delete the indices, templates and component templates whose names contain the prefix.

    Data streams stay until the server goes: this build of Elasticsearch can't delete them.
    """
    indices = client.indices.get(index=f"*{prefix}*", expand_wildcards="all", features=["settings"])
    _each_or_all(partial(client.indices.delete, ignore_unavailable=True), "index", indices)
    templates = [one["name"] for one in client.indices.get_index_template()["index_templates"]]
    _each_or_all(client.indices.delete_index_template, "name", [name for name in templates if prefix in name])
    components = [one["name"] for one in client.cluster.get_component_template()["component_templates"]]
    _each_or_all(client.cluster.delete_component_template, "name", [name for name in components if prefix in name])


def _each_or_all(delete: Callable[..., object], called: str, names: Iterable[str]) -> None:
    """Delete all at once, which is much quicker; one by one where some of them are refused."""
    wanted = list(names)
    try:
        if wanted:
            delete(**{called: wanted})
    except BadRequestError:
        for name in wanted:
            with _left_to_data_streams():
                delete(**{called: name})


@contextmanager
def _left_to_data_streams() -> Iterator[None]:
    """What is refused because a data stream uses it, directly or through its template, stays."""
    try:
        yield
    except BadRequestError as error:
        if not any(reason in str(error) for reason in ("data stream", "still being used", "in use")):
            raise
