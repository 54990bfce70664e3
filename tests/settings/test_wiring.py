"""What the parts are told is what the settings say; secrets in files are read when they are needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.connecting import connection_of
from detector.errors import SettingsError
from detector.settings.load import load_settings
from detector.wiring import open_engine, search_settings_of
from ingest.elasticsearch.settings import Connection, SearchSettings
from parsers.miner import DrainEngine
from parsers.pool import PooledEngine


def elasticsearch(**values: str) -> dict[str, str]:
    return {f"DRAINWATCH_ELASTICSEARCH__{name.upper()}": value for name, value in values.items()}


def test_the_defaults_of_the_settings_are_those_of_the_source() -> None:
    assert search_settings_of(load_settings(None, {})) == SearchSettings()


def test_a_connection_is_as_the_settings_say() -> None:
    environ = elasticsearch(
        hosts="https://a:9200,https://b:9200",
        ca_file="ca.pem",
        username="me",
        password="x",
        timeout="5s",
        patience="0s",
    )
    assert connection_of(load_settings(None, environ)) == Connection(
        ("https://a:9200", "https://b:9200"), ca_file="ca.pem", username="me", password="x", timeout=5.0, patience=0.0
    )


def test_a_secret_comes_from_its_file_without_the_line_break(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("aWQ6a2V5 \r\n")
    connection = connection_of(load_settings(None, elasticsearch(api_key_file=str(file))))
    assert connection.api_key == "aWQ6a2V5 "
    assert "aWQ6a2V5" not in repr(connection)


def test_a_secret_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    for name, content, sentence in (
        ("none", None, "{file} can't be read: no such file or directory. It is named by elasticsearch.api_key_file."),
        ("empty", b"\n", "{file} is empty. It is named by elasticsearch.api_key_file; write the secret into it."),
        ("binary", b"\xff\xfe", "{file} isn't text. It is named by elasticsearch.api_key_file."),
    ):
        file = tmp_path / name
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(SettingsError) as refused:
            connection_of(load_settings(None, elasticsearch(api_key_file=str(file))))
        assert str(refused.value) == sentence.format(file=file)


def test_engines_that_work_beside_others_start_no_processes_of_their_own() -> None:
    settings = load_settings(None, {"DRAINWATCH_PARSING__ENGINE": "python", "DRAINWATCH_PARSING__WORKERS": "4"})
    assert isinstance(open_engine(settings), PooledEngine)
    assert isinstance(open_engine(settings, beside=True), DrainEngine)
