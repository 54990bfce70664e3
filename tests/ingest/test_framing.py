"""The three frames that runtimes and shippers put around a line, and how a file's form is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import cri, docker_json, filebeat
from ingest.identity import DocumentNames
from ingest.sniff import Form, is_binary, sniff

NOON = 1_772_452_800_000_000  # 2026-03-02T12:00:00Z


def test_a_cri_line() -> None:
    assert cri.frame("2026-03-02T12:00:00.000000001Z stderr F hello  world ") == (
        NOON,
        "stderr",
        False,
        "hello  world ",
    )


def test_a_cri_line_that_goes_on_says_so() -> None:
    framed = cri.frame("2026-03-02T13:00:00+01:00 stdout P:x half")
    assert framed == (NOON, "stdout", True, "half")


@pytest.mark.parametrize("line", ["2026-03-02T12:00:00Z stdout F", "2026-03-02T12:00:00Z stdout F "])
def test_an_empty_cri_line(line: str) -> None:
    assert cri.frame(line) == (NOON, "stdout", False, "")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "2026-03-02T12:00:00Z",
        "2026-03-02T12:00:00Z stdin F x",
        "noon stdout F x",
        "2026-03-02T12:00:00Z stdout X x",
    ],
)
def test_what_is_no_cri_line(line: str) -> None:
    assert cri.frame(line) is None


def test_a_docker_line_and_one_that_goes_on() -> None:
    line = {"log": "hi ż\n", "stream": "stdout", "time": "2026-03-02T12:00:00.5Z"}
    assert docker_json.frame(json.dumps(line)) == (NOON + 500_000, "stdout", False, "hi ż")
    assert docker_json.frame(json.dumps({**line, "log": "hi"})) == (NOON + 500_000, "stdout", True, "hi")


@pytest.mark.parametrize("line", ["", '{"log":"torn', '{"log":1,"time":"x"}', '{"log":"x","time":"noon"}', "[]"])
def test_what_is_no_docker_line(line: str) -> None:
    assert docker_json.frame(line) is None


def document(**fields: Any) -> str:
    return json.dumps({"@timestamp": "2026-03-02T12:00:00.000Z", **fields})


def parsed(**fields: Any) -> filebeat.Document:
    found = filebeat.parse(document(**fields))
    assert found is not None
    return found


def test_a_document_of_filebeat() -> None:
    found = parsed(
        message="hello",
        stream="stderr",
        log={"file": {"path": "/var/log/x.log"}, "offset": 7},
        kubernetes={"namespace": "shop", "pod": {"name": "web-0"}, "labels": {"pod-template-hash": "7d9c5b6f4"}},
        container={"image": {"name": "web:1"}},
    )
    assert (found.time, found.stamped, found.stream, found.message) == (NOON, True, "stderr", "hello")
    assert found.names == DocumentNames("/var/log/x.log", "shop", "web-0", image="web:1", template_hash="7d9c5b6f4")


def test_dotted_keys_mean_the_same() -> None:
    flat = parsed(**{"message": "m", "kubernetes.namespace": "shop", "kubernetes.pod.name": "p", "log.level": "WARN"})
    half = parsed(message="m", kubernetes={"namespace": "shop", "pod.name": "p"}, log={"level": "WARN"})
    for found in (flat, half):
        assert (found.names.namespace, found.names.pod, found.level) == ("shop", "p", "WARN")


def test_a_time_of_reading_is_told_from_the_runtimes() -> None:
    assert not parsed(message="m").stamped
    assert parsed(message="m", stream="stdout").stamped
    assert parsed(message="m", input={"type": "container"}).stamped


@pytest.mark.parametrize("target", ["app", ""])
def test_json_that_filebeat_decoded_gives_message_level_and_time_back(target: str) -> None:
    own = {"msg": "price computed", "level": "warn", "ts": "2026-03-02T11:59:59Z"}
    found = parsed(stream="stdout", **({target: own} if target else own))
    assert (found.message, found.level, found.inner_time) == ("price computed", "warn", NOON - 1_000_000)


def test_a_document_without_message_has_none() -> None:
    assert parsed(stream="stdout", host={"name": "n"}, error={"message": "not the line's"}).message is None


@pytest.mark.parametrize(
    "fields",
    [
        {"kubernetes": "bad"},
        {"kubernetes": {"pod": "bad", "namespace": 7, "labels": [1]}},
        {"log": "bad", "container": 1, "input": None, "stream": {"a": 1}},
        {"level": {"a": 1}, "severity": 9, "log": {"level": None, "file": []}},
        {"kubernetes.pod": 1, "kubernetes.namespace": None},
    ],
)
def test_a_hostile_document_keeps_its_message(fields: dict[str, Any]) -> None:
    assert parsed(message="kept", **fields).message == "kept"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.dictionaries(
                st.sampled_from(
                    ["kubernetes", "pod", "name", "log", "file", "path", "message", "@timestamp", "level", "app", "a.b"]
                ),
                inner,
            )
            | st.lists(inner)
        ),
        max_leaves=12,
    )
)
def test_no_document_breaks_the_reading(value: object) -> None:
    found = filebeat.parse(json.dumps(value))
    assert found is None or isinstance(found.message, str | None)


@pytest.mark.parametrize("line", ["", "torn", '{"@timestamp":"2026', "[1]", "7", "[" * 100_000])
def test_what_is_no_document(line: str) -> None:
    assert filebeat.parse(line) is None


CRI = b"2026-03-02T12:00:00Z stdout F hello"
DOCKER = b'{"log":"hello\\n","stream":"stdout","time":"2026-03-02T12:00:00Z"}'
DOCUMENT = b'{"@timestamp":"2026-03-02T12:00:00Z","message":"hello","agent":{"type":"filebeat"}}'
JSON = b'{"ts":"2026-03-02T12:00:00Z","msg":"hello"}'


@pytest.mark.parametrize(
    ("line", "form"),
    [(CRI, Form.CRI), (DOCKER, Form.DOCKER), (DOCUMENT, Form.FILEBEAT), (JSON, Form.PLAIN), (b"hello", Form.PLAIN)],
)
def test_the_form_is_told_by_the_first_lines(line: bytes, form: Form) -> None:
    assert sniff([line]) is form
    assert sniff([b"torn by a crash", line, line, b"", line]) is form


def test_a_binary_beginning_is_told_from_text() -> None:
    assert is_binary(b"\x7fELF\x02\x01\x01\x00\x00\x00" * 20)
    assert not is_binary("zażółć gęślą jaźń\n".encode() * 5)
