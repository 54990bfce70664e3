"""Where each setting was said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Origin = Literal["default", "file", "environment", "flag"]


@dataclass(frozen=True, slots=True)
class Origins:
    """Of a run."""

    file: str = ""
    """The settings file, as it was named; empty where there was none."""
    said: Mapping[str, Origin] = field(default_factory=dict)
    """By dotted name, tables too; what isn't there was said nowhere."""

    @classmethod
    def of(
        cls, file: str, in_file: Mapping[str, Any], environment: Mapping[str, Any], flags: Iterable[Mapping[str, Any]]
    ) -> Origins:
        """From the tables of each place; later places win."""
        said: dict[str, Origin] = dict.fromkeys(_names(in_file), "file")
        said |= dict.fromkeys(_names(environment), "environment")
        for flag in flags:
            said |= dict.fromkeys(_names(flag), "flag")
        return cls(file, said)

    def of_setting(self, name: str, *, changed: bool) -> Origin:
        """Where it was said; `changed`: it isn't what it would be by itself, so somebody who calls us has said it."""
        return self.said.get(name, "flag" if changed else "default")


def _names(tree: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in tree.items():
        yield prefix + name
        if isinstance(value, Mapping):
            yield from _names(value, f"{prefix}{name}.")
