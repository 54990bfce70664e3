"""Values of our own dataclasses as JSON and a list of arrays, and back, by nothing but their fields and type hints."""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

Array = np.ndarray[Any, Any]

_NOT_FINITE = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}
_LARGEST = 2**63


class NotThisError(Exception):
    """What was read is not what the type hint says; with a few words on what is wrong."""


class Fields:
    """Encodes and decodes the dataclasses that are reachable from some types by their fields, and no others."""

    def __init__(self, roots: Sequence[type], ports: Mapping[type, Sequence[type]]) -> None:
        """`ports` says for a protocol, which has no fields, the classes that may stand for it."""
        self._ports = {port: frozenset(classes) for port, classes in ports.items()}
        self.allowed: dict[str, type] = {}
        """By the name that a file has for it."""
        for root in (*roots, *(one for classes in ports.values() for one in classes)):
            self._allow(root)

    def _allow(self, found: type) -> None:
        if _name(found) not in self.allowed:
            self.allowed[_name(found)] = found
            for hint in _hints(found).values():
                for part in _dataclasses_in(hint):
                    self._allow(part)

    def encode(self, value: Any, arrays: list[Array]) -> Any:
        """What JSON can hold; arrays are added to the list, and stand there by their number.

        Raises `TypeError` for what could not be read again.
        """
        if isinstance(value, np.ndarray):
            arrays.append(value)
            return len(arrays) - 1
        found: type = type(value)
        if dataclasses.is_dataclass(found):
            name = _name(found)
            if self.allowed.get(name) is not found:
                raise TypeError(f"{name} is nothing that a model is made of.")
            parts = {field: self.encode(getattr(value, field), arrays) for field in _hints(found)}
            return {"is": name, "has": parts}
        if isinstance(value, Enum):
            return value.value
        if isinstance(value, tuple | list):
            return [self.encode(one, arrays) for one in value]
        if isinstance(value, frozenset):
            return [self.encode(one, arrays) for one in sorted(value)]
        if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
            return {str(key): self.encode(one, arrays) for key, one in value.items()}
        return _to_json(value)

    def decode(self, value: Any, hint: Any, arrays: Sequence[Array]) -> Any:
        """What `encode` was given; raises `NotThisError` where it can't have been."""
        origin, parts = get_origin(hint), get_args(hint)
        if origin in (Union, types.UnionType):
            return self._one_of(value, parts, arrays)
        if origin is np.ndarray:
            return _array(value, hint, arrays)
        if _is_ours(hint) or hint in self._ports:
            return self._dataclass(value, hint, arrays)
        if origin in (tuple, list, frozenset):
            pairs = _with_hints(value, hint)
            return origin(self.decode(one, part, arrays) for one, part in pairs)
        if origin in (dict, Mapping):
            if not isinstance(value, dict):
                raise NotThisError("no object where one belongs")
            return {
                self.decode(key, parts[0], arrays): self.decode(one, parts[1], arrays) for key, one in value.items()
            }
        return _scalar(value, hint)

    def _one_of(self, value: Any, hints: Sequence[Any], arrays: Sequence[Array]) -> Any:
        for hint in hints[:-1]:
            try:
                return self.decode(value, hint, arrays)
            except NotThisError:
                continue
        return self.decode(value, hints[-1], arrays)

    def _dataclass(self, value: Any, hint: Any, arrays: Sequence[Array]) -> Any:
        if not isinstance(value, dict) or set(value) != {"is", "has"} or not isinstance(value["has"], dict):
            raise NotThisError(f"nothing like a {hint.__name__}")
        found = self.allowed.get(value["is"]) if isinstance(value["is"], str) else None
        if found is None:
            raise NotThisError(f"{value['is']!r:.60} is nothing that a model is made of")
        if not (found in self._ports[hint] if hint in self._ports else issubclass(found, hint)):
            raise NotThisError(f"a {found.__name__} where a {hint.__name__} belongs")
        hints = _hints(found)
        if set(hints) != set(value["has"]):
            raise NotThisError(f"a {found.__name__} with other fields")
        return found(**{name: self.decode(value["has"][name], part, arrays) for name, part in hints.items()})


def _is_ours(hint: Any) -> bool:
    return isinstance(hint, type) and dataclasses.is_dataclass(hint)


def _name(found: type) -> str:
    """Module and class; where we move a class, what was saved can't be read, and is made again from the counts."""
    return f"{found.__module__.removeprefix('detector.')}.{found.__qualname__}"


@cache
def _hints(found: type) -> Mapping[str, Any]:
    """The type hint of each field that it is made of; the others follow from these."""
    hints = get_type_hints(found)
    return {field.name: hints[field.name] for field in dataclasses.fields(found) if field.init}


def _dataclasses_in(hint: Any) -> Iterator[type]:
    if _is_ours(hint):
        yield hint
    for part in get_args(hint):
        yield from _dataclasses_in(part)


def _to_json(value: Any) -> Any:
    match value:
        case None | bool() | str():
            return value
        case float():
            return float(value) if math.isfinite(value) else repr(float(value))
        case int():
            return value
        case np.integer() | np.floating() | np.bool_():
            return _to_json(value.item())
    raise TypeError(f"{type(value).__name__} can't be saved.")


def _array(value: Any, hint: Any, arrays: Sequence[Array]) -> Array:
    if type(value) is not int or not 0 <= value < len(arrays):
        raise NotThisError("no array where one belongs")
    wanted = get_args(get_args(hint)[1])
    if wanted and wanted[0] is not Any and arrays[value].dtype != np.dtype(wanted[0]):
        raise NotThisError(f"an array of {arrays[value].dtype} where one of {np.dtype(wanted[0])} belongs")
    return arrays[value]


def _with_hints(value: Any, hint: Any) -> list[tuple[Any, Any]]:
    """The entries of a list, and the hint of each."""
    parts = get_args(hint)
    if not isinstance(value, list):
        raise NotThisError("no list where one belongs")
    if get_origin(hint) is not tuple or parts[-1] is Ellipsis:
        parts = (parts[0],) * len(value)
    if len(parts) != len(value):
        raise NotThisError(f"a list of {len(value)} where one of {len(parts)} belongs")
    return list(zip(value, parts, strict=True))


def _scalar(value: Any, hint: Any) -> Any:
    if hint is float and type(value) is float:
        return value
    if hint is float and isinstance(value, str) and value in _NOT_FINITE:
        return _NOT_FINITE[value]
    if hint is int and type(value) is int and -_LARGEST <= value < _LARGEST:
        return value
    if (hint is str or hint is bool) and type(value) is hint:
        return value
    if value is None and hint in (None, type(None)):
        return None
    if isinstance(hint, type) and issubclass(hint, Enum):
        try:
            return hint(value)
        except ValueError:
            pass
    raise NotThisError(f"{value!r:.60} where {getattr(hint, '__name__', hint)} belongs")
