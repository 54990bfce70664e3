"""Settings from a file, the environment and flags, in that order: later ones win.

Nothing is guessed and nothing is passed over: an unknown name is refused and the nearest right one named, a value that
can't be is explained together with where it was written.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource
from pydantic_settings import SettingsError as UnreadableValueError

from detector.errors import SettingsError
from detector.settings.access import AccessSettings
from detector.settings.alerts import AlertSettings
from detector.settings.channels import CHANNELS
from detector.settings.kafka import KafkaSettings
from detector.settings.kibana import KibanaSettings
from detector.settings.kinds import SECTION
from detector.settings.model import (
    DetectionSettings,
    ElasticsearchSettings,
    IngestSettings,
    ParsingSettings,
    ServiceSettings,
    Settings,
    StoreSettings,
)
from detector.settings.origins import Origins
from detector.settings.prometheus import PrometheusSettings, QuerySettings
from detector.settings.shown import without_secrets

_CHANNELS = ["alerts", "channels"]
_SHOWN_OF_CHANNELS = frozenset({"host", "security", "format", "topic", "sender"})

DEFAULT_FILE = Path("drainwatch.toml")
PREFIX = "DRAINWATCH_"
CONFIG = "DRAINWATCH_CONFIG"
NOT_SETTINGS = frozenset({"DRAINWATCH_REQUIRE_SERVERS", "DRAINWATCH_AT_LENGTH", CONFIG})
"""Variables of the test suite."""

Tree = dict[str, Any]
_ABSENT = object()
_TABLES = {
    "parsing.masks": '{"ORDER": "ord-[0-9]+"}',
    "prometheus.queries": '{"jobs": {"query": "sum by (namespace) (kube_job_status_failed)"}}',
    "alerts.channels": '{"desk": {"type": "slack", "url_file": "/run/secrets/slack"}}',
    "alerts.routes": '[{"channels": ["desk"]}]',
    "alerts.maintenance": "[]",
    "access.roles": '[{"groups": ["sre"], "right": "admin"}]',
}
"""Settings that are tables, which a variable holds as JSON, and such ones."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A setting given on the command line: `Flag("--window", "detection.window", "30s")`."""

    name: str
    key: str
    value: object


@dataclass(frozen=True, slots=True)
class _Layer:
    """Settings of one place, as a tree of tables."""

    tree: Tree
    place: str


def load_settings(file: Path | None, environ: Mapping[str, str], flags: Iterable[Flag] = ()) -> Settings:
    """All settings of a run.

    `file` None stands for the one that `DRAINWATCH_CONFIG` names, or else for `drainwatch.toml` in the working folder,
    where there is one.

    Raises `SettingsError` with one sentence for an unknown name, a value that can't be, or a file that can't be read.
    """
    return load_with_origins(file, environ, flags)[0]


def load_with_origins(
    file: Path | None, environ: Mapping[str, str], flags: Iterable[Flag] = ()
) -> tuple[Settings, Origins]:
    """The same, and where each of them was said."""
    if file is None and (named := environ.get(CONFIG)):
        file = Path(named)
    in_file, outside = _from_file(file), _from_environment(environ)
    given = [_Layer(_tree(flag.key, flag.value), flag.name) for flag in flags]
    origins = Origins.of(in_file.place, in_file.tree, outside.tree, [layer.tree for layer in given])
    return _checked([in_file, outside, *given]), origins


def _checked(layers: list[_Layer]) -> Settings:
    merged: Tree = {}
    for layer in layers:
        _merge(merged, layer.tree)
    try:
        return Settings.model_validate(merged)
    except ValidationError as failure:
        raise _explained(failure.errors(include_url=False)[0], layers) from None


