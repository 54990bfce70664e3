"""What the stand-in for Watcher renders is what the engine of Elasticsearch renders: the same library, its own JSON."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detector.assets import asset_folder
from detector.setup.watches import WatchChoices, wanted_watches
from tests.kibana.conftest import HOOK
from tests.kibana.watcher import as_json, rendered
from tests.servers.artifacts import artifact
from tests.servers.elasticsearch import NEWEST, prepare
from tests.servers.missing import MissingError, skip

ENGINE = "99a7e7855609135006f078e6de7ee69daad9c42f98e679d56f80653cb17526b9"
"""The SHA-256 of com.github.spullara.mustache.java:compiler:0.9.14."""
HOSTILE = 'a"b\\c\n\t<!channel>&amp;{{ctx.watch_id}}{{/x}} \x07\u2028 ü 𝔘 % +'
pytestmark = pytest.mark.timeout(300)  # the first run downloads


def finding(*, is_open: bool, text: str) -> dict[str, Any]:
    reasons = [
        {
            "kind": "new",
            "observed": 41,
            "template": {"text": text},
            "workload": text,
            "expected": {"low": 0.0, "high": 2.5},
        }
    ]
    return {
        "_source": {
            "message": text,
            "kubernetes": {"namespace": text},
            "event": {"id": "a1b2", "start": "2026-11-21T07:03:00Z", "end": "2026-11-21T07:05:00Z"},
            "drainwatch": {"severity": "major", "open": is_open, "reasons": reasons},
        }
    }


def payload(text: str, several: int) -> dict[str, Any]:
    """What searches of all watches answer, at once."""
    hits = {"hits": {"hits": [finding(is_open=number % 2 == 0, text=text) for number in range(several)]}}
    found = {"doc_count": several, "worst": hits}
    codes = {"buckets": [{"key": 502, "doc_count": 0}, {"key": 503, "doc_count": 7}]}
    buckets = {"namespaces": {"buckets": [{"key": text, "doc_count": 412, "codes": codes}] * several}}
    return {
        "aggregations": {"opened": found, "over": found},
        "now": {"aggregations": buckets},
        "recovered": {"aggregations": buckets if several else {}},
        "hits": {"total": 0},
    }


def asked() -> Iterator[dict[str, Any]]:
    """Every text of every action, and every search, with plain, hostile and no values."""
    for links in ({}, {"page": "https://dw.example"}, {"page": "https://dw.example", "kibana": "https://k.example"}):
        for ways in ({"webhook": HOOK, "emails": ("a@example.com",)}, {"account": "ops"}):
            for one in wanted_watches(asset_folder("kibana/watches"), WatchChoices("dw", ("logs-*",), **ways, **links)):  # type: ignore[arg-type]
                for text, several in (("shop", 1), (HOSTILE, 2), ("", 0)):
                    trigger = {"scheduled_time": "2026-11-21T07:03Z"}
                    own = {"watch_id": one.name, "metadata": one.body["metadata"], "trigger": trigger}
                    values = {"ctx": {**own, "payload": payload(text, several)}}
                    for template, is_json in templates(one.body):
                        yield {"template": template, "json": is_json, "values": values}


def templates(body: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    yield json.dumps(body["input"]), True
    for action in body["actions"].values():
        if "webhook" in action:
            yield action["webhook"]["body"].removeprefix("__json__::"), True
        elif "slack" in action:
            yield action["slack"]["message"]["text"], False
        else:
            yield action["email"]["subject"], False
            yield action["email"]["body"]["text"], False


def by_elasticsearch(requests: list[dict[str, Any]]) -> list[str]:
    java, home = prepare(NEWEST)
    engine = artifact("com.github.spullara.mustache.java", "compiler", "0.9.14", "jar", ENGINE)
    jars = [engine, *home.glob("lib/*.jar")]
    done = subprocess.run(
        [java / "bin" / "java", "-cp", ":".join(map(str, jars)), Path(__file__).with_name("Render.java")],
        input="".join(f"{json.dumps(one)}\n" for one in requests),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=100,
    )
    answers = [base64.b64decode(line).decode() for line in done.stdout.splitlines()]
    assert len(answers) == len(requests), done.stderr
    return answers


def test_elasticsearch_renders_the_same() -> None:
    requests = list(asked())
    try:
        theirs = by_elasticsearch(requests)
    except MissingError as missing:
        skip(str(missing))
    for one, answer in zip(requests, theirs, strict=True):
        ours = rendered(one["template"], one["values"], as_json if one["json"] else str)
        if one["json"]:
            assert json.loads(answer) == json.loads(ours), one["template"]
        else:
            assert answer.split() == ours.split(), one["template"]
