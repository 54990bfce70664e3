"""The engines that the tests of templates are run with: the same holds for each."""

from __future__ import annotations

from typing import Protocol

from parsers.engine import TemplateEngine
from parsers.miner import DrainEngine
from parsers.native import NativeEngine
from parsers.settings import MiningSettings
from tests.native.installed import installed


class NewEngine(Protocol):
    """Makes an engine; raises as it does."""

    def __call__(self, settings: MiningSettings | None = None) -> TemplateEngine: ...


def native(settings: MiningSettings | None = None) -> TemplateEngine:
    """The compiled one; without it the test is skipped."""
    return NativeEngine(installed(), settings)


ENGINES: dict[str, NewEngine] = {"python": DrainEngine, "native": native}
