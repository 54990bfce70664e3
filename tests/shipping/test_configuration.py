"""Filebeat's configuration: every setting is one that it knows, its files fit each other, and what drainwatch reads."""

from __future__ import annotations

import re
from fnmatch import fnmatch

import pytest

from detector.settings import ElasticsearchSettings, KafkaSettings
from tests.shipping.configuration import (
    FOLDER,
    INPUTS,
    OUTPUTS,
    Tree,
    configuration,
    multiline,
    nested,
    reading,
    settings,
    written,
)
from tests.shipping.known import SINCE, is_known

ALL = INPUTS + OUTPUTS
LONGEST_ESCAPE = 6
"""Bytes of JSON that one byte of a message may take: a control character is `\\u0001`."""
METADATA = 16_384
"""More bytes than all fields beside the message have."""


def seconds(duration: str) -> int:
    number, unit = int(duration[:-1]), duration[-1]
    return number * {"s": 1, "m": 60, "h": 3_600}[unit]


def test_these_are_all_files() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(ALL)


@pytest.mark.parametrize("name", ALL)
def test_every_setting_is_one_that_filebeat_knows(name: str) -> None:
    assert [setting for setting, _ in settings(configuration(name)) if not is_known(setting)] == []


def test_a_misspelt_setting_would_be_found() -> None:
    assert not is_known("filebeat.inputs.close.on_state_changed.removed")
    assert not is_known("processors.drop_event.when.equal.kubernetes.namespace")


def test_what_only_9_knows_is_said_where_it_is_set() -> None:
    newer = {setting for name in ALL for setting, _ in settings(configuration(name)) if setting in SINCE}
    assert newer == set(SINCE)
    for setting, since in SINCE.items():
        name = "input-static.yml" if ".inputs." in setting else "filebeat.yml"
        assert since in (FOLDER / name).read_text("utf-8"), setting


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("name", INPUTS)
def test_an_input_and_an_output_make_a_whole(name: str, output: str) -> None:
    together = nested({**written(name), **written(output)})
    assert set(written(name)) & set(written(output)) == set()
    assert len(together["output"]) == 1
    assert len(together["queue"]) == 1


def test_both_ways_of_reading_do_the_same_with_a_line() -> None:
    discovered, static = (configuration(name) for name in INPUTS)
    for tree in (discovered, static):
        tree["filebeat"].pop("autodiscover", None)
        tree["filebeat"].pop("inputs", None)
    assert discovered == static
    discovered, static = (reading(name) for name in INPUTS)
    apart = {"id", "paths", "processors", "compression"}
    static["prospector"]["scanner"].pop("exclude_files")
    assert {key: value for key, value in discovered.items() if key not in apart} == {
        key: value for key, value in static.items() if key not in apart
    }


@pytest.mark.parametrize("name", ALL)
def test_secrets_come_from_the_environment(name: str) -> None:
    for setting, value in settings(configuration(name)):
        if setting.endswith((".username", ".password", ".api_key")):
            assert re.fullmatch(r"\$\{[A-Z_]+}", value), setting


@pytest.mark.parametrize("name", INPUTS)
def test_a_line_as_long_as_may_be_is_a_message_that_kafka_takes(name: str) -> None:
    longest = reading(name)["message_max_bytes"] * LONGEST_ESCAPE + METADATA
    assert longest <= configuration("output-kafka.yml")["output"]["kafka"]["max_message_bytes"]


@pytest.mark.parametrize("name", INPUTS)
def test_no_line_of_a_stack_trace_is_thrown_away_before_the_length_cuts_it(name: str) -> None:
    shortest = len("    at a.b(C)\n")
    assert multiline(name)["max_lines"] * shortest >= reading(name)["message_max_bytes"]


@pytest.mark.parametrize("name", INPUTS)
def test_stack_traces_wait_longer_than_filebeat_for_a_file_to_grow(name: str) -> None:
    first_look = reading(name).get("backoff", {}).get("init", "2s")
    assert seconds(multiline(name)["timeout"]) > seconds(first_look)


@pytest.mark.parametrize("name", INPUTS)
def test_what_is_removed_or_rotated_is_read_to_its_end(name: str) -> None:
    change = reading(name)["close"]["on_state_change"]
    assert change["removed"] is False
    assert "renamed" not in change


def kafka() -> Tree:
    found = configuration("output-kafka.yml")["output"]["kafka"]
    assert isinstance(found, dict)
    return found


def test_kafka_gets_what_drainwatchs_workers_rely_on() -> None:
    assert kafka()["topic"] == KafkaSettings().topic
    assert kafka()["key"] == "%{[kubernetes.namespace]}"
    assert kafka()["partition"] == {"hash": {"reachable_only": False}}
    assert kafka()["required_acks"] == -1


def test_elasticsearch_gets_it_where_drainwatch_looks() -> None:
    index = configuration("output-elasticsearch.yml")["output"]["elasticsearch"]["index"]
    assert any(fnmatch(index, pattern) for pattern in ElasticsearchSettings().indices)
    assert index.split("-") == ["logs", "kubernetes.container_logs", "default"]


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs_check_whom_they_speak_to(name: str) -> None:
    (output,) = configuration(name)["output"].values()
    assert output["ssl"]["verification_mode"] == "full"
    assert output["ssl"]["certificate_authorities"]
