"""`drainwatch setup kafka`: topics that aren't there are created, those that are are left alone unless asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.kafka.admin import Admin
from ingest.kafka.settings import KafkaConnection
from tests.cli.test_commands import drainwatch
from tests.servers.kafka import Broker, fresh_topic
from tests.servers.kafka_access import PASSWORD


@pytest.fixture
def environ(kafka: Broker) -> Iterator[dict[str, str]]:
    """The settings of somebody who may do everything, and topics that aren't there yet."""
    name = fresh_topic()
    names = {"TOPIC": name, "ANOMALIES_TOPIC": f"{name}-findings", "DEAD_LETTER_TOPIC": f"{name}-dead"}
    section = {"BROKERS": kafka.address, **names}
    yield {f"DRAINWATCH_KAFKA__{key}": value for key, value in section.items()}
    kafka.delete_topics(list(names.values()))


def name_in(environ: dict[str, str]) -> str:
    return environ["DRAINWATCH_KAFKA__TOPIC"]


def test_a_dry_run_only_shows(kafka: Broker, environ: dict[str, str], tmp_path: Path) -> None:
    done = drainwatch(tmp_path, "setup", "kafka", "--dry-run", environ=environ)
    assert (done.returncode, done.stderr) == (0, "")
    shown = [" ".join(line.split()) for line in done.stdout.splitlines()]
    copies = "as many copies as brokers make by default"
    assert shown == [
        f"+ lines {name_in(environ)} new: 12 partitions, {copies}, kept for 24 h",
        f"+ findings {name_in(environ)}-findings new: 1 partition, {copies}, kept for 168 h",
        f"+ dead letters {name_in(environ)}-dead new: 1 partition, {copies}, kept for 336 h, "
        "messages up to 2,097,152 bytes",
        "3 to be created.",
    ]
    assert name_in(environ) not in kafka.client().list_topics(timeout=10).topics


def test_without_anybody_to_ask_nothing_is_changed(kafka: Broker, environ: dict[str, str], tmp_path: Path) -> None:
    done = drainwatch(tmp_path, "setup", "kafka", environ=environ)
    assert done.returncode == 2
    assert "Say --yes" in done.stderr
    assert name_in(environ) not in kafka.client().list_topics(timeout=10).topics


def test_topics_are_created_once_and_then_left_as_they_are(
    kafka: Broker, environ: dict[str, str], tmp_path: Path
) -> None:
    made = drainwatch(tmp_path, "setup", "kafka", "--partitions", "3", "--retention", "2h", "--yes", environ=environ)
    assert (made.returncode, made.stdout.splitlines()[-1]) == (0, "3 created.")
    admin = Admin(KafkaConnection((kafka.address,)))
    seen = admin.topic(name_in(environ))
    assert seen is not None
    assert (seen.partitions, admin.config(name_in(environ))["retention.ms"]) == (3, "7200000")

    again = drainwatch(tmp_path, "setup", "kafka", "--yes", environ=environ)
    assert (again.returncode, again.stdout.splitlines()[-1]) == (0, "3 left as they are.")
    assert "there: 3 partitions, 1 copy, kept for 2 h, messages up to" in again.stdout
    assert "not 12 partitions: namespaces would move; docs/kafka.md tells how to do that" in again.stdout

    changed = drainwatch(tmp_path, "setup", "kafka", "--retention", "4h", "--yes", environ=environ)
    assert "- retention.ms: 7200000" in changed.stdout
    assert admin.config(name_in(environ))["retention.ms"] == "14400000"
    still = admin.topic(name_in(environ))
    assert still is not None
    assert still.partitions == 3


def test_what_can_not_be_made_is_said_and_fails(environ: dict[str, str], tmp_path: Path) -> None:
    done = drainwatch(tmp_path, "setup", "kafka", "--replication", "3", "--yes", environ=environ)
    assert done.returncode == 1
    assert "replication factor" in done.stdout.lower()
    assert done.stdout.splitlines()[-1] == "3 failed."


def test_who_may_not_is_told(kafka: Broker, environ: dict[str, str], tmp_path: Path) -> None:
    section = {
        "BROKERS": kafka.sasl_address,
        "SECURITY_PROTOCOL": "sasl_ssl",
        "USERNAME": "nobody",
        "PASSWORD": PASSWORD,
        "CA_FILE": str(kafka.ca_file),
    }
    nobody = environ | {f"DRAINWATCH_KAFKA__{key}": value for key, value in section.items()}
    done = drainwatch(tmp_path, "setup", "kafka", "--yes", environ=nobody)
    assert done.returncode == 1
    assert "the user may not use the topic" in done.stdout
    assert PASSWORD not in done.stdout + done.stderr


def test_nobody_answers_and_nobody_is_named(environ: dict[str, str], tmp_path: Path) -> None:
    away = environ | {"DRAINWATCH_KAFKA__BROKERS": "127.0.0.1:1", "DRAINWATCH_KAFKA__TIMEOUT": "1s"}
    done = drainwatch(tmp_path, "setup", "kafka", environ=away)
    assert done.returncode == 1
    assert "Kafka can't be reached. Check kafka.brokers, and that brokers are up." in done.stderr
    none = drainwatch(tmp_path, "setup", "kafka", environ={})
    assert (none.returncode, "Set kafka.brokers to host:port" in none.stderr) == (2, True)


def test_a_retention_that_is_none(environ: dict[str, str], tmp_path: Path) -> None:
    done = drainwatch(tmp_path, "setup", "kafka", "--retention", "long", environ=environ)
    assert (done.returncode, "write a duration such as 24h or 7d" in done.stderr) == (2, True)
