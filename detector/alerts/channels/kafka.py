"""Alerts to a topic of Kafka: the notice as JSON, keyed by the alert, so that what is said of one stays in order."""

from __future__ import annotations

from datetime import datetime

from detector.alerts.channels.port import NeverError
from detector.alerts.notice import VERSION, Notice, encode
from detector.outputs.kafka import Letter, Topic
from ingest.kafka.settings import KafkaConnection


class KafkaAlerts:
    """Delivers to one topic."""

    kind, repeats = "kafka", False

    def __init__(self, name: str, connection: KafkaConnection, topic: str) -> None:
        self.name, self._topic = name, Topic(connection, topic)

    def send(self, notice: Notice, now: datetime) -> str:
        """Send it, and return when all replicas have it. Raises as the port says."""
        headers = (
            ("kind", b"alert"),
            ("event", notice.event.value.encode()),
            ("schema-version", str(VERSION).encode()),
            ("content-type", b"application/json"),
            ("message-id", notice.id.encode(errors="replace")),
        )
        letter = Letter(notice.alert.encode(errors="replace"), encode(notice), headers)
        if self._topic.deliver([letter]):
            raise NeverError(
                f"The topic {self._topic.name} (channel {self.name}) doesn't take a message of "
                f"{len(letter.value):,} bytes.",
                "Raise its max.message.bytes, or lower alerts.reasons and alerts.samples.",
            )
        return f"written to {self._topic.name}"

    def close(self) -> None:
        """Let go of the connections."""
        self._topic.close()
