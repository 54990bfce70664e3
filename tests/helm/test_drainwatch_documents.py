"""docs/helm.md has every value with its default, and what it shows is taken."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from tests.docs.markdown import section, table_rows, text_of
from tests.helm.drainwatch import CHART, made, settings_of
from tests.kubernetes.manifests import load


def documented() -> dict[str, str]:
    return {row[0].strip("`"): row[1] for row in table_rows(section(text_of("docs/helm.md"), "## Every value"))}


def test_every_value_is_documented_with_its_default_and_no_other() -> None:
    (values,) = load(CHART / "values.yaml")
    left = documented()

    def walk(prefix: str, value: Any) -> None:
        if prefix not in left:
            assert isinstance(value, dict), f"{prefix} isn't documented"
            assert value, f"{prefix} isn't documented"
            for key, below in value.items():
                walk(f"{prefix}.{key}" if prefix else key, below)
            return
        shown = left.pop(prefix)
        if shown == "none":
            assert value in ("", [], {}), prefix
        elif shown != "see values.yaml":
            assert yaml.safe_load(shown.strip("`")) == value, prefix

    walk("", values)
    assert not left, "there are no such values"


def test_the_schema_tells_of_each_value_what_the_page_tells() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text("utf-8"))
    for row in table_rows(section(text_of("docs/helm.md"), "## Every value")):
        one = schema
        for name in row[0].strip("`").split("."):
            assert one.get("additionalProperties") is False
            one = one["properties"][name]
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", row[2]).replace("`", "")
        assert one["description"] == plain


def test_settings_on_the_page_are_taken(tmp_path: Path) -> None:
    blocks = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", text_of("docs/helm.md"), re.DOTALL)]
    assert len(blocks) == 4
    for values in blocks:
        assert settings_of(made(**values), tmp_path)


def test_the_chart_is_of_the_version_of_the_package() -> None:
    (chart,) = load(CHART / "Chart.yaml")
    (version,) = re.findall(r'^version = "([^"]+)"', text_of("pyproject.toml"), re.MULTILINE)
    assert (chart["version"], chart["appVersion"]) == (version, version)
