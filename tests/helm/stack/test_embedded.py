"""What stands in the values of eck-stack and is written in ingest/: the same, and all that is needed of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from detector.settings import KafkaSettings
from tests.helm.embedded import ROOT, embedded, files, parts
from tests.helm.stack.eck import STACK, rendered
from tests.kubernetes.manifests import Loader, one

FILEBEAT, LOGSTASH = ROOT / "ingest" / "filebeat", ROOT / "ingest" / "logstash"


def read(path: Path) -> Any:
    return yaml.load(path.read_text("utf-8"), Loader)


def config(kind: str, size: str = "small", way: str = "") -> dict[str, Any]:
    found: dict[str, Any] = one(rendered(size, way), kind)["spec"]["config"]
    return found


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_it_is_as_it_was_written(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text == embedded(text), "run: python -m tests.helm.embedded"


def test_all_of_it_is_there() -> None:
    assert list(parts((STACK / "base.yaml").read_text("utf-8"))) == [
        "ingest/filebeat/filebeat.yml",
        "ingest/filebeat/output-logstash.yml",
        "ingest/logstash/logstash.yml",
        "ingest/logstash/pipelines.yml",
        "ingest/logstash/pipeline",
    ]
    assert list(parts((STACK / "kafka.yaml").read_text("utf-8"))) == ["ingest/filebeat/output-kafka.yml"]


def test_filebeat_is_told_what_is_written_in_ingest() -> None:
    assert config("Beat") == read(FILEBEAT / "filebeat.yml") | read(FILEBEAT / "output-logstash.yml")


def test_through_kafka_only_its_output_differs() -> None:
    logstash = read(FILEBEAT / "output-logstash.yml")
    logstash["output.logstash"]["enabled"] = False
    kafka = read(FILEBEAT / "output-kafka.yml")
    assert config("Beat", way="kafka") == read(FILEBEAT / "filebeat.yml") | logstash | kafka
    assert kafka["output.kafka"]["topic"] == KafkaSettings().topic


def test_straight_to_elasticsearch_eck_says_where_that_is() -> None:
    written = read(FILEBEAT / "output-elasticsearch.yml")
    for name in ("hosts", "username", "password"):
        del written["output.elasticsearch"][name]
    del written["output.elasticsearch"]["ssl"]["certificate_authorities"]
    told = config("Beat", way="filebeat-to-elasticsearch")
    assert {name: told[name] for name in written} == written
    assert one(rendered("small", "filebeat-to-elasticsearch"), "Beat")["spec"]["elasticsearchRef"] == {
        "name": "elasticsearch"
    }


def test_logstash_is_told_what_is_written_in_ingest() -> None:
    assert config("Logstash") == read(LOGSTASH / "logstash.yml")
    assert config("Logstash", "production") == read(LOGSTASH / "logstash.yml") | {"queue.max_bytes": "20gb"}
    assert one(rendered("small", ""), "Logstash")["spec"]["pipelines"] == read(LOGSTASH / "pipelines.yml")


def test_the_files_of_its_pipelines_are_byte_for_byte_the_same() -> None:
    data = one(rendered("small", ""), "ConfigMap", "logstash-pipelines")["data"]
    assert data == {path.name: path.read_text("utf-8") for path in (LOGSTASH / "pipeline").iterdir()}


def test_from_kafka_only_the_input_differs_and_the_queue_of_before_is_gone_on_with() -> None:
    main, *others = read(LOGSTASH / "pipelines.yml")
    main["path.config"] = main["path.config"].replace("10-input-beats", "11-input-kafka")
    assert "queue.type" not in main  # in memory the queue on disk, of the same name, would be forgotten
    assert one(rendered("production", "kafka"), "Logstash")["spec"]["pipelines"] == [main, *others]


def test_from_kafka_logstash_gets_new_pods_which_know_the_password() -> None:
    # ECK doesn't restart Logstash for its pipelines, and an environment is read when a container starts.
    before, after = (
        one(rendered("production", way), "Logstash")["spec"]["podTemplate"].get("metadata") for way in ("", "kafka")
    )
    assert before != after


def test_a_difference_is_mended_and_indented_as_its_place_is() -> None:
    before = (
        "a:\n  # begin ingest/filebeat/output-kafka.yml\n  old: 1\n  # end ingest/filebeat/output-kafka.yml\nb: 2\n"
    )
    after = embedded(before)
    assert yaml.load(after, Loader) == {"a": read(FILEBEAT / "output-kafka.yml"), "b": 2}
    assert embedded(after) == after
