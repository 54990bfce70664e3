"""docs/settings.md names every setting with its default, and no other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from detector.settings.kinds import parse_duration, parse_size
from detector.settings.load import setting_fields
from tests.docs.markdown import table_rows, text_of


def documented() -> dict[str, str]:
    return {row[0].strip("`"): row[1].strip("`") for row in table_rows(text_of("docs/settings.md"))}


def written(default: Any) -> Any:
    """A default as the document may write it."""
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if isinstance(default, tuple):
        default = ", ".join(default)
    if isinstance(default, bool):
        default = str(default).lower()
    return "none" if default in (None, {}, "") else str(default)


def test_every_setting_is_documented_and_no_other() -> None:
    assert sorted(documented()) == sorted(key for key, _ in setting_fields())


def test_every_default_is_the_one_in_force() -> None:
    for key, info in setting_fields():
        default = info.get_default(call_default_factory=True, validated_data={})
        shown = documented()[key]
        if isinstance(default, timedelta):
            assert parse_duration(shown) == default, key
        else:
            assert shown == written(default) or (isinstance(default, int) and parse_size(shown) == default), key
