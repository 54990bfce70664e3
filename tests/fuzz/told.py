"""What people and programs tell the service: settings, times, names of hosts, requests."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from detector.api.app import create_app
from detector.api.hosts import is_ours
from detector.api.times import expiry, parse_time, rfc3339
from detector.errors import SettingsError, UsageError
from detector.settings.load import load_settings, setting_fields, variable_name
from detector.store.sqlite import open_store
from ingest import timestamps
from tests.fuzz import seeds
from tests.fuzz.target import Target, text_of
from tests.store.shop import SEVEN, minute, morning


@cache
def _file() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-")) / "drainwatch.toml"


def settings_file(data: bytes) -> None:
    """A settings file: taken, or refused in one sentence that names it."""
    _file().write_bytes(data)
    try:
        load_settings(_file(), {})
    except SettingsError as error:
        assert str(error)  # noqa: PT017
        assert "Traceback" not in str(error)  # noqa: PT017


@cache
def _variables() -> list[str]:
    return [variable_name(key) for key, _ in setting_fields()]


def variable(data: bytes) -> None:
    """A setting in the environment, by its number: taken, or refused in a sentence."""
    if len(data) < 2:
        return
    name = _variables()[(data[0] | data[1] << 8) % len(_variables())]
    if name.endswith("_FILE"):  # what any file of this machine holds is no business of a search
        return
    with suppress(SettingsError):
        load_settings(None, {name: data[2:].decode("utf-8", "surrogateescape")})


def times(data: bytes) -> None:
    """A time in a query, in a line, in a field; what is told is read again as the same."""
    text = text_of(data)
    with suppress(UsageError):
        assert parse_time(rfc3339(parse_time(text, SEVEN)), 0) == parse_time(text, SEVEN)
    with suppress(UsageError):
        expiry(text, None, SEVEN)
    with suppress(UsageError):
        expiry(None, text, SEVEN)
    for zone in (None, ZoneInfo("Europe/Berlin")):
        for read in (timestamps.event_time, timestamps.moment_of, timestamps.json_time, timestamps.second_of):
            found = read(text, zone)
            assert found is None or isinstance(found, int)
    timestamps.rfc3339(text)


def host(data: bytes) -> None:
    """A name by which the service is asked, as a header has it."""
    name = data.decode("latin-1")
    assert not is_ours(name, ()) or not any(sign in name for sign in "@/#?\\ ")


@cache
def _app() -> tuple[object, object]:
    from starlette.testclient import TestClient

    store = open_store(Path(tempfile.mkdtemp(prefix="fuzz-")) / "s.sqlite")
    for result in morning():
        store.commit(result)
    app = create_app(store, live=None, clock=lambda: minute(10), say=store.say, host_names=["testserver"])
    return TestClient(app, raise_server_exceptions=True), store


def request(data: bytes) -> None:
    """Method, path and query in the first line, a body in the rest: answered, and never as if it were our fault."""
    line, _, body = data.partition(b"\n")
    method, _, target = text_of(line).partition(" ")
    if (
        method not in ("GET", "POST", "DELETE", "PUT", "PATCH", "HEAD")
        or "/events" in target
        or not target.startswith("/")
    ):
        return
    path, _, query = target.partition("?")
    import urllib.parse

    # With the host: a client takes `//a` by itself for another one.
    address = "http://testserver" + urllib.parse.quote(path, safe="/%") + "?" + urllib.parse.quote(query, safe="=&%+")
    answer = _app()[0].request(method, address, content=body, headers={"Content-Type": "application/json"})  # type: ignore[attr-defined]
    assert answer.status_code < 500, (answer.status_code, answer.text)


TARGETS = (
    Target(
        "settings",
        "settings files",
        settings_file,
        seeds.SETTINGS,
        [
            b"[alerts.channels.a]\n",
            b"[[alerts.routes]]\n",
            b'type = "slack"\n',
            b'type = "email"\n',
            b"inf",
            b"nan",
            b"1979-05-27T07:32:00Z",
            b"[[",
            b"{}",
            b'"""',
            b"-1",
        ],
    ),
    Target(
        "variable",
        "settings in the environment",
        variable,
        [b"\x01\0" + b"30s", b"\x20\0" + b"a,b", b"\x30\0" + b'{"a": "b"}', b"\x41\x01" + b"1.5"],
    ),
    Target(
        "times",
        "times in queries, lines and fields",
        times,
        seeds.TIMES,
        [b"T07:00:00", b"+14:00", b"Z", b"UTC", b"ts=", b'"time":'],
    ),
    Target("host", "Host headers", host, seeds.HOSTS),
    Target(
        "request",
        "requests of the API",
        request,
        seeds.REQUESTS,
        [
            b"since=",
            b"until=",
            b"cursor=",
            b"limit=",
            b"namespace=",
            b"-1h",
            b"/api/v1/",
            b"namespaces/",
            b"templates",
            b"incidents",
            b"lanes",
            b"volumes",
            b"changes",
            b"series",
            b"%00",
            b"%ed%a0%80",
        ],
    ),
)
