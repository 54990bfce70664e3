"""The roles that ECK puts into Elasticsearch's file realm are those that `drainwatch setup elasticsearch` makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from detector.assets import asset_folder
from detector.settings import Settings
from detector.setup import Choices, roles
from detector.setup.compare import normalised
from detector.setup.wanted import Kind

FILE = Path(__file__).parents[2] / "helm-values" / "eck-stack" / "roles.yml"


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return loaded


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    """With the settings that nobody changed."""
    elasticsearch = Settings().elasticsearch
    choices = Choices(elasticsearch.prefix, elasticsearch.indices)
    return {role.name: role.body for role in roles(asset_folder("ilm"), choices)}


def test_all_are_there_but_the_one_that_is_made_for_each_namespace(
    written: dict[str, Any], made: dict[str, Any]
) -> None:
    assert set(written) == set(made)


def test_each_says_the_same_as_its_file_in_ilm(written: dict[str, Any], made: dict[str, Any]) -> None:
    for name, role in written.items():
        assert normalised(Kind.ROLE, role) == normalised(Kind.ROLE, made[name]), name


def test_elasticsearch_itself_could_read_it_which_knows_no_anchors(written: dict[str, Any]) -> None:
    tokens = list(yaml.scan(FILE.read_text("utf-8")))
    assert not [token for token in tokens if isinstance(token, yaml.AnchorToken | yaml.AliasToken)]
