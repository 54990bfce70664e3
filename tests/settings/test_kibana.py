"""The settings of Kibana: one address, one who asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.errors import SettingsError
from detector.settings.load import load_settings
from detector.setup.kibana.reaching import kibana_connection_of

SECRET = "not-a-secret-of-anyone"


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("url = 'kibana:5601'", "should be an address with scheme"),
        ("url = 'https://ana:secret@kibana'", "should hold no user name: kibana.username and kibana.password_file"),
        ("url = 'https://kibana/app/home'", "should be the address of Kibana itself"),
        ("space = 'Operations'", "should match pattern"),
        ("password = 'x'", "kibana.password is set without kibana.username"),
        ("api_key = 'x'\nusername = 'ana'", "kibana.api_key and kibana.username are set"),
        ("api_key = 'x'\napi_key_file = 'y'", "kibana.api_key and kibana.api_key_file are both set"),
        ("token = 'x'", "There is no setting kibana.token"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, section: str, said: str) -> None:
    file = tmp_path / "drainwatch.toml"
    file.write_text(f"[kibana]\n{section}\n")
    with pytest.raises(SettingsError) as refused:
        load_settings(file, {})
    assert said in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_connection_is_as_the_settings_say(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text(f"{SECRET}\n")
    environ = {
        "DRAINWATCH_KIBANA__URL": "https://kibana.example/kibana/",
        "DRAINWATCH_KIBANA__USERNAME": "ana",
        "DRAINWATCH_KIBANA__PASSWORD_FILE": str(secret),
        "DRAINWATCH_KIBANA__TIMEOUT": "5s",
        "DRAINWATCH_ELASTICSEARCH__API_KEY": "another",
    }
    connection = kibana_connection_of(load_settings(None, environ), "ops")
    assert (connection.url, connection.space, connection.timeout) == ("https://kibana.example/kibana", "ops", 5.0)
    assert (connection.username, connection.password, connection.api_key) == ("ana", SECRET, "")
    assert SECRET not in repr(connection)


def test_without_credentials_of_its_own_those_of_elasticsearch_are_taken() -> None:
    environ = {"DRAINWATCH_KIBANA__URL": "https://kibana", "DRAINWATCH_ELASTICSEARCH__BEARER_TOKEN": SECRET}
    connection = kibana_connection_of(load_settings(None, environ), "")
    assert (connection.bearer_token, connection.username, connection.api_key) == (SECRET, "", "")


def test_a_secret_that_is_missing_is_told(tmp_path: Path) -> None:
    environ = {"DRAINWATCH_KIBANA__URL": "https://kibana", "DRAINWATCH_KIBANA__API_KEY_FILE": str(tmp_path / "none")}
    with pytest.raises(SettingsError, match="none can't be read: no such file or directory"):
        kibana_connection_of(load_settings(None, environ), "")
