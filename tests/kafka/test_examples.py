"""The configuration that ships fits the settings' defaults: whoever takes it as it is has topics that are read."""

from __future__ import annotations

import re
from pathlib import Path

from detector.settings import KafkaSettings
from detector.setup.topics import BY_DEFAULT
from tests.docs.markdown import ROOT

EXAMPLES = Path("ingest/kafka/examples")
DEFAULTS = KafkaSettings()


def text_of(name: str) -> str:
    return (ROOT / EXAMPLES / name).read_text("utf-8")


def part(manifests: str, kind: str, name: str) -> str:
    """One document of several."""
    (found,) = (one for one in manifests.split("---\n") if f"kind: {kind}\n" in one and f"\n  name: {name}\n" in one)
    return found


def test_topics_of_strimzi_are_those_of_setup() -> None:
    manifests = text_of("strimzi.yaml")
    for name, purpose in (
        (DEFAULTS.topic, "lines"),
        (DEFAULTS.anomalies_topic, "findings"),
        (DEFAULTS.dead_letter_topic, "dead letters"),
    ):
        topic = part(manifests, "KafkaTopic", name)
        assert {key: re.findall(rf"{re.escape(key)}: (\d+)", topic) for key in BY_DEFAULT[purpose]} == {
            key: [value] for key, value in BY_DEFAULT[purpose].items()
        }


def test_the_user_of_strimzi_may_what_is_needed_and_no_more() -> None:
    user = part(text_of("strimzi.yaml"), "KafkaUser", "drainwatch")
    rules = re.findall(r"type: (\w+), name: (\S+), patternType: literal}\n +operations: \[(.+)]", user)
    assert {(kind, name): operations for kind, name, operations in rules} == {
        ("topic", DEFAULTS.topic): "Describe, DescribeConfigs, Read",
        ("group", DEFAULTS.group): "Describe, Read",
        ("topic", DEFAULTS.anomalies_topic): "Describe, Write",
        ("topic", DEFAULTS.dead_letter_topic): "Describe, Write",
    }
