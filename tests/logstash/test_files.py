"""The pipelines are ones that Logstash starts with: its grammar, its plugins' options, variables that are explained."""

from __future__ import annotations

import re

import pytest
import yaml

from detector.settings import KafkaSettings
from tests.docs.markdown import first_names, section, table_rows
from tests.docs.markdown import text_of as page
from tests.logstash.files import (
    FILTERS,
    HOME,
    INSTALLED,
    alternatives,
    files_of,
    joined,
    names,
    pipelines,
    text_of,
)
from tests.logstash.grammar import Plugin, RefusedError, parse, plugins
from tests.logstash.plugins import COMMON, NOT_WITH_DATA_STREAM, OPTIONS, PER_PIPELINE, SETTINGS

DOCS = "docs/logstash.md"


@pytest.mark.parametrize("name", names())
def test_each_file_is_whole_by_itself(name: str) -> None:
    assert parse(text_of(name))


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        ("filter { mutate { } ", 1),
        ("filter {\n mutate { gsub => }\n}", 2),
        ("filter { mutate { id = 'a' } }", 1),
        ("filter { if [a] == { drop { } } }", 1),
        ("filter { if [a =~ /x/ { drop { } } }", 1),
        ("filters { mutate { } }", 1),
        ("filter {\n\n mutate { a => 'b' c => \"d }\n}", 3),
        ("filter { mutate { match => { 'a' => 'b', 'c' => 'd' } } }", 1),
        ("filter { ruby { code => 'it's' } }", 1),
        ("filter { else { drop { } } }", 1),
        ("output { } }", 1),
    ],
)
def test_broken_files_are_refused(broken: str, line: int) -> None:
    with pytest.raises(RefusedError, match=f"line {line}:"):
        parse(broken)


def test_each_way_through_the_grammar() -> None:
    text = """
    # a comment
    input { stdin { codec => json { charset => "UTF-8" } } } # another
    filter {
      if [a][b] =~ /x\\/y/ and ([c] not in ["d", 'e'] or !([f] == 1.5)) { drop { } }
      else if "t" in [tags] { mutate { gsub => ["a", "b", "c"] convert => { "a" => "integer" 'b' => float } } }
      else { drop { percentage => -5 } }
    }
    """
    source, steps = parse(text)
    assert source.body[0] == Plugin("stdin", (("codec", Plugin("json", (("charset", "UTF-8"),))),))
    (branch,) = steps.body
    assert not isinstance(branch, Plugin)
    conditions = [condition for condition, _ in branch.ways]
    both = [
        "or",
        ["not", ["in", ["field", "[c]"], ["value", ["d", "e"]]]],
        ["not", ["==", ["field", "[f]"], ["value", 1.5]]],
    ]
    assert conditions == [
        ["and", ["=~", ["field", "[a][b]"], ["regexp", "x\\/y"]], both],
        ["in", ["value", "t"], ["field", "[tags]"]],
        None,
    ]
    assert branch.ways[1][1] == (
        Plugin("mutate", (("gsub", ["a", "b", "c"]), ("convert", {"a": "integer", "b": "float"}))),
    )


@pytest.mark.parametrize("name", names())
def test_options_are_ones_that_the_plugins_have_in_both_versions(name: str) -> None:
    for kind, plugin in plugins(text_of(name)):
        known = OPTIONS[kind, plugin.name] | COMMON[kind]
        given = [option for option, _ in plugin.options]
        assert set(given) <= known, f"{plugin.name}: {set(given) - known}"
        assert len(given) == len(set(given)), f"{plugin.name} has an option twice"


@pytest.mark.parametrize("name", names())
def test_data_streams_and_indices_are_not_mixed(name: str) -> None:
    for kind, plugin in plugins(text_of(name)):
        if (kind, plugin.name) == ("output", "elasticsearch"):
            given = {option for option, _ in plugin.options}
            if plugin.option("data_stream") == "true":
                assert not given & NOT_WITH_DATA_STREAM
                assert plugin.option("data_stream_namespace") == "default"
            else:
                assert not {option for option in given if option.startswith("data_stream_")}


