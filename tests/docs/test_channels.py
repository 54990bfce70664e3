"""docs/channels.md names every key of every channel, and no other; its examples are settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from detector.settings.channels import CHANNELS
from detector.settings.load import load_settings
from tests.docs.markdown import first_names, section, text_of

PAGE = "docs/channels.md"


@pytest.mark.parametrize("kind", CHANNELS)
def test_every_key_is_documented_and_no_other(kind: str) -> None:
    assert first_names(section(text_of(PAGE), f"## {kind}")) == list(CHANNELS[kind].model_fields)


def test_every_channel_is_documented_and_no_other() -> None:
    headings = re.findall(r"^## (.+)$", text_of(PAGE), re.MULTILINE)
    assert headings == ["What holds for all of them", *CHANNELS]


@pytest.mark.parametrize("example", re.findall(r"```toml\n(.*?)```", text_of(PAGE), re.DOTALL))
def test_every_example_is_taken(tmp_path: Path, example: str) -> None:
    file = tmp_path / "drainwatch.toml"
    file.write_text(example)
    assert load_settings(file, {}).alerts.channels