def setting_fields(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every setting by its dotted name (`detection.window`)."""
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from setting_fields(info.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", info


def variable_name(key: str) -> str:
    """The environment variable of a setting: `DRAINWATCH_DETECTION__WINDOW` for `detection.window`."""
    return PREFIX + key.replace(".", "__").upper()


def _from_file(file: Path | None) -> _Layer:
    if file is None and not DEFAULT_FILE.is_file():
        return _Layer({}, "")
    path = file or DEFAULT_FILE
    try:
        tree = tomllib.loads(path.read_text("utf-8"))
    except OSError as failure:
        raise SettingsError(
            f"The settings file {path} can't be read: {failure.strerror}.", "Check the path given with --config."
        ) from None
    except ValueError as failure:  # of TOML, and of UTF-8
        raise SettingsError(f"The settings file {path} isn't valid TOML: {failure}.") from None
    return _Layer(tree, str(path))


class _Outside(BaseSettings):
    """The shape of the settings as pydantic-settings wants it, to know nested tables and JSON in variables."""

    ingest: IngestSettings
    parsing: ParsingSettings
    detection: DetectionSettings
    elasticsearch: ElasticsearchSettings
    kafka: KafkaSettings
    prometheus: PrometheusSettings
    store: StoreSettings
    service: ServiceSettings
    access: AccessSettings
    alerts: AlertSettings
    kibana: KibanaSettings


class _Environment(EnvSettingsSource):
    """pydantic-settings' reading of variables, of those it is given instead of the process's."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = {name.lower(): value for name, value in variables.items()}
        super().__init__(_Outside, env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name: value for name, value in self._variables.items() if value}


def _from_environment(environ: Mapping[str, str]) -> _Layer:
    known = {variable_name(key): key for key, _ in setting_fields()}
    ours = {n.upper(): v for n, v in environ.items() if n.upper().startswith(PREFIX) and n.upper() not in NOT_SETTINGS}
    for name in ours:
        if name not in known:
            raise SettingsError(f"The environment variable {name} is no setting of drainwatch.", _nearest(name, known))
        if any("\ud800" <= letter <= "\udfff" for letter in ours[name]):
            raise SettingsError(f"{name} holds bytes that are no UTF-8.", "Write its value anew.")
    try:
        return _Layer(_Environment(ours)(), "the environment")
    except UnreadableValueError:
        tables = {variable_name(key): example for key, example in _TABLES.items()}
        for name in sorted(ours.keys() & tables.keys(), key=lambda name: _is_json(ours[name])):
            raise SettingsError(f"{name} can't be read.", f"Write it as JSON, such as {tables[name]}.") from None
        raise


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _tree(key: str, value: object) -> Tree:
    first, dot, rest = key.partition(".")
    return {first: _tree(rest, value)} if dot else {first: value}


def _merge(into: Tree, layer: Tree) -> None:
    for name, value in layer.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = dict(value) if isinstance(value, dict) else value


def _explained(error: ErrorDetails, layers: list[_Layer]) -> SettingsError:
    """One sentence for what pydantic refused, with the place where it was written."""
    path = _path(error)
    key = ".".join(path)
    found = ((layer.place, _written(layer.tree, path)) for layer in reversed(layers))
    place, value = next((entry for entry in found if entry[1] is not _ABSENT), ("", error["input"]))
    if error["type"] == SECTION:
        return SettingsError(f"{key}: {error['msg']}" if path[:2] == _CHANNELS else error["msg"])
    by = variable_name(key) if place == "the environment" else key
    where = f" (from {place})" if place and place != "the environment" else ""
    if error["type"] == "extra_forbidden":
        known = [name for name, _ in setting_fields()]
        if path[:2] == ["prometheus", "queries"]:
            known = [".".join([*path[:3], name]) for name in QuerySettings.model_fields]
        if path[:2] == _CHANNELS and len(path) > 3:
            known = [f"{'.'.join(path[:3])}.{name}" for name in CHANNELS[str(error["loc"][3])].model_fields]
        return SettingsError(f"There is no setting {by}{where}.", _nearest(key, [*known, *Settings.model_fields]))
    if error["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        return _no_such_kind(by, where, value)
    if error["type"] == "missing":
        return SettingsError(f"{by} isn't set{where}, and has to be.")
    if error["type"] in {"model_type", "model_attributes_type"}:
        return SettingsError(f"{by}{where} has to be a table of settings.", f"Write [{key}] on a line of its own.")
    shown = "what it is" if _is_secret(key, value) else _shown(value)
    return SettingsError(f"{by} can't be {shown}{where}:", _wish(key, error))


def _no_such_kind(by: str, where: str, value: object) -> SettingsError:
    """For a channel without a type, or with one that isn't any."""
    *kinds, last = CHANNELS
    wish = f"should be {', '.join(kinds)} or {last}."
    if isinstance(value, dict) and "type" in value:
        return SettingsError(f"{by}.type can't be {_shown(value['type'])}{where}:", wish)
    return SettingsError(f"{by}.type isn't set{where}:", wish)


def _path(error: ErrorDetails) -> list[str]:
    """The names that lead to the wrong value; pydantic puts the type of a channel among them."""
    path = [str(part) for part in error["loc"]]
    if path[:2] == _CHANNELS and len(path) > 3 and path[3] in CHANNELS:
        del path[3]
    return path


def _wish(key: str, error: ErrorDetails) -> str:
    """What the value should have been, in the words of somebody who writes settings."""
    durations = {name for name, info in setting_fields() if info.annotation is timedelta}
    if key in durations and error["type"].startswith("greater_than"):
        return "write a longer one, such as 90s, 5m, 24h or 7d."
    if key in durations and error["type"].startswith("time_delta"):
        return "write a duration such as 90s, 5m, 24h or 7d."
    said = error["msg"].removeprefix("Value error, ").removeprefix("Input ").removeprefix("String ")
    return without_secrets(said.rstrip(".")) + "."


def _is_secret(key: str, value: object) -> bool:
    """Whether a value is not to be shown: a secret, or an address in which somebody has put one."""
    secrets = {name for name, info in setting_fields() if info.annotation is SecretStr}
    if key.startswith("alerts.channels."):
        return not isinstance(value, bool | int | float) and key.rpartition(".")[2] not in _SHOWN_OF_CHANNELS
    return key in secrets or (
        key.startswith(("elasticsearch.hosts", "kafka.brokers", "prometheus.url", "kibana.url")) and "@" in str(value)
    )


def _shown(value: object) -> str:
    text = without_secrets(repr(value))
    return text if len(text) <= 60 else text[:59] + "…"


def _written(tree: object, path: list[str]) -> object:
    """The value at that path of names, `_ABSENT` where there is none."""
    for part in path:
        if isinstance(tree, list) and part.isdecimal() and int(part) < len(tree):
            tree = tree[int(part)]
        elif isinstance(tree, dict) and part in tree:
            tree = tree[part]
        else:
            return _ABSENT
    return tree


def _nearest(name: str, known: Iterable[str]) -> str:
    """Advice that names the known one that looks most like it, by its whole name or its last part."""
    candidates = list(known)
    close = difflib.get_close_matches(name, candidates, n=1, cutoff=0.75)
    if not close:
        last = {candidate.replace("__", ".").rpartition(".")[2]: candidate for candidate in candidates}
        ours = name.replace("__", ".").rpartition(".")[2]
        close = [last[match] for match in difflib.get_close_matches(ours, last, n=1, cutoff=0.6)]
    return f"Did you mean {close[0]}?" if close else "docs/settings.md lists all of them."
