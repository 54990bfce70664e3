"""No secret of the settings is told: whatever fails, and whoever asks, and whatever a peer says back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from typing import get_args
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from detector.access.principal import Right
from detector.access.tokens import ENTROPY, Wish, make
from detector.errors import SettingsError
from detector.settings.load import load_settings, load_with_origins, setting_fields, variable_name
from detector.settings.model import Settings
from detector.settings.secrets import read_secret
from detector.settings.shown import shown_settings
from detector.store.sqlite import open_store
from tests.servers.inbox import Inbox, Posted, Reply
from tests.servers.mail import MailServer
from tests.servers.provider import Provider
from tests.service.planted_settings import MARK, WORLDS, every_secret, leaks, plant, planted, secrets_of, toml

ROOT = Path(__file__).parents[2]
QUICK = {
    "ingest": {"poll_interval": "0.3s"},
    "detection": {"window": "1s", "lateness": "2s", "learn": "20s", "trees": 10},
    "kafka": {"security_protocol": "sasl_plaintext", "timeout": "1s"},
    "elasticsearch": {"timeout": "2s", "patience": "0s", "page_patience": "0s"},
    "prometheus": {"delay": "0s", "step": "1s"},
    "alerts": {"no_lines": "4s", "group_wait": "0s", "heartbeat_every": "1s", "private_networks": ["127.0.0.0/8"]},
}


def echo(posted: Posted) -> Reply:
    """As the error pages of some proxies: refuses, and tells all that it was told, also by what status it is."""
    said = [posted.path, *(f"{name}: {value}" for name, value in posted.headers.items()), posted.body.decode()]
    cause = {"type": "security_exception", "reason": " ".join(said)}
    body = {"error": {"root_cause": [cause], **cause}, "message": cause["reason"], "errors": said, "status": 401}
    body |= {"status": "error", "errorType": "bad_data"} if "/api/v1/" in posted.path else {}
    head = {"Content-Type": "application/json", "X-Elastic-Product": "Elasticsearch"}
    return Reply(401, json.dumps(body).encode(), head)


@pytest.fixture
def hostile() -> Iterator[Inbox]:
    with Inbox(echo) as inbox:
        yield inbox


class Planted:
    """A folder with settings full of secrets, logs, and the service over them."""

    def __init__(self, folder: Path, world: int, in_files: bool, hostile: str, mail: MailServer, of: Provider) -> None:
        self.folder, self.texts = folder, dict[str, str]()
        tree = json.loads(json.dumps(QUICK))
        self._secrets = folder / "secrets"
        self._secrets.mkdir()
        plant(tree, world, hostile, self._secrets if in_files else None)
        tree["alerts"]["channels"]["email"] |= {"port": mail.port, "ca_file": str(mail.ca_file)}
        tree["elasticsearch"]["hosts"] = [hostile]
        tree["kafka"]["brokers"] = [hostile.removeprefix("http://")]
        tree["prometheus"]["url"] = tree["kibana"]["url"] = hostile
        tree["access"] |= {"required": True}
        tree["access"]["oidc"]["issuer"] = of.issuer
        tree["service"] = {"log_format": "json" if world else "console"}
        (folder / "drainwatch.toml").write_text(toml(tree))
        self.log = folder / "logs" / f"cart-6bdcf4d5c-q8rtz_shop_cart-{'0' * 64}.log"
        self.log.parent.mkdir()
        with self.log.open("a") as file:
            begin = datetime.now(UTC) - timedelta(seconds=60)
            for tenth in range(600):
                file.write(_line(begin + timedelta(seconds=tenth / 10)))

    def begin(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        """A command, whose outputs are kept by this name."""
        with (self.folder / f"{name}.said").open("wb") as said:
            return subprocess.Popen(
                [sys.executable, "-m", "detector.cli", *arguments, "--config", "drainwatch.toml"],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.said").read_text()

    def kept(self) -> dict[str, str]:
        """All files but the settings, and those that they name."""
        files = [one for one in self.folder.rglob("*") if one.is_file() and one.name != "drainwatch.toml"]
        files = [one for one in files if one.parent != self._secrets]
        return {one.name: one.read_bytes().decode(errors="replace") for one in files}


def _line(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S.%f}000Z stdout F INFO handled request in 7 ms\n"


class Client:
    """A browser that holds a token, too."""

    def __init__(self, address: str, token: str) -> None:
        self.address, self._token = address, token
        jar = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(jar, _Stay())

    def ask(self, path: str, *, token: bool = True) -> tuple[str, str]:
        """Where it leads to, and all that is answered."""
        request = urllib.request.Request(f"{self.address.rstrip('/')}{path}", headers={"Accept": "*/*"})
        if token:
            request.add_header("Authorization", f"Bearer {self._token}")
        try:
            answer = self._opener.open(request, timeout=30)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            return answer.headers.get("Location", ""), f"{answer.headers}{answer.read().decode(errors='replace')}"


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Nowhere."""


def _token(store: Path) -> str:
    token, sent = make(Wish("looks", (), Right.ADMIN, None), "", 0, b"t" * ENTROPY)
    with closing(open_store(store)) as opened:
        opened.say(token)
    return sent


def _wait(planted: Planted, name: str, *words: str) -> None:
    until = time.monotonic() + 90
    while missing := [word for word in words if word not in planted.said(name)]:
        assert time.monotonic() < until, f"{missing} not in {planted.said(name)}"
        time.sleep(0.1)


