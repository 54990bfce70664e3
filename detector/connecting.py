"""How Elasticsearch, Kafka and Prometheus are reached, from the settings; secrets that lie in files are read here."""

from __future__ import annotations

from dataclasses import replace

from detector.errors import SettingsError
from detector.settings import Settings
from detector.settings.secrets import read_secret
from ingest.elasticsearch.settings import Connection
from ingest.kafka.settings import KafkaConnection
from ingest.prometheus.settings import PrometheusConnection

_ANSWER = 10.0
"""Seconds that an answer may take for which somebody waits before a page."""


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
        password=read_secret("elasticsearch.password", section.password, section.password_file),
        api_key=read_secret("elasticsearch.api_key", section.api_key, section.api_key_file),
        bearer_token=read_secret("elasticsearch.bearer_token", section.bearer_token, section.bearer_token_file),
        timeout=section.timeout.total_seconds(),
        patience=section.patience.total_seconds(),
        compress=section.compress,
    )


def page_connection_of(settings: Settings) -> Connection:
    """The same for who looks at the page or asks the API, and wants to know at once where the cluster is away."""
    connection = connection_of(settings)
    return replace(
        connection,
        timeout=min(connection.timeout, _ANSWER),
        patience=min(connection.patience, settings.elasticsearch.page_patience.total_seconds()),
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
        password=read_secret("kafka.password", section.password, section.password_file),
        ca_file=str(section.ca_file or ""),
        cert_file=str(section.cert_file or ""),
        key_file=str(section.key_file or ""),
        key_password=read_secret("kafka.key_password", section.key_password, section.key_password_file),
        timeout=section.timeout.total_seconds(),
    )


def prometheus_connection_of(settings: Settings) -> PrometheusConnection:
    """How to reach Prometheus; secrets that lie in files are read now.

    Raises `SettingsError` where such a file can't be read, or is empty, and where no address is given.
    """
    section = settings.prometheus
    if not section.url:
        raise SettingsError("No Prometheus is named.", "Set prometheus.url; docs/prometheus.md tells how.")
    return PrometheusConnection(
        url=section.url,
        ca_file=str(section.ca_file or ""),
        username=section.username,
        password=read_secret("prometheus.password", section.password, section.password_file),
        bearer_token=read_secret("prometheus.bearer_token", section.bearer_token, section.bearer_token_file),
        timeout=section.timeout.total_seconds(),
        patience=min(section.timeout.total_seconds(), section.step.total_seconds()) / 2,
    )
