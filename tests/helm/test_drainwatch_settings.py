"""`config` of the chart's values becomes a settings file that drainwatch reads as it was meant."""

from __future__ import annotations

import json
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from detector.settings import Settings
from detector.settings.channels import CHANNELS
from detector.settings.load import setting_fields
from tests.helm.drainwatch import CHART, EXAMPLES, HOST, WORKERS, example, joined, made, settings_of, workload
from tests.kubernetes.manifests import load, one
from tests.kubernetes.rendering import RefusedError

SECRETS = "/run/secrets/drainwatch"


@pytest.mark.parametrize("values", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_read_as_it_was_written(values: Path, tmp_path: Path) -> None:
    (written,) = load(values)
    read = settings_of(made(values), tmp_path)
    again = Settings.model_validate(joined(read.model_dump(), written["config"]))
    assert again == read


def test_strings_numbers_lists_and_tables_come_through_unchanged() -> None:
    hostile = {
        "NAME": 'a "quoted" \\d+ <b>&amp;</b> # no comment',
        "it's = [a] key.with.dots": "line\nbreak\ttab\x7f\x01 é 日本 🚦 \u2028",
        "EMPTY": "",
        "TEMPLATE": "{{ .Values.kind }} ${HOME} $(id)",
    }
    config: dict[str, dict[str, Any]] = {
        "parsing": {"masks": hostile, "similarity": 0.5, "max_templates": 1_000_000, "workers": 0},
        "ingest": {"max_line_bytes": 999_999_999},
        "detection": {"alert_budget": 3, "seed": -1},
        "elasticsearch": {"compress": True, "namespaces": ["shop", "payments"]},
        "alerts": {
            "routes": [{"channels": ["out"], "namespaces": ["a-*", "-a-b"]}],
            "channels": {"out": {"type": "stdout"}},
        },
    }
    text = one(made(config=config), "ConfigMap", "drainwatch")["data"]["drainwatch.toml"]
    read = tomllib.loads(text)
    for section, values in config.items():
        assert {key: read[section][key] for key in values} == values
    assert isinstance(read["parsing"]["max_templates"], int)


def test_a_value_that_is_null_is_a_setting_that_is_not_made(tmp_path: Path) -> None:
    documents = made(config={"service": {"log_format": None}})
    assert settings_of(documents, tmp_path).service.log_format == "console"


def test_what_the_chart_knows_is_filled_in(tmp_path: Path) -> None:
    read = settings_of(made(**HOST), tmp_path)
    assert read.ingest.source == "elasticsearch"
    assert (read.service.host, read.service.port, read.service.log_format) == ("0.0.0.0", 8765, "json")
    assert read.elasticsearch.username == "from-a-secret"
    assert read.elasticsearch.password_file == Path(SECRETS, "elasticsearch/password")
    assert read.elasticsearch.ca_file == Path(SECRETS, "elasticsearch-ca/ca.crt")
    assert {"drainwatch", "drainwatch.logging.svc", "drainwatch.example.org"} <= set(read.service.host_names)


def test_workers_know_kafka_and_the_store(tmp_path: Path) -> None:
    read = settings_of(made(**WORKERS), tmp_path)
    assert (read.ingest.source, read.store.kind, read.kafka.security_protocol) == ("kafka", "elasticsearch", "sasl_ssl")
    assert (read.kafka.username, read.kafka.password_file) == ("drainwatch", Path(SECRETS, "kafka/password"))
    assert read.kafka.ca_file == Path(SECRETS, "kafka-ca/ca.crt")


def test_an_api_key_stands_in_for_name_and_password(tmp_path: Path) -> None:
    read = settings_of(made(elasticsearch={"existingSecret": "key", "apiKeyKey": "encoded"}), tmp_path)
    assert read.elasticsearch.api_key_file == Path(SECRETS, "elasticsearch/api-key")
    assert (read.elasticsearch.username, read.elasticsearch.password_file) == ("", None)


def test_kafka_knows_clients_by_certificate(tmp_path: Path) -> None:
    values = joined(WORKERS, {"kafka": {"existingSecret": "", "certSecret": "drainwatch-cert"}})
    read = settings_of(made(**values), tmp_path)
    assert (read.kafka.security_protocol, read.kafka.key_file) == ("ssl", Path(SECRETS, "kafka-cert/tls.key"))


def test_a_file_store_lies_on_the_volume(tmp_path: Path) -> None:
    documents = made(config={"store": {"kind": "sqlite"}})
    (mount,) = (
        mount["mountPath"]
        for mount in workload(documents)["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
        if mount["name"] == "data"
    )
    assert settings_of(documents, tmp_path).store.path.parent == Path(mount)


def test_what_config_says_wins_over_what_the_chart_knows(tmp_path: Path) -> None:
    config = {"elasticsearch": {"ca_file": "/else.crt"}, "service": {"host": "::", "host_names": ["more.example.org"]}}
    read = settings_of(made(config=config), tmp_path)
    assert (read.elasticsearch.ca_file, read.service.host) == (Path("/else.crt"), "::")
    assert "more.example.org" in read.service.host_names
    assert "drainwatch" in read.service.host_names


def test_set_up_asks_as_somebody_else_of_the_same_cluster(tmp_path: Path) -> None:
    documents = made(setup={"elasticsearch": {"username": "elastic", "passwordKey": "elastic"}})
    ours, theirs = settings_of(documents, tmp_path), settings_of(documents, tmp_path, "drainwatch-setup")
    assert (ours.elasticsearch.username, theirs.elasticsearch.username) == ("from-a-secret", "elastic")
    assert ours.elasticsearch.hosts == theirs.elasticsearch.hosts
    assert ours.elasticsearch.prefix == theirs.elasticsearch.prefix


# The schema of the values

SCHEMA = json.loads((CHART / "values.schema.json").read_text("utf-8"))
KNOWN_BY_THE_CHART = {"elasticsearch.username", "kafka.username", "service.port"}


def allowed(schema: dict[str, Any], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for name, below in schema["properties"].items():
        below_it = "properties" in below
        found |= allowed(below, f"{prefix}{name}.") if below_it else {f"{prefix}{name}"}
    return found


def test_the_schema_has_every_setting_but_secrets() -> None:
    settings = {name for name, info in setting_fields() if info.annotation is not SecretStr}
    assert allowed(SCHEMA["properties"]["config"]) == settings - KNOWN_BY_THE_CHART


def test_the_schema_has_every_key_of_channels_but_secrets() -> None:
    def plain(channel: type[BaseModel]) -> set[str]:
        return {name for name, info in channel.model_fields.items() if "SecretStr" not in str(info.annotation)}

    channel = SCHEMA["properties"]["config"]["properties"]["alerts"]["properties"]["channels"]["additionalProperties"]
    assert set(channel["properties"]) == {"type"}.union(*map(plain, CHANNELS.values()))
    assert channel["properties"]["type"]["enum"] == list(CHANNELS)


def test_the_defaults_of_all_settings_are_taken() -> None:
    def plain(value: Any) -> Any:
        if isinstance(value, timedelta):
            return f"{value.total_seconds():.0f}s"
        return list(value) if isinstance(value, tuple) else value

    config: dict[str, Any] = {}
    for name, info in setting_fields():
        default = plain(info.get_default(call_default_factory=True, validated_data={}))
        if name in KNOWN_BY_THE_CHART | {"store.path", "service.host_names"} or info.annotation is SecretStr:
            continue
        if default is None:
            continue
        *sections, last = name.split(".")
        table = config
        for section in sections:
            table = table.setdefault(section, {})
        table[last] = str(default) if isinstance(default, Path) else default
    assert made(config=config)


@pytest.mark.parametrize(
    "secret",
    [
        {"elasticsearch": {"password": "x"}},
        {"elasticsearch": {"api_key": "x"}},
        {"elasticsearch": {"bearer_token": "x"}},
        {"kafka": {"password": "x"}},
        {"kafka": {"key_password": "x"}},
        {"prometheus": {"password": "x"}},
        {"alerts": {"heartbeat": "https://hc.example.org/x"}},
        {"alerts": {"channels": {"a": {"type": "slack", "url": "https://hooks.example.org/x"}}}},
        {"alerts": {"channels": {"a": {"type": "webhook", "url": "https://example.org/x"}}}},
        {"alerts": {"channels": {"a": {"type": "webhook", "url_file": "/a", "secret": "x"}}}},
        {"alerts": {"channels": {"a": {"type": "webhook", "url_file": "/a", "headers": {"Authorization": "x"}}}}},
        {"alerts": {"channels": {"a": {"type": "pagerduty", "routing_key": "x"}}}},
        {"alerts": {"channels": {"a": {"type": "email", "password": "x"}}}},
    ],
    ids=str,
)
def test_secrets_are_refused_as_values(secret: dict[str, Any]) -> None:
    with pytest.raises(RefusedError, match=r"not allowed|would be in a ConfigMap"):
        made(config=secret)


@pytest.mark.parametrize(
    "values",
    [
        {"config": {"elasticsearch": {"hosts": ["https://a:9200", "https://elastic:hunter2@b:9200"]}}},
        {"config": {"elasticsearch": {"hosts": "https://a:9200,https://elastic:hunter2@b:9200"}}},
        {"config": {"prometheus": {"url": "http://drainwatch:hunter2@prometheus:9090"}}},
        {"config": {"alerts": {"channels": {"a": {"type": "alertmanager", "urls": ["http://u:hunter2@a:9093"]}}}}},
        {"extraEnv": [{"name": "DRAINWATCH_ELASTICSEARCH__PASSWORD", "value": "hunter2"}]},
        {"extraEnv": [{"name": "DRAINWATCH_ALERTS__HEARTBEAT", "value": "https://hc.example.org/hunter2"}]},
    ],
    ids=str,
)
def test_so_are_those_in_addresses_and_variables_and_the_error_does_not_tell_them(values: dict[str, Any]) -> None:
    with pytest.raises(RefusedError, match="for all to read") as refused:
        made(**values)
    assert "hunter2" not in str(refused.value)


def test_a_variable_from_a_secret_is_taken() -> None:
    source = {"valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}
    assert made(extraEnv=[{"name": "DRAINWATCH_PROMETHEUS__PASSWORD", **source}])


def test_no_manifest_of_an_example_holds_a_secret() -> None:
    """Neither a Secret, nor in a ConfigMap or variable what a setting of a secret would be called."""
    for values in EXAMPLES:
        documents = made(values)
        assert not [document for document in documents if document["kind"] == "Secret"]
        for name in ("drainwatch", "drainwatch-setup"):
            found = [d for d in documents if d["kind"] == "ConfigMap" and d["metadata"]["name"] == name]
            for document in found:
                for line in document["data"]["drainwatch.toml"].splitlines():
                    key, _, value = line.partition(" = ")
                    hidden = ("password", "api_key", "token", "secret", "routing_key", "url_file", "heartbeat")
                    if key.startswith(hidden):
                        assert key.endswith("_file"), line
                        assert value.startswith(f'"{SECRETS}/'), line


def test_every_file_that_an_example_names_is_mounted() -> None:
    for values in EXAMPLES:
        documents = made(values)
        (container,) = workload(documents)["spec"]["template"]["spec"]["containers"]
        places = [mount["mountPath"] for mount in container["volumeMounts"]]
        tree = tomllib.loads(one(documents, "ConfigMap", "drainwatch")["data"]["drainwatch.toml"])
        named = [value for key, value in walked(tree) if key.endswith("_file")]
        assert named
        assert all(str(Path(file).parent) in places for file in named), (values.stem, named)


def walked(tree: Any) -> list[tuple[str, Any]]:
    if isinstance(tree, dict):
        return [
            pair
            for key, value in tree.items()
            for pair in ([(key, value)] if isinstance(value, str) else walked(value))
        ]
    return [pair for value in tree for pair in walked(value)] if isinstance(tree, list) else []


def test_the_example_to_try_learns_soon(tmp_path: Path) -> None:
    read = settings_of(made(example("try")), tmp_path)
    assert read.detection.learn == timedelta(minutes=10)
    assert read.store.kind == "elasticsearch"
