"""The settings in force as others may see them: what each is, where it was said, and no secret of any."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from types import ModuleType
from typing import Any, get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from detector.settings.model import Settings
from detector.settings.origins import Origin, Origins

_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
_ADDRESS = re.compile(r"(?P<scheme>\b[A-Za-z][A-Za-z0-9+.-]*://)(?P<who>\S*@)?(?P<where>[^\s?#]*)(?P<more>[?#]\S*)?")
_BARE = re.compile(r"[^\s/:@<>]+:[^\s@<>]+@(?=\S)")
"""A name and a password without a scheme before them."""
_AS_WRITTEN = ("parsing.masks", "prometheus.queries.")
"""Texts that are no addresses, whatever they look like."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting, as plain data that JSON has: durations such as `5m`, lists, tables."""

    name: str
    value: Any
    """None for a secret, whether it is set or not."""
    default: Any
    origin: Origin
    description: str
    secret: bool
    given: bool
    """Whether it has a value at all: an empty one is none."""


def shown_settings(settings: Settings, origins: Origins) -> list[Shown]:
    """All of them in the order of the documentation; tables with settings of their own, one by one."""
    return list(_of_section(settings, "", origins))


def _of_section(section: BaseModel, prefix: str, origins: Origins) -> Iterator[Shown]:
    texts = descriptions(type(section))
    for name, info in type(section).model_fields.items():
        value, key = getattr(section, name), prefix + name
        if isinstance(value, BaseModel):
            yield from _of_section(value, f"{key}.", origins)
        elif isinstance(value, Mapping) and any(isinstance(one, BaseModel) for one in value.values()):
            for called, one in value.items():
                yield from _of_section(one, f"{key}.{called}.", origins)
        else:
            yield _shown(key, info, value, texts.get(name, ""), origins)


def _shown(key: str, info: FieldInfo, value: object, description: str, origins: Origins) -> Shown:
    secret = SecretStr in _types(info.annotation)
    default = info.get_default(call_default_factory=True, validated_data={})
    default = None if default is PydanticUndefined else default
    origin = origins.of_setting(key, changed=value != default)
    given = bool(value.get_secret_value() if isinstance(value, SecretStr) else value)
    if secret:
        return Shown(key, None, None, origin, description, secret=True, given=given)
    written = key.startswith(_AS_WRITTEN)
    given = given or isinstance(value, bool | int | float)
    return Shown(key, _plain(value, written), _plain(default, written), origin, description, secret=False, given=given)


def _plain(value: object, written: bool) -> Any:
    """As JSON has it; addresses without what could be a secret, unless it is shown as it was written."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, timedelta):
        return duration(value)
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name), written) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {str(name): _plain(one, written) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one, written) for one in value]
    return str(value) if written else without_secrets(str(value))


def without_secrets(text: str) -> str:
    """A text whose addresses say neither who asks nor with what parameters: passwords and tokens stand there."""
    if "://" not in text:
        return _BARE.sub("…@", text)
    return _ADDRESS.sub(_without_secrets, text)


def _without_secrets(found: re.Match[str]) -> str:
    more = f"{found['more'][0]}…" if found["more"] else ""
    return found["scheme"] + ("…@" if found["who"] else "") + found["where"] + more


def duration(value: timedelta) -> str:
    """`7d`, `36h`, `5m` or `0.5s`: in the largest unit of which it is a whole number."""
    for unit, length in _UNITS.items():
        if value and not value % length:
            return f"{value // length}{unit}"
    return f"{value.total_seconds():.6f}".rstrip("0").rstrip(".") + "s"


@cache
def descriptions(section: type[BaseModel]) -> Mapping[str, str]:
    """What is written below each setting in the source, read when it is asked for; nothing where that isn't there."""
    found: dict[str, str] = {}
    for one in reversed(section.__mro__):
        module = sys.modules.get(one.__module__)
        if module is not None and issubclass(one, BaseModel) and one is not BaseModel:
            found |= _written(module).get(one.__name__, {})
    return found


@cache
def _written(module: ModuleType) -> Mapping[str, Mapping[str, str]]:
    """The texts below the fields of each class of a module."""
    try:
        classes = [one for one in ast.parse(inspect.getsource(module)).body if isinstance(one, ast.ClassDef)]
    except OSError:
        return {}
    return {one.name: dict(_below_fields(one)) for one in classes}


def _below_fields(one: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for above, below in zip(one.body, one.body[1:], strict=False):
        if not (isinstance(above, ast.AnnAssign) and isinstance(above.target, ast.Name)):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str):
            yield above.target.id, inspect.cleandoc(below.value.value)


def _types(annotation: object) -> Iterator[object]:
    """The types that an annotation is made of."""
    yield annotation
    for part in get_args(annotation):
        yield from _types(part)