def test_pipelines_are_made_of_files_that_are_there() -> None:
    used = set()
    for path in alternatives():
        assert path.startswith(INSTALLED), path
        files = files_of(path)
        assert files == sorted(files)
        assert set(files) <= set(names())
        used.update(files)
        if files != ["dead-letters"]:
            assert [file for file in files if file in FILTERS] == list(FILTERS)
            assert [file[0] for file in files].count("1") == [file[0] for file in files].count("9") == 1
        ids = [plugin.option("id") for kind, plugin in plugins(joined(files)) if kind != "codec"]
        assert None not in ids
        assert len(ids) == len(set(ids))
    assert used | {"80-route-by-namespace", "91-output-daily", "92-output-kafka"} == set(names())


def test_settings_are_ones_that_both_versions_know() -> None:
    assert set(yaml.safe_load((HOME / "logstash.yml").read_text("utf-8"))) <= SETTINGS
    for settings in pipelines().values():
        assert set(settings) <= PER_PIPELINE


def test_dead_letters_are_written_read_back_and_not_in_a_circle() -> None:
    settings = yaml.safe_load((HOME / "logstash.yml").read_text("utf-8"))
    assert settings["dead_letter_queue.enable"] is True
    assert pipelines()["dead-letters"]["dead_letter_queue.enable"] is False
    (reads,) = [plugin for kind, plugin in plugins(text_of("dead-letters")) if kind == "input"]
    assert reads.option("pipeline_id") in pipelines()
    # Without the queue these stop the start.
    for kind, plugin in plugins(text_of("dead-letters")):
        assert plugin.option("dlq_custom_codes") is None, kind


def test_every_variable_is_explained_with_its_default_and_no_other() -> None:
    used: dict[str, set[str]] = {}
    for name in names():
        for variable, default in re.findall(r"\$\{(\w+)(?::([^}]*))?}", text_of(name)):
            used.setdefault(variable, set()).add(default)
    assert used.pop("ES_API_KEY") == {""}  # in a comment
    rows = [row for row in table_rows(section(page(DOCS), "## Begin")) if row[0].startswith("`")]
    told = {found: {row[1].strip("`")} for row in rows for found in re.findall(r"`(\w+)`", row[0])}
    assert used == told


def test_every_file_and_every_tag_is_explained_and_no_other() -> None:
    assert first_names(section(page(DOCS), "## Pipelines")) == [f"{name}.conf" for name in names()]
    tags = {tag for name in names() for tag in re.findall(r'(?:event\.tag\("|")(_\w+)"', text_of(name))}
    told = section(page(DOCS), "## What a line has afterwards")
    assert set(re.findall(r"`(_\w+)`", told)) == tags


def test_the_topic_is_the_one_that_drainwatch_reads_keyed_by_namespace() -> None:
    topic = f"${{KAFKA_TOPIC:{KafkaSettings().topic}}}"
    (reads,) = [plugin for kind, plugin in plugins(text_of("11-input-kafka")) if kind == "input"]
    assert reads.option("topics") == [topic]
    assert reads.option("group_id") != KafkaSettings().group
    (writes,) = [plugin for kind, plugin in plugins(text_of("92-output-kafka")) if kind == "output"]
    assert (writes.option("topic_id"), writes.option("acks")) == (topic, "all")
    assert writes.option("message_key") == "%{[@metadata][key]}"


def test_ruby_is_free_of_what_workers_would_share() -> None:
    for name in names():
        for _, plugin in plugins(text_of(name)):
            if plugin.name == "ruby":
                code = "\n".join(str(value) for option, value in plugin.options if option in ("init", "code"))
                code = "\n".join(line for line in code.splitlines() if not line.lstrip().startswith("#"))
                assert not re.search(r"\$[~&1-9]", code), name
                assert "'" not in code


def test_nothing_is_read_in_the_clear() -> None:
    (beats,) = [plugin for kind, plugin in plugins(text_of("10-input-beats")) if kind == "input"]
    assert beats.option("ssl_enabled") == "true"
    assert beats.option("ssl_client_authentication") == "required"
    for name in names():
        for _, plugin in plugins(text_of(name)):
            if plugin.name == "kafka":
                assert plugin.option("security_protocol") == "SASL_SSL"
            if plugin.name == "elasticsearch":
                assert plugin.option("ssl_verification_mode") == "full"
