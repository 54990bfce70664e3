"""Settings in which every secret is one that can be found again, whatever section or channel it belongs to.

Which settings are secrets is read from the model: one that is new is planted by itself, and a channel of a new type
fails until it is said here what such a channel needs.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from detector.settings.channels import CHANNELS
from detector.settings.load import setting_fields
from detector.settings.model import Settings

MARK = "pLaNt3dS3cReT"
"""In each of them."""
Tree = dict[str, Any]
_ONE_OF = {"elasticsearch": 3, "prometheus": 2, "kibana": 2}
"""Sections in which one secret says who asks, and how many there are to choose from."""
WORLDS = range(max(_ONE_OF.values()))
"""In which each of those is once."""
KEYS = {name for name, _ in setting_fields()}


def planted(name: str) -> str:
    """The secret of a setting."""
    return f"{MARK}{zlib.crc32(name.encode()):08x}"


def secrets_of(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Settings of a section that are secrets, by their dotted names; channels are sections of their own."""
    for name, info in model.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from secrets_of(kind, f"{prefix}{name}.")
        elif SecretStr in _parts(kind):
            yield f"{prefix}{name}", info


def every_secret() -> set[str]:
    """Of all sections, and of channels of each type."""
    channels = {f"alerts.channels.{kind}.{name}" for kind, one in CHANNELS.items() for name, _ in secrets_of(one)}
    return {name for name, _ in secrets_of(Settings)} | channels


def plant(tree: Tree, world: int, hostile: str, folder: Path | None = None) -> set[str]:
    """Put the secrets of this world into a tree of settings, and say which; `hostile` is the address of a server.

    With a folder they are put into files there, those that may be, and the settings name the files.
    """
    channels = {kind: {"type": kind, **_needed(kind, hostile)} for kind in CHANNELS}
    tree.setdefault("alerts", {})["channels"] = channels
    done = set()
    for kind, one in CHANNELS.items():
        for name, info in secrets_of(one):
            full = f"alerts.channels.{kind}.{name}"
            twin = folder if f"{name}_file" in one.model_fields else None
            _put(channels[kind], full, _value(full, info, hostile), twin)
            done.add(full)
    for section, count in _ONE_OF.items():
        found = [name for name, _ in secrets_of(Settings) if name.startswith(f"{section}.")]
        assert len(found) == count, f"say in _ONE_OF which secrets of {section} go together: {found}"
    for name, info in secrets_of(Settings):
        section, _, last = name.rpartition(".")
        if section in _ONE_OF and not _is_chosen(section, name, world):
            continue
        table = _table(tree, section)
        _put(table, name, _value(name, info, hostile), folder if f"{name}_file" in KEYS else None)
        if last == "password":
            table["username"] = "somebody"
        done.add(name)
    return done


def _put(table: Tree, name: str, value: object, folder: Path | None) -> None:
    last = name.rpartition(".")[2]
    if folder is None:
        table[last] = value
        return
    file = folder / name
    file.write_text(f"{value}\n")
    table[f"{last}_file"] = str(file)


def _is_chosen(section: str, name: str, world: int) -> bool:
    found = [one for one, _ in secrets_of(Settings) if one.startswith(f"{section}.")]
    return found[world % len(found)] == name


def _table(tree: Tree, section: str) -> Tree:
    for part in section.split("."):
        tree = tree.setdefault(part, {})
    return tree


def _value(name: str, info: FieldInfo, hostile: str) -> object:
    secret = planted(name)
    if name.endswith((".url", ".heartbeat")):
        return f"{hostile}/{secret}/way?key={secret}"
    return {"X-Key": secret} if info.annotation is not SecretStr else secret


def _needed(kind: str, hostile: str) -> Tree:
    """What a channel of a type can't be without."""
    port = hostile.rpartition(":")[2]
    mail = {
        "host": "127.0.0.1",
        "port": port,
        "security": "starttls",
        "username": "me",
        "sender": "a@b.c",
        "to": "d@e.f",
    }
    needed: dict[str, Tree] = {
        "slack": {},
        "webhook": {},
        "alertmanager": {"urls": [hostile], "username": "somebody"},
        "pagerduty": {"url": f"{hostile}/v2/enqueue"},
        "email": mail,
        "kafka": {"topic": "alerts"},
        "stdout": {},
    }
    return needed[kind]


def _parts(annotation: object) -> Iterator[object]:
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)


def toml(tree: Mapping[str, Any], name: str = "") -> str:
    """Tables of plain values, as a file has them."""
    plain = "".join(f"{key} = {_written(value)}\n" for key, value in tree.items() if not isinstance(value, Mapping))
    tables = (toml(value, f"{name}{key}.") for key, value in tree.items() if isinstance(value, Mapping))
    return (f"[{name[:-1]}]\n{plain}" if name else plain) + "".join(tables)


def _written(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    return str(value).lower() if isinstance(value, bool | int) else f'"{value}"'


def leaks(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """By the name of a text the secrets in it, with what stands around them; also such as base64 has them."""
    found = {
        name: [text[max(hit.start() - 90, 0) : hit.end() + 20] for hit in _FORMS.finditer(text)][:3]
        for name, text in texts.items()
    }
    return {name: hits for name, hits in found.items() if hits}


def _in_base64(text: str) -> Iterator[str]:
    """The letters that base64 has for a text, wherever in what was encoded it stands."""
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + text.encode()).decode().rstrip("=")
        yield whole[(0, 2, 3)[offset] : -1]


_FORMS = re.compile("|".join(map(re.escape, (MARK, *_in_base64(MARK)))), re.IGNORECASE)
