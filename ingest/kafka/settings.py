"""What Kafka's client needs to know, as plain data (`detector.settings` has the same, checked, with its defaults)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from ingest.settings import SECOND

ClientConfig: TypeAlias = dict[str, str | int | float | bool]
"""As confluent-kafka takes it. https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md"""


@dataclass(frozen=True, slots=True)
class KafkaConnection:
    """How to reach the brokers and who asks. Secrets are left out of its `repr`."""

    brokers: tuple[str, ...]
    """Some of them, with port: `kafka-bootstrap:9093`; the others are found through them."""
    security_protocol: str = "plaintext"
    """Or `ssl`, `sasl_plaintext`, `sasl_ssl`."""
    sasl_mechanism: str = "SCRAM-SHA-512"
    """Or `SCRAM-SHA-256`, `PLAIN`; only with one of the `sasl` protocols."""
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    """PEM file with the certificate authority's certificate; empty for the system's authorities."""
    cert_file: str = ""
    """PEM file with the certificate of this client, where brokers want one."""
    key_file: str = ""
    key_password: str = field(default="", repr=False)
    timeout: float = 30.0
    """Seconds that a request, or the delivery of a message, may take."""


@dataclass(frozen=True, slots=True)
class TopicSettings:
    """What is read, and how. Durations in microseconds."""

    topic: str = "kubernetes-logs"
    group: str = "drainwatch"
    """The consumer group, which all workers of an installation are in."""
    session: int = 45 * SECOND
    """After so long without a sign of life a worker is taken for dead, and others take over its partitions."""
    start: str = "earliest"
    """Where a partition begins that nobody has read yet: `earliest` or `latest`."""
    split: tuple[str, ...] = ()
    """Namespaces of which each workload is a unit of its own."""
    disorder: int = 60 * SECOND
    """How much older than the newest line of its partition a line may be that is still waited for."""
    delay: int = 10 * SECOND
    """How long a line may take from the program that wrote it until it is in the topic."""


def client_config(connection: KafkaConnection, name: str = "drainwatch") -> ClientConfig:
    """The configuration of a consumer, producer or admin client; `name` is what brokers see it as in their logs."""
    config: ClientConfig = {
        "bootstrap.servers": ",".join(connection.brokers),
        "client.id": name,
        "security.protocol": connection.security_protocol,
        "socket.timeout.ms": round(connection.timeout * 1_000),
        # Nothing about connections that are idle: brokers close those.
        "log.connection.close": False,
        "socket.keepalive.enable": True,
    }
    if connection.security_protocol.startswith("sasl"):
        config |= {
            "sasl.mechanisms": connection.sasl_mechanism,
            "sasl.username": connection.username,
            "sasl.password": connection.password,
        }
    if connection.security_protocol.endswith("ssl"):
        given = {
            "ssl.ca.location": connection.ca_file,
            "ssl.certificate.location": connection.cert_file,
            "ssl.key.location": connection.key_file,
            "ssl.key.password": connection.key_password,
        }
        config |= {key: value for key, value in given.items() if value}
    return config