def _command_lines(pid: int) -> str:
    """Of a process and those that it has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return Path(f"/proc/{pid}/cmdline").read_text() + "".join(_command_lines(int(one)) for one in children)


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[MailServer]:
    with MailServer(tmp_path, quotes=True) as server:
        yield server


WAYS = [(world, in_files) for world in WORLDS for in_files in (False, True)]


@pytest.mark.parametrize(
    ("world", "in_files"), [WAYS[0], *(pytest.param(*one, marks=pytest.mark.long) for one in WAYS[1:])]
)
def test_no_secret_is_told_when_everything_fails(
    tmp_path: Path, world: int, in_files: bool, hostile: Inbox, mail: MailServer
) -> None:
    with Provider() as provider:
        provider.document = {"token_endpoint": f"{hostile.address}/token"}
        found = Planted(tmp_path, world, in_files, hostile.address, mail, provider)
        sent = _token(tmp_path / "drainwatch.sqlite")
        running = found.begin("run", "run", "logs", "--port", "0")
        others = [found.begin("alert", "alert", "test", "--all", "--debug")]
        try:
            _wait(found, "run", "drainwatch is at ")
            address = found.said("run").partition("drainwatch is at ")[2].split()[0]
            with found.log.open("a") as file:  # then no more lines come, of which somebody is to be told
                file.write(_line(datetime.now(UTC)))
            others += [found.begin("doctor", "doctor", "--from", "elasticsearch", "--debug")]
            others += [found.begin("setup", "setup", "elasticsearch", "--debug")]
            others += [found.begin("kibana", "setup", "kibana", "--debug")] if world else []
            client = Client(address, sent)
            start, text = client.ask("/auth/oidc/start?next=/", token=False)
            state = parse_qs(urlsplit(start).query)["state"][0]
            found.texts["callback"] = "".join(
                client.ask(f"/auth/oidc/callback?code=x&state={state}&iss={provider.issuer}", token=False)
            )
            assert any(posted.path == "/token" for posted in hostile.asked), found.texts
            _wait(
                found,
                "run",
                *(f"alert:{name}" for name in ("slack", "webhook", "pagerduty", "alertmanager", "email")),
                "no heartbeat",
            )
            document = json.loads(client.ask("/api/v1/openapi.json")[1].partition("\n\n")[2])
            paths = [
                path for path, does in document["paths"].items() if "get" in does and path != "/api/v1/events"
            ]  # which never ends
            for path in [*paths, "/", "/settings", "/status", "/access", "/api/v1/namespaces/shop/templates"]:
                found.texts[path] = "".join(client.ask(path.replace("{namespace}", "shop")))
            found.texts |= {"command lines": _command_lines(running.pid), "start": start + text}
            for other in others:
                assert other.wait(90) != 0
        finally:
            for process in (running, *others):
                process.terminate()
            for process in (running, *others):
                process.wait(60)
    assert "elasticsearch.password" in found.texts["/api/v1/settings"]
    assert "drainwatch_" in found.texts["/metrics"]
    assert leaks({**found.texts, **found.kept()}) == {}
    asked = {"authorization" in posted.headers for posted in hostile.asked if "/_" in posted.path}
    assert asked == {True}
    assert {password for _, password in mail.quoted} == {planted("alerts.channels.email.password")}
    assert {"sender", "mail"} <= {step for step, _ in mail.quoted}


def test_every_secret_is_planted_somewhere() -> None:
    assert set().union(*(plant({}, world, "http://127.0.0.1:1") for world in WORLDS)) == every_secret()


@pytest.mark.parametrize(
    "key",
    sorted(
        name for name, info in setting_fields() if Path not in get_args(info.annotation) and info.annotation is not Path
    ),
)
def test_an_address_with_a_password_in_it_is_told_by_nobody(key: str) -> None:
    if key.startswith(
        ("parsing.masks", "prometheus.queries", "alerts.channels", "alerts.routes", "alerts.maintenance")
    ):
        return  # tables, which have their own tests
    value = f"https://me:{MARK}@127.0.0.1:1/?token={MARK}"
    try:
        settings, origins = load_with_origins(None, {variable_name(key): value})
    except SettingsError as error:
        told = str(error)
    else:
        told = "".join(f"{one.value}{one.default}" for one in shown_settings(settings, origins))
    assert leaks({key: told}) == {}


@pytest.mark.parametrize("content", [b"", b"\xff" + MARK.encode()], ids=["empty", "no text"])
def test_a_file_that_holds_no_secret_is_named_without_what_is_in_it(tmp_path: Path, content: bytes) -> None:
    (file := tmp_path / "password").write_bytes(content)
    with pytest.raises(SettingsError, match=r"elasticsearch\.password_file") as refused:
        read_secret("elasticsearch.password", SecretStr(""), file)
    assert leaks({"told": str(refused.value)}) == {}


@pytest.mark.parametrize("key", sorted(name for name, _ in secrets_of(Settings)))
def test_a_secret_that_cannot_be_one_is_not_repeated(key: str, tmp_path: Path) -> None:
    section, _, last = key.rpartition(".")
    file = tmp_path / "drainwatch.toml"
    file.write_text(f'[{section}]\n{last} = ["{MARK}"]\n')
    with pytest.raises(SettingsError) as refused:
        load_settings(file, {})
    assert leaks({key: str(refused.value)}) == {}
