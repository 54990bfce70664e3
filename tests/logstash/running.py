"""Documents through the filters of a pipeline, in a process of Java: see filters.rb for what is real in it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.logstash.files import FILTERS, joined
from tests.logstash.grammar import Branch, Plugin, parse
from tests.servers.artifacts import artifact
from tests.servers.elasticsearch import NEWEST, prepare
from tests.servers.missing import MissingError, skip

HERE = Path(__file__).parent
JRUBY = (
    "9.4.13.0",
    "e3612050b94877ba7be01e29ab88782c0a4e07c71391f2316f3b5213e6fd89f3",
)
Document = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """Documents through the filters of some files."""

    documents: Sequence[Document]
    files: Sequence[str] = FILTERS
    environment: Mapping[str, str] = field(default_factory=dict)
    then: str = ""
    """A pipeline's text that comes behind them."""
    before: str = ""
    """And one that comes before them."""


@dataclass(frozen=True)
class Ran:
    """What came out, in the order of what went in, and seconds of the filters alone."""

    documents: list[Document]
    seconds: float


def run(runs: Iterable[Run]) -> list[Ran]:
    """All in one process: starting it takes seconds. Where Java or a jar can't be had the test is skipped."""
    version, digest = JRUBY
    try:
        java, home = prepare(NEWEST)
        jars = [artifact("org.jruby", "jruby-complete", version, "jar", digest), *home.glob("lib/*.jar")]
    except MissingError as missing:
        skip(str(missing))
    asked = {
        "runs": [
            {
                "body": _body(one.before + joined(one.files) + one.then),
                "environment": dict(one.environment),
                "documents": list(one.documents),
            }
            for one in runs
        ]
    }
    done = subprocess.run(
        [
            java / "bin" / "java",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            ":".join(map(str, jars)),
            "org.jruby.Main",
            HERE / "filters.rb",
        ],
        input=json.dumps(asked),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    return [Ran(one["documents"], one["seconds"]) for one in json.loads(done.stdout)]


def _body(text: str) -> list[Any]:
    sections = [section for section in parse(text) if section.kind == "filter"]
    return [_plain(one) for section in sections for one in section.body]


def _plain(one: Plugin | Branch) -> Any:
    if isinstance(one, Branch):
        return {"branch": [[condition, [_plain(inner) for inner in inside]] for condition, inside in one.ways]}
    return {"plugin": one.name, "options": [list(option) for option in one.options]}
