"""How Elasticsearch and Kafka are reached, from the settings; secrets that lie in files are read here."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from detector.errors import SettingsError
from detector.settings import Settings
from ingest.elasticsearch.settings import Connection
from ingest.kafka.settings import KafkaConnection


def connection_of(settings: Settings) -> Connection:
    """How to reach the cluster; secrets that lie in files are read now.

    Raises `SettingsError` where such a file can't be read, or is empty.
    """
    section = settings.elasticsearch
    return Connection(
        hosts=section.hosts,
        ca_file=str(section.ca_file or ""),
        fingerprint=section.fingerprint,
        username=section.username,
        password=_secret("elasticsearch.password", section.password, section.password_file),
        api_key=_secret("elasticsearch.api_key", section.api_key, section.api_key_file),
        bearer_token=_secret("elasticsearch.bearer_token", section.bearer_token, section.bearer_token_file),
        timeout=section.timeout.total_seconds(),
        patience=section.patience.total_seconds(),
        compress=section.compress,
    )


def kafka_connection_of(settings: Settings) -> KafkaConnection:
    """How to reach the brokers; secrets that lie in files are read now.

    Raises `SettingsError` where such a file can't be read, or is empty, and where no brokers are named.
    """
    section = settings.kafka
    if not section.brokers:
        raise SettingsError("No brokers are named.", "Set kafka.brokers to host:port; docs/kafka.md tells how.")
    return KafkaConnection(
        brokers=section.brokers,
        security_protocol=section.security_protocol,
        sasl_mechanism=section.sasl_mechanism,
        username=section.username,
        password=_secret("kafka.password", section.password, section.password_file),
        ca_file=str(section.ca_file or ""),
        cert_file=str(section.cert_file or ""),
        key_file=str(section.key_file or ""),
        key_password=_secret("kafka.key_password", section.key_password, section.key_password_file),
        timeout=section.timeout.total_seconds(),
    )


def _secret(name: str, given: SecretStr, file: Path | None) -> str:
    """A secret from the settings or from its file, less the line break at its end."""
    if file is None:
        return given.get_secret_value()
    key = f"{name}_file"
    try:
        secret = file.read_text("utf-8").rstrip("\r\n")
    except OSError as error:
        problem = f"{file} can't be read: {(error.strerror or str(error)).lower()}."
        raise SettingsError(problem, f"It is named by {key}.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{file} isn't text.", f"It is named by {key}.") from None
    if not secret:
        raise SettingsError(f"{file} is empty.", f"It is named by {key}; write the secret into it.")
    return secret
