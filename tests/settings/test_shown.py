"""The settings in force as others see them: everything but secrets."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from detector.settings import Settings
from detector.settings.kinds import parse_duration
from detector.settings.load import Flag, load_with_origins, setting_fields
from detector.settings.origins import Origins
from detector.settings.shown import Shown, duration, shown_settings, without_secrets

EVERY_CHANNEL = """
[alerts]
heartbeat = "https://beats.example/PLANTED"

[alerts.channels.desk]
type = "slack"
url = "https://hooks.slack.com/services/PLANTED"

[alerts.channels.hook]
type = "webhook"
url = "https://hook.example/?key=PLANTED"
secret = "PLANTED"
headers = { Authorization = "Bearer PLANTED" }

[alerts.channels.am]
type = "alertmanager"
urls = ["https://am-0.example:9093/prefix?token=PLANTED", "https://am-1.example:9093"]
username = "drainwatch"
password = "PLANTED"

[alerts.channels.night]
type = "pagerduty"
routing_key = "PLANTED"
url = "https://events.example/v2?key=PLANTED"

[alerts.channels.post]
type = "email"
host = "mail.example"
username = "drainwatch"
password = "PLANTED"
sender = "drainwatch@example.org"
to = ["ops@example.org"]

[alerts.channels.out]
type = "stdout"
"""
SECRETS = [key for key, info in setting_fields() if info.annotation is SecretStr]


def shown(folder: Path, toml: str = "", environ: dict[str, str] | None = None, *flags: Flag) -> dict[str, Shown]:
    file = folder / "drainwatch.toml"
    file.write_text(toml, "utf-8")
    return {one.name: one for one in shown_settings(*load_with_origins(file, environ or {}, flags))}


def as_json(found: dict[str, Shown]) -> str:
    return json.dumps([(one.name, one.value, one.default, one.description) for one in found.values()])


def test_every_setting_is_there_with_what_it_is_for(tmp_path: Path) -> None:
    found = shown(tmp_path)
    assert list(found) == [key for key, _ in setting_fields()]
    assert [one.name for one in found.values() if not one.description] == []


def test_every_setting_of_a_channel_says_what_it_is_for(tmp_path: Path) -> None:
    found = shown(tmp_path, EVERY_CHANNEL)
    assert [one.name for one in found.values() if not one.description] == []
    assert found["alerts.channels.am.urls"].value == ["https://am-0.example:9093/prefix?…", "https://am-1.example:9093"]
    assert found["alerts.channels.post.to"].value == ["ops@example.org"]
    assert (found["alerts.channels.out.format"].value, found["alerts.channels.out.format"].origin) == (
        "text",
        "default",
    )


def test_each_says_where_it_was_said_and_the_last_place_holds(tmp_path: Path) -> None:
    found = shown(
        tmp_path,
        "[detection]\nwindow = '30s'\nlearn = '2h'\nretrain = '12h'",
        {"DRAINWATCH_DETECTION__LEARN": "3h", "DRAINWATCH_DETECTION__RETRAIN": "6h"},
        Flag("--retrain", "detection.retrain", "24h"),
    )
    told = {name: (found[f"detection.{name}"].value, found[f"detection.{name}"].origin) for name in ("window", "learn")}
    assert told == {"window": ("30s", "file"), "learn": ("3h", "environment")}
    # Said to be what it would be anyway, but said.
    assert (found["detection.retrain"].value, found["detection.retrain"].origin) == ("1d", "flag")
    assert (found["detection.seed"].value, found["detection.seed"].origin) == (1, "default")
    assert found["detection.window"].default == "1m"


def test_tables_are_told_setting_by_setting_where_they_have_any(tmp_path: Path) -> None:
    masks = "[parsing.masks]\nORDER = 'https?://o/\\?id=[0-9]+'\n"
    found = shown(tmp_path, f"{masks}[prometheus.queries.jobs]\nquery = 'sum by (namespace) (j)'")
    assert found["parsing.masks"].value == {"ORDER": "https?://o/\\?id=[0-9]+"}
    assert (found["prometheus.queries.jobs.query"].value, found["prometheus.queries.jobs.query"].origin) == (
        "sum by (namespace) (j)",
        "file",
    )
    assert found["prometheus.queries.jobs.scale"].origin == "default"


@pytest.mark.parametrize("key", SECRETS)
def test_no_secret_is_told_only_that_it_is_set(tmp_path: Path, key: str) -> None:
    section, _, name = key.rpartition(".")
    beside = {
        "elasticsearch.password": {"username": "me"},
        "prometheus.password": {"username": "me"},
        "kibana.password": {"username": "me"},
        "kafka.password": {"username": "me", "security_protocol": "sasl_ssl"},
    }.get(key, {})
    lines = [f"{one} = '{value}'" for one, value in {**beside, name: "PLANTED"}.items()]
    found = shown(tmp_path, f"[{section}]\n" + "\n".join(lines))
    assert (found[key].secret, found[key].value, found[key].given, found[key].origin) == (True, None, True, "file")
    assert "PLANTED" not in as_json(found)
    assert [other for other in SECRETS if found[other].given] == [key]


def test_no_secret_of_a_channel_is_told_nor_what_its_addresses_ask_with(tmp_path: Path) -> None:
    found = shown(tmp_path, EVERY_CHANNEL)
    assert "PLANTED" not in as_json(found)
    secret = {name.removeprefix("alerts.") for name, one in found.items() if one.secret and one.given}
    channels = {f"channels.{one}" for one in ("desk.url", "hook.url", "hook.secret", "hook.headers", "am.password")}
    assert secret == {*channels, "channels.night.routing_key", "channels.post.password", "heartbeat"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("https://me:PLANTED@es:9200/path", "https://…@es:9200/path"),
        ("https://me:PLAN/TED@es:9200", "https://…@es:9200"),
        ("https://me:PLANT?E#D@es:9200", "https://…@es:9200"),
        ("me:PLANTED@broker:9093", "…@broker:9093"),
        ("http://es:9200?token=PLANTED&x=1", "http://es:9200?…"),
        ("http://es:9200/#PLANTED", "http://es:9200/#…"),
        ("Kim <kim@example.org>", "Kim <kim@example.org>"),
        ("logs-*-*", "logs-*-*"),
    ],
)
def test_addresses_are_told_without_who_asks_and_with_what(text: str, told: str) -> None:
    assert without_secrets(text) == told


@pytest.mark.parametrize("written", ["0s", "0.5s", "90s", "1m", "36h", "7d", "400d"])
def test_durations_are_told_as_they_can_be_written(written: str) -> None:
    value = parse_duration(written)
    assert isinstance(value, timedelta)
    assert duration(value) == written


def test_who_made_the_settings_without_saying_how_has_said_them() -> None:
    settings = Settings.model_validate({"detection": {"seed": 7}})
    found = {one.name: one.origin for one in shown_settings(settings, Origins())}
    assert (found["detection.seed"], found["detection.window"]) == ("flag", "default")
