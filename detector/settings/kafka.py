"""The settings of Kafka: where lines may come from, and where findings may go."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from detector.settings.kinds import (
    Brokers,
    Duration,
    KubernetesNames,
    Period,
    Section,
    Topic,
    TopicOrNone,
    contradiction,
)


class KafkaSettings(Section):
    """Brokers that lines are read from, and that findings are told to; none are used where none are named."""

    brokers: Brokers = ()
    """Some of them, with port."""
    security_protocol: Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"] = "plaintext"
    """In plain text, with TLS, with name and password, or with both."""
    sasl_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = "SCRAM-SHA-512"
    """How name and password are told."""
    username: str = ""
    """Who asks, with one of the `sasl` protocols."""
    password: SecretStr = SecretStr("")
    """The password; better in a file."""
    password_file: Path | None = None
    """Read at the start: for secrets that are mounted."""
    ca_file: Path | None = None
    """PEM file of the certificate authority, where it is one of your own."""
    cert_file: Path | None = None
    """PEM file with a certificate of this client's, where brokers want one."""
    key_file: Path | None = None
    """PEM file with its private key."""
    key_password: SecretStr = SecretStr("")
    """The password of the private key; better in a file."""
    key_password_file: Path | None = None
    """File that holds it."""
    timeout: Period = timedelta(seconds=30)
    """Of a request, and of the delivery of a message."""
    topic: Topic = "kubernetes-logs"
    """What Filebeat or Logstash writes to, keyed by namespace."""
    group: str = Field("drainwatch", min_length=1)
    """The consumer group that all workers are in."""
    session_timeout: Period = timedelta(seconds=45)
    """A worker that isn't heard of for so long has died: the others take over its partitions."""
    start: Literal["earliest", "latest"] = "earliest"
    """Where a partition begins that nobody has read yet."""
    split: KubernetesNames = ()
    """Namespaces too big for one worker: each of their workloads is a unit of its own."""
    disorder: Duration = timedelta(seconds=60)
    """How much older than the newest line of its partition a line may be that is still waited for."""
    delay: Duration = timedelta(seconds=10)
    """How long a line may take from the program that wrote it until it is in the topic."""
    remember: int = Field(50_000, ge=0, le=10_000_000)
    """Among so many messages of a partition one that was sent twice is counted once; 0 looks for none."""
    anomalies_topic: TopicOrNone = "anomalies-output"
    """Where findings go; empty for nowhere."""
    dead_letter_topic: TopicOrNone = "drainwatch.dead-letter"
    """Where messages go of which nothing could be made; empty for nowhere."""

    @model_validator(mode="after")
    def _one_who_asks(self) -> Self:
        """What says who asks goes with the protocol, and each secret is in one place."""
        for name in ("password", "key_password"):
            if getattr(self, name).get_secret_value() and getattr(self, f"{name}_file") is not None:
                raise contradiction(f"kafka.{name} and kafka.{name}_file are both set; keep one of them.")
        has_password = bool(self.password.get_secret_value() or self.password_file)
        if self.security_protocol.startswith("sasl"):
            if not (self.username and has_password):
                lacking = "a password" if self.username else "kafka.username"
                raise contradiction(
                    f"kafka.security_protocol is {self.security_protocol}, which needs {lacking}; "
                    "set kafka.username and kafka.password_file."
                )
        elif self.username or has_password:
            raise contradiction(
                "kafka.username and kafka.password mean nothing with kafka.security_protocol "
                f"{self.security_protocol}; set that to sasl_ssl."
            )
        return self

    @model_validator(mode="after")
    def _tls_where_it_is_spoken(self) -> Self:
        """Certificates only where they are looked at, and a certificate with its key."""
        files = [name for name in ("ca_file", "cert_file", "key_file") if getattr(self, name) is not None]
        if files and not self.security_protocol.endswith("ssl"):
            raise contradiction(
                f"kafka.{files[0]} means nothing with kafka.security_protocol {self.security_protocol}; "
                "set that to ssl or sasl_ssl."
            )
        if (self.cert_file is None) != (self.key_file is None):
            there, lacking = ("cert", "key") if self.cert_file else ("key", "cert")
            raise contradiction(f"kafka.{there}_file is set without kafka.{lacking}_file; they go together.")
        return self

    @model_validator(mode="after")
    def _topics_apart(self) -> Self:
        """What is written must not be read again as lines."""
        named = {
            "topic": self.topic,
            "anomalies_topic": self.anomalies_topic,
            "dead_letter_topic": self.dead_letter_topic,
        }
        used: dict[str, str] = {}
        for key, name in named.items():
            if name and name in used:
                raise contradiction(f"kafka.{used[name]} and kafka.{key} are both {name}; name two topics.")
            used[name] = key
        return self
