"""Asks a cluster one thing each; what it refuses is raised as the client does or as `ServerError`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from elasticsearch import ApiError, Elasticsearch

from detector.doctor.facts import Disk, Field, Licence, Pattern, Policies, User
from detector.errors import ServerError
from detector.setup.server import lacks_feature, request
from detector.setup.wanted import Json


def user(client: Elasticsearch) -> User:
    """Who asks.

    https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-security-authenticate
    """
    said = _secured(client, "GET", "/_security/_authenticate")
    name = said["username"]
    if key := said.get("api_key"):
        name = f"the API key {key.get('name') or key['id']} of {name}"
    return User(name, tuple(said.get("roles", ())))


def _secured(client: Elasticsearch, method: str, path: str, body: Json | None = None) -> Any:
    """The answer of a server's security. Raises `ServerError` where it is off."""
    try:
        return request(client, method, path, body)
    except ApiError as error:
        if lacks_feature(error):
            raise ServerError("its security is off") from error
        raise


def version(client: Elasticsearch) -> str:
    """Of the node that answers; `GET /` says it without any privilege, but not every build has it."""
    try:
        return str(request(client, "GET", "/")["version"]["number"])
    except ApiError:
        nodes = request(client, "GET", "/_nodes/_local?filter_path=nodes.*.version")["nodes"]
        return str(next(iter(nodes.values()))["version"])


def licence(client: Elasticsearch) -> Licence:
    """Of the cluster. https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-license-get ."""
    said = request(client, "GET", "/_license")["license"]
    return Licence(said["type"], said["status"] == "active")


def missing_privileges(client: Elasticsearch, role: Mapping[str, Any]) -> list[str]:
    """Of the privileges of a role those that the user lacks: `index on drainwatch-*`.

    https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-security-has-privileges
    """
    wanted = [{"names": one["names"], "privileges": one["privileges"]} for one in role["indices"]]
    asked = {"cluster": role["cluster"], "index": wanted}
    said = _secured(client, "POST", "/_security/user/_has_privileges", asked)
    lacking = [name for name, has in said["cluster"].items() if not has]
    for index in said["index"]:
        lacking += [f"{name} on {index}" for name, has in said["index"][index].items() if not has]
    return lacking


def clock_ahead(client: Elasticsearch, clock: Callable[[], int]) -> int:
    """How far the clock of the node that answers is ahead of ours, in microseconds, give or take the way there."""
    before = clock()
    nodes = request(client, "GET", "/_nodes/_local/stats/os?filter_path=nodes.*.os.timestamp")["nodes"]
    after = clock()
    theirs = int(next(iter(nodes.values()))["os"]["timestamp"]) * 1_000
    return theirs - (before + after) // 2


def patterns(client: Elasticsearch, named: Sequence[str], time: str) -> list[Pattern]:
    """How many indices each pattern finds, and what came to them within the hour."""
    found = []
    for pattern in named:
        resolved = _resolved(client, pattern)
        recent = request(
            client, "POST", f"/{_path([pattern])}/_count?ignore_unavailable=true&allow_no_indices=true",
            {"query": {"range": {time: {"gte": "now-1h"}}}},
        )["count"] if resolved else 0  # fmt: skip
        found.append(Pattern(pattern, resolved, recent))
    return found


def _path(names: Sequence[str]) -> str:
    """Names as they stand in an address: those with a date in them (`<logs-{now/d}>`) too."""
    return quote(",".join(names), safe="*,:-")


def _resolved(client: Elasticsearch, pattern: str) -> int:
    """Indices, data streams and aliases of that name."""
    try:
        said = request(client, "GET", f"/_resolve/index/{_path([pattern])}")
    except ApiError as error:
        if error.meta.status == 404:
            return 0
        raise
    return sum(len(said[kind]) for kind in ("indices", "aliases", "data_streams"))


def fields(client: Elasticsearch, named: Sequence[str], wanted: Mapping[str, str]) -> dict[str, Field]:
    """By what they are for, how the fields are mapped in all indices together.

    https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-field-caps
    """
    said = request(
        client,
        "GET",
        f"/{_path(named)}/_field_caps?fields={','.join(wanted.values())}"
        "&include_unmapped=true&ignore_unavailable=true&allow_no_indices=true",
    )["fields"]
    return {
        purpose: Field(
            name,
            {
                kind: tuple(seen.get("indices", ()))
                for kind, seen in said.get(name, {}).items()
                if set(said[name]) != {"unmapped"}
            },
        )
        for purpose, name in wanted.items()
    }


def newest(client: Elasticsearch, named: Sequence[str], time: str, now: int) -> int | None:
    """Time of the newest document that isn't in the future; None where there is none."""
    said = request(
        client,
        "POST",
        f"/{_path(named)}/_search?ignore_unavailable=true&allow_no_indices=true",
        {
            "size": 0,
            "track_total_hits": False,
            "query": {"range": {time: {"lte": now // 1_000, "format": "epoch_millis"}}},
            "aggs": {"newest": {"max": {"field": time}}},
        },
    )
    value = said.get("aggregations", {}).get("newest", {}).get("value")
    return None if value is None else int(value) * 1_000


def ilm_policies(client: Elasticsearch) -> Policies:
    """The ILM policies that there are."""
    try:
        return Policies(True, tuple(request(client, "GET", "/_ilm/policy")))
    except ApiError as error:
        if lacks_feature(error):
            return Policies(False)
        raise


def slm_policies(client: Elasticsearch, prefix: str) -> Policies:
    """The snapshot policies that save our indices, and whether one of them failed the last time."""
    try:
        said = request(client, "GET", "/_slm/policy")
    except ApiError as error:
        if lacks_feature(error):
            return Policies(False)
        raise
    saving = {name: policy for name, policy in said.items() if _saves(policy, prefix)}
    failing = [name for name, policy in saving.items() if _failed_last(policy)]
    return Policies(True, tuple(saving), ", ".join(failing))


def _saves(policy: Mapping[str, Any], prefix: str) -> bool:
    indices = policy["policy"].get("config", {}).get("indices", ["*"])
    named = indices.split(",") if isinstance(indices, str) else indices
    return any(f"{prefix}-state".startswith(name.rstrip("*")) for name in named if not name.startswith("-"))


def _failed_last(policy: Mapping[str, Any]) -> bool:
    failure, success = policy.get("last_failure", {}), policy.get("last_success", {})
    return int(failure.get("time", 0)) > int(success.get("time", 0))


def disk(client: Elasticsearch, prefix: str) -> Disk:
    """Whether there is room, by the cluster's own judgement, and which of our indices take no documents.

    https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-health-report
    """
    settings = request(client, "GET", f"/{prefix}-*/_settings/index.blocks.*?flat_settings=true&expand_wildcards=all")
    blocked = [
        index
        for index, seen in settings.items()
        if any(value == "true" for name, value in seen.get("settings", {}).items() if name.startswith("index.blocks."))
    ]
    said = request(client, "GET", "/_health_report/disk")["indicators"]["disk"]
    return Disk(said["status"], said["symptom"], tuple(sorted(blocked)))
