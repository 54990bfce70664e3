"""What can't be of a channel is refused in one sentence that names the channel, and never shows a secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detector.alerts.channels.opening import open_all
from detector.errors import SettingsError
from detector.settings import Settings
from detector.settings.load import load_settings
from detector.wiring import open_channels

SECRET = "hidden-secret"


def written(folder: Path, toml: str) -> Path:
    file = folder / "drainwatch.toml"
    file.write_text(toml, "utf-8")
    return file


def refusal(folder: Path, section: str) -> str:
    with pytest.raises(SettingsError) as refused:
        load_settings(written(folder, f"[alerts.channels.oncall]\n{section}"), {})
    return str(refused.value).replace(f" (from {folder / 'drainwatch.toml'})", "")


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("type = 'slack'", "alerts.channels.oncall: url isn't set; set it, or url_file to a file that holds it."),
        (
            f"type = 'slack'\nurl = 'https://a.example/{SECRET}'\nurl_file = '/a'",
            "alerts.channels.oncall: url and url_file are both set; keep one of them.",
        ),
        (
            f"type = 'slack'\nurl = 'http://hooks.slack.com/{SECRET}'",
            "alerts.channels.oncall: url should begin with https://: whoever reads it on its way could use it.",
        ),
        (
            f"type = 'slack'\nurl = '{SECRET}'",
            "alerts.channels.oncall: url should be an address such as https://example.org/path.",
        ),
        (
            f"type = 'webhook'\nurl = 'https://me:{SECRET}@example.org'",
            "alerts.channels.oncall: url should hold no user name before the @.",
        ),
        (
            f"type = 'webhook'\nurl = 'https://a.example'\nheaders = {{ 'X y' = '{SECRET}' }}",
            "alerts.channels.oncall.headers can't be what it is: should be names of headers, other than Content-Type "
            "(that is content_type).",
        ),
        (
            f"type = 'webhook'\nurl = 'https://a.example'\nheaders = {{ Key = '{SECRET}\\u00e9' }}".replace("'", '"'),
            "alerts.channels.oncall.headers can't be what it is: should have values that fit into a header: ASCII, "
            "without line breaks.",
        ),
        (
            f"type = 'webhook'\nurl = ['{SECRET}']",
            "alerts.channels.oncall.url can't be what it is: should be a valid string.",
        ),
        (
            f"type = 'alertmanager'\nurls = ['http://me:{SECRET}@am:9093']",
            "alerts.channels.oncall.urls can't be what it is: should hold no user name before the @.",
        ),
        (
            "type = 'alertmanager'\nurls = []",
            "alerts.channels.oncall.urls can't be what it is: should be one address or more, such as "
            "http://alertmanager:9093.",
        ),
        (
            f"type = 'alertmanager'\nurls = ['http://am:9093']\npassword = '{SECRET}'",
            "alerts.channels.oncall: password is set without username; say whose it is.",
        ),
        (
            "type = 'alertmanager'\nurls = ['http://am:9093']\nlabels = { alertname = 'mine' }",
            "alerts.channels.oncall.labels can't be what it is: should have names of letters, digits and underscores, "
            "other than alertname and namespace.",
        ),
        ("type = 'pagerduty'", "alerts.channels.oncall: routing_key isn't set; set it, or routing_key_file"),
        (
            f"type = 'email'\nhost = 'mail'\nsender = 'x'\nto = ['a@b.example']\npassword = '{SECRET}'",
            "alerts.channels.oncall.sender can't be 'x': should be a mail address, such as drainwatch@example.org.",
        ),
        (
            "type = 'email'\nhost = 'mail'\nsender = 'a@b.example'\nto = ['a@b.example, c@d.example']",
            "alerts.channels.oncall.to can't be what it is: should be a mail address, such as drainwatch@example.org.",
        ),
        (
            'type = "email"\nhost = "mail"\nsender = "a@b.example"\nto = ["a@b.example\\nBcc: c@d.example"]',
            "alerts.channels.oncall.to can't be what it is: should be a mail address",
        ),
        (
            f"type = 'email'\nhost = 'mail'\nsender = 'a@b.example'\nto = 'a@b.example'\nsecurity = 'none'\n"
            f"username = 'me'\npassword = '{SECRET}'",
            "alerts.channels.oncall: security is none, and a password would be sent for all to read; set it to "
            "starttls.",
        ),
        (
            "type = 'email'\nhost = 'mail'\nport = 99999\nsender = 'a@b.example'\nto = 'a@b.example'",
            "alerts.channels.oncall.port can't be 99999: should be less than or equal to 65535.",
        ),
        ("type = 'kafka'\ntopic = 'a b'", "alerts.channels.oncall.topic can't be 'a b': should be the name of a topic"),
        (
            f"type = 'slak'\nurl = '{SECRET}'",
            "alerts.channels.oncall.type can't be 'slak': should be slack, webhook, alertmanager, pagerduty, email, "
            "kafka or stdout.",
        ),
        (f"url = '{SECRET}'", "alerts.channels.oncall.type isn't set: should be slack, webhook, "),
        (
            f"type = 'slack'\nurl_fil = '{SECRET}'",
            "There is no setting alerts.channels.oncall.url_fil. Did you mean alerts.channels.oncall.url_file?",
        ),
        (
            "type = 'email'\nsender = 'a@b.example'\nto = 'a@b.example'",
            "alerts.channels.oncall.host isn't set, and has to be.",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(tmp_path: Path, section: str, said: str) -> None:
    sentence = refusal(tmp_path, section)
    assert sentence.startswith(said)
    assert SECRET not in sentence


@pytest.mark.parametrize("name", ["on call", "a.b", "", "x" * 64, "–"])
def test_a_name_that_labels_and_logs_do_not_take_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="should be named with letters, digits, hyphens and underscores"):
        load_settings(written(tmp_path, f'[alerts.channels."{name}"]\ntype = "stdout"\n'), {})


def test_a_variable_holds_all_of_them_as_json() -> None:
    value = json.dumps({"oncall": {"type": "slack", "url": f"https://hooks.slack.com/{SECRET}"}})
    settings = load_settings(None, {"DRAINWATCH_ALERTS__CHANNELS": value})
    assert settings.alerts.channels["oncall"].type == "slack"
    assert SECRET not in repr(settings)
    assert SECRET not in settings.model_dump_json()
    with pytest.raises(SettingsError) as refused:
        load_settings(None, {"DRAINWATCH_ALERTS__CHANNELS": value.replace("https", "http")})
    assert str(refused.value).startswith("alerts.channels.oncall: url should begin with https://")
    with pytest.raises(SettingsError) as refused:
        load_settings(None, {"DRAINWATCH_ALERTS__CHANNELS": value[:-1]})
    assert str(refused.value).startswith("DRAINWATCH_ALERTS__CHANNELS can't be read. Write it as JSON, such as {")
    assert SECRET not in str(refused.value)


def opened(folder: Path, toml: str) -> Settings:
    return load_settings(written(folder, toml), {})


def test_all_kinds_are_opened_without_a_connection(tmp_path: Path) -> None:
    (tmp_path / "slack").write_text(f"https://hooks.slack.com/{SECRET}\n")
    (tmp_path / "key").write_text(f"{SECRET}\n")
    (tmp_path / "body.j2").write_text("{{ title | tojson }}")
    settings = opened(
        tmp_path,
        f"""
        [kafka]
        brokers = ["127.0.0.1:1"]
        [alerts.channels.a]
        type = "slack"
        url_file = "{tmp_path / "slack"}"
        [alerts.channels.b]
        type = "webhook"
        url = "http://hooks.svc:8080/x"
        secret_file = "{tmp_path / "key"}"
        template = "{tmp_path / "body.j2"}"
        [alerts.channels.c]
        type = "alertmanager"
        urls = "http://am-0:9093, http://am-1:9093"
        username = "me"
        password_file = "{tmp_path / "key"}"
        [alerts.channels.d]
        type = "pagerduty"
        routing_key_file = "{tmp_path / "key"}"
        [alerts.channels.e]
        type = "email"
        host = "smtp.example.org"
        sender = "drainwatch <drainwatch@example.org>"
        to = "a@example.org, b@example.org"
        [alerts.channels.f]
        type = "kafka"
        topic = "alerts"
        [alerts.channels.g]
        type = "stdout"
        """,
    )
    channels = open_channels(settings)
    assert [(one.name, one.kind) for one in channels] == [
        ("a", "slack"),
        ("b", "webhook"),
        ("c", "alertmanager"),
        ("d", "pagerduty"),
        ("e", "email"),
        ("f", "kafka"),
        ("g", "stdout"),
    ]
    assert [one.name for one in channels if one.repeats] == ["c"]
    assert [one.name for one in open_channels(settings, only="d")] == ["d"]
    for channel in channels:
        assert SECRET not in repr(vars(channel).get("_server"))
        channel.close()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "can't be read: no such file or directory. It is named by alerts.channels.a.url_file."),
        ("\n", "is empty. It is named by alerts.channels.a.url_file; write the secret into it."),
        (
            f"http://hooks.slack.com/{SECRET}",
            "alerts.channels.a.url_file: what that file holds should begin with https://",
        ),
        (SECRET, "alerts.channels.a.url_file: what that file holds should be an address such as"),
    ],
)
def test_a_file_that_holds_no_address_is_said(tmp_path: Path, content: str | None, said: str) -> None:
    file = tmp_path / "slack"
    if content is not None:
        file.write_text(content)
    settings = opened(tmp_path, f"[alerts.channels.a]\ntype = 'slack'\nurl_file = '{file}'\n")
    with pytest.raises(SettingsError) as refused:
        open_channels(settings)
    assert said in str(refused.value)
    assert SECRET not in str(refused.value)


def test_a_file_of_certificates_is_read_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    base = "[alerts.channels.a]\ntype = 'slack'\nurl = 'https://a.example/x'\n"
    for file, said in [("ca.pem", "it holds no certificate"), ("none.pem", "no such file or directory")]:
        settings = opened(tmp_path, f"{base}ca_file = '{tmp_path / file}'\n")
        with pytest.raises(SettingsError, match=rf"{said}.*alerts\.channels\.a\.ca_file"):
            open_channels(settings)


def test_without_brokers_there_is_no_topic_to_tell(tmp_path: Path) -> None:
    settings = opened(tmp_path, "[alerts.channels.a]\ntype = 'kafka'\ntopic = 'alerts'\n")
    with pytest.raises(SettingsError, match="No brokers are named"):
        open_channels(settings)


def test_there_may_be_none() -> None:
    assert open_channels(Settings()) == []
    assert open_all({}, lambda: pytest.fail("nobody asks for brokers")) == []
