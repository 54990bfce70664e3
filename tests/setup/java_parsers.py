"""Parsers of Elasticsearch itself, for what its build for tests has no handler for: a few lines of Java around them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.servers.artifacts import artifact
from tests.servers.elasticsearch import prepare
from tests.servers.java import jdk

HERE = Path(__file__).parent
CLIENT = {
    "co.elastic.clients:elasticsearch-java:9.5.3": "dcc09e904fbf8fd720607228ab3de712f7fbb2b2422b9e28f28ccdda498cbb5b",
    "jakarta.json:jakarta.json-api:2.1.3": "bc934142805ea1d794f1440563965a3861a2a9fb7414ecd3fe44f26500734414",
    "org.eclipse.parsson:parsson:1.1.7": "c21db018f8ac6cf79893f1af77f1cd337937bd12ae6fa3d4b10f5a00819ee56c",
}
"""Elastic's Java client, whose types come from the specification of the API, what it reads JSON with, and SHA-256s."""


@dataclass(frozen=True)
class Body:
    """What is to be parsed: as which kind, under which name."""

    kind: str
    name: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """Whether it was taken, and what the parser made of it (as JSON, where it is JSON) or why not."""

    taken: bool
    said: str


def by_server(version: str, bodies: Iterable[Body]) -> list[Verdict]:
    """By the server of that version: its `lib` and its x-pack-core. Raises `MissingError`."""
    java, home = prepare(version)
    jars = [*home.glob("lib/*.jar"), *home.glob("modules/x-pack-core/*.jar")]
    return _run(java, jars, "Parse.java", bodies)


def by_specification(bodies: Iterable[Body]) -> list[Verdict]:
    """By the specification of the API. Raises `MissingError`."""
    return _run(jdk(17), _client(), "Specification.java", bodies)


@cache
def _client() -> tuple[Path, ...]:
    named = ((coordinates.split(":"), digest) for coordinates, digest in CLIENT.items())
    return tuple(artifact(group, name, version, "jar", digest) for (group, name, version), digest in named)


def _run(java: Path, jars: Sequence[Path], program: str, bodies: Iterable[Body]) -> list[Verdict]:
    lines = [f"{one.kind}\t{one.name}\t{json.dumps(one.body)}\n" for one in bodies]
    done = subprocess.run(
        [java / "bin" / "java", "-Xshare:auto", "-cp", ":".join(map(str, jars)), HERE / program],
        input="".join(lines),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=100,
    )
    said = [line.partition("\t") for line in done.stdout.splitlines()]
    assert len(said) == len(lines), done.stderr
    return [Verdict(word == "ok", rest) for word, _, rest in said]
