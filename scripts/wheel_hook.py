"""Keeps a wheel from being built without the page: it would install, start, and show nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WheelHook(BuildHookInterface):  # type: ignore[type-arg]
    """As https://hatch.pypa.io/latest/plugins/build-hook/custom/ has it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Refuse, unless the environment is of a clone: `make` builds the page there."""
        if version != "editable" and not (Path(self.root) / "detector/web/dist/page.css").exists():
            raise FileNotFoundError("detector/web/dist: the page isn't built. Run `make page` first.")
