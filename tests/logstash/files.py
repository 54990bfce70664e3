"""The files of ingest/logstash, and the pipelines that Logstash makes of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import yaml

from tests.docs.markdown import ROOT

HOME = ROOT / "ingest" / "logstash"
PIPELINE = HOME / "pipeline"
INSTALLED = "/usr/share/logstash/pipeline/"
FILTERS = ("20-namespace", "30-mask", "40-json", "50-access", "60-level", "70-tidy")
"""What every pipeline of lines has between its input and its output."""


def names() -> list[str]:
    """Of all files of pipelines, without `.conf`, in the order in which Logstash joins them."""
    return sorted(path.stem for path in PIPELINE.glob("*.conf"))


def text_of(name: str) -> str:
    """One of them."""
    return (PIPELINE / f"{name}.conf").read_text("utf-8")


def joined(files: Iterable[str]) -> str:
    """The text that Logstash makes of several files, as it may stand in ECK's `config.string`."""
    return "\n".join(text_of(name) for name in sorted(files))


def pipelines() -> dict[str, dict[str, Any]]:
    """The settings of each pipeline of pipelines.yml, by its id."""
    return {one["pipeline.id"]: one for one in yaml.safe_load((HOME / "pipelines.yml").read_text("utf-8"))}


def alternatives() -> list[str]:
    """Every `path.config` of pipelines.yml, also of pipelines that are commented out."""
    return re.findall(r'path\.config: "([^"]+)"', (HOME / "pipelines.yml").read_text("utf-8"))


def files_of(path: str) -> list[str]:
    """The names of the files that a `path.config` of ours means."""
    inside = path.removeprefix(INSTALLED).removesuffix(".conf")
    return inside.strip("{}").split(",")
