"""How each kind of object is asked for and put, and what a refusal means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import quote

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

from detector.errors import ServerError
from detector.setup.wanted import Json, Kind, Wanted
from ingest.elasticsearch.plainly import explain

_JSON = {"accept": "application/json", "content-type": "application/json"}


class Lack(Enum):
    """Why an object can't be looked at or made, where that is nobody's fault."""

    FEATURE = "the server doesn't have it"
    PRIVILEGE = "the user may not"
    LICENCE = "the licence doesn't cover it"


@dataclass(frozen=True, slots=True)
class Address:
    """Where objects of a kind are, and what the answer wraps them in."""

    path: str
    unwrap: Callable[[Any, str], Json]
    privilege: str
    """That one needs to look and to change."""


ADDRESSES: Mapping[Kind, Address] = {
    Kind.POLICY: Address("/_ilm/policy/{}", lambda answer, name: answer[name], "manage_ilm"),
    Kind.COMPONENT: Address(
        "/_component_template/{}",
        lambda answer, _: answer["component_templates"][0]["component_template"],
        "manage_index_templates",
    ),
    Kind.TEMPLATE: Address(
        "/_index_template/{}",
        lambda answer, _: answer["index_templates"][0]["index_template"],
        "manage_index_templates",
    ),
    # By whatever name it answers: what we ask for may be an alias.
    Kind.INDEX: Address(
        "/{}", lambda answer, _: {"mappings": next(iter(answer.values()))["mappings"]}, "manage on the index"
    ),
    Kind.ROLE: Address("/_security/role/{}", lambda answer, name: answer[name], "manage_security"),
    Kind.REPOSITORY: Address("/_snapshot/{}", lambda answer, name: answer[name], "manage"),
    Kind.SNAPSHOTS: Address("/_slm/policy/{}", lambda answer, name: answer[name]["policy"], "manage_slm"),
    Kind.WATCH: Address(
        "/_watcher/watch/{}",
        lambda answer, _: {**answer["watch"], "active": answer["status"]["state"]["active"]},
        "manage_watcher",
    ),
}
_TOLD = {
    Kind.POLICY: ("version", "modified_date", "modified_date_millis", "in_use_by"),
    Kind.REPOSITORY: ("uuid",),
}
"""What an answer says beside the object itself."""


def fetch(client: Elasticsearch, wanted: Wanted) -> Json | Lack | None:
    """The object as the server has it; None where it has none of that name. Raises `ServerError`."""
    address = ADDRESSES[wanted.kind]
    try:
        answer = request(client, "GET", address.path.format(quote(wanted.name, safe="")))
    except ApiError as error:
        if error.meta.status == 404 and not lacks_feature(error):
            return None
        if (lack := lack_behind(error)) is not None:
            return lack
        raise ServerError(*explain(error)) from error
    return unwrapped(wanted, answer) if answer else None


def unwrapped(wanted: Wanted, answer: Any) -> Json:
    """The object in an answer, without what the server tells of its own."""
    found = ADDRESSES[wanted.kind].unwrap(answer, wanted.name)
    return {name: value for name, value in found.items() if name not in _TOLD.get(wanted.kind, ())}


def put(client: Elasticsearch, wanted: Wanted, exists: bool) -> Lack | None:
    """Make the object, or make it what it should be. Raises `ServerError` where the server refuses."""
    path = ADDRESSES[wanted.kind].path.format(quote(wanted.name, safe=""))
    body: Json = wanted.body
    if wanted.kind is Kind.INDEX:
        path, body = (f"{path}/_mapping", wanted.body["mappings"]) if exists else (path, {})
    try:
        request(client, "PUT", path, body)
    except ApiError as error:
        if (lack := lack_behind(error)) is not None:
            return lack
        raise ServerError(*explain(error)) from error
    return None


def request(client: Elasticsearch, method: str, path: str, body: Json | None = None) -> Any:
    """One request, its answer decoded. Raises `ApiError` where the server refuses, `ServerError` where none answers."""
    try:
        return client.perform_request(method, path, headers=_JSON, body=body).body
    except TransportError as error:
        raise ServerError(*explain(error)) from error


def lacks_feature(error: ApiError) -> bool:
    """Whether the server has nobody for such requests: a plugin is missing, or it is serverless."""
    said = str(error.body)
    return error.meta.status in (400, 404, 405, 410) and any(
        sign in said
        for sign in ("no handler found", "Incorrect HTTP method", "not available when running in serverless")
    )


def lack_behind(error: ApiError) -> Lack | None:
    """What a refusal is due to, where that is nobody's fault."""
    said = str(error.body)
    if lacks_feature(error) or ("repository type" in said and "does not exist" in said):
        return Lack.FEATURE
    if error.meta.status == 403:
        return Lack.LICENCE if "license" in said and "non-compliant" in said else Lack.PRIVILEGE
    return None
