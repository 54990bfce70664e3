"""The key of pseudonyms lies beside the store, readable by its owner alone, or where the settings say."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from detector.errors import SettingsError
from detector.pseudonyms import key_of
from detector.settings import Settings
from detector.wiring import open_engine


def settings_in(folder: Path, kind: str = "sqlite", **parsing: Any) -> Settings:
    parsing = {"pseudonyms": ("EMAIL",), **parsing}
    return Settings.model_validate({"parsing": parsing, "store": {"path": folder / "s.sqlite", "kind": kind}})


def test_a_key_is_made_once_for_all_that_start_at_the_same_time_and_for_its_owner_alone(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with ThreadPoolExecutor(8) as at_once:
        keys = set(at_once.map(key_of, [settings] * 8))
    (key,) = keys
    file = tmp_path / "s.sqlite-pseudonyms"
    assert len(key) == 64
    assert file.read_bytes().strip() == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == [file.name]
    line = ["login of ann@example.org"]
    assert open_engine(settings).redact(line) == open_engine(settings).redact(line) != ["login of <EMAIL>"]


def test_nobody_who_wants_none_gets_a_key(tmp_path: Path) -> None:
    assert key_of(settings_in(tmp_path, pseudonyms=())) == b""
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_is_missing_or_too_short_is_said_and_never_shown(tmp_path: Path) -> None:
    named = tmp_path / "key"
    with pytest.raises(SettingsError, match=r"key can't be read: no such file.*parsing\.pseudonym_key_file"):
        key_of(settings_in(tmp_path, pseudonym_key_file=named))
    named.write_text("too-short\n")
    with pytest.raises(SettingsError, match="has 9 characters, and 32 are the least") as refused:
        key_of(settings_in(tmp_path, pseudonym_key_file=named))
    assert "too-short" not in str(refused.value)
    with pytest.raises(SettingsError, match="no place for one"):
        key_of(settings_in(tmp_path, "elasticsearch"))
    with pytest.raises(SettingsError, match="WHO, which is no mask"):
        open_engine(settings_in(tmp_path, pseudonyms=("WHO",)))
