"""What is sent to addresses that somebody set goes out into the internet, and never to what stands behind the door."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from detector.alerts.channels.opening import open_all
from detector.alerts.channels.posting import Peer
from detector.alerts.heartbeat import Heartbeat
from detector.api.auth.asking import Asker
from detector.errors import ServerError
from detector.outgoing import Guard, InsideError, is_inside, proxy_of
from detector.settings.load import load_settings
from tests.servers.inbox import Inbox, Reply

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox(lambda _: Reply()) as made:
        yield made


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "192.0.0.192", "198.18.0.1", "192.0.2.1", "224.0.0.1", "239.1.1.1",
        "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1",
        "ff02::1", "2001:db8::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "64:ff9b:1::1",
        "2001:0:7f00:1::",
    ],
)  # fmt: skip
def test_what_is_inside(address: str) -> None:
    assert is_inside(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::808:808"])
def test_what_is_outside(address: str) -> None:
    assert not is_inside(ip_address(address))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "017700000001", "127.1", "0", "[::1]", "[::ffff:127.0.0.1]"],
)
def test_this_machine_is_not_posted_to_however_it_is_written(inbox: Inbox, host: str) -> None:
    port = inbox.port
    with closing(Peer("Peer", f"http://{host}:{port}/in", inside=())) as peer, pytest.raises(ServerError) as refused:
        peer.post(b"{}", {}, NOW)
    if "can't be asked" not in refused.value.problem:  # some aren't even an address
        assert "is at the private address" in refused.value.problem
        assert "alerts.private_networks" in refused.value.advice
    assert inbox.asked == []


def test_what_the_settings_allow_is_posted_to_by_its_name(inbox: Inbox) -> None:
    port = inbox.port
    with closing(Peer("Peer", f"http://localhost:{port}/in", inside=LOOPBACK)) as peer:
        assert peer.post(b"{}", {}, NOW).status == 200
    assert inbox.asked[0].headers["host"] == f"localhost:{port}"


def test_a_name_that_changes_its_mind_is_asked_once(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the second answer would lead inside."""
    answers, real = ["192.0.2.1", "127.0.0.1", "127.0.0.1"], socket.getaddrinfo
    asked: list[str] = []

    def changing(host: Any, port: Any, *more: Any, **said: Any) -> Any:
        if host != "hooks.example":
            return real(host, port, *more, **said)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers[len(asked) - 1], port))]

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    with closing(Peer("Peer", f"http://hooks.example:{inbox.port}/", inside=())) as peer:
        for said in ("192.0.2.1", "127.0.0.1"):
            with pytest.raises(ServerError, match=f"private address {said}"):
                peer.post(b"{}", {}, NOW)
        assert len(asked) == 2  # once each time: nothing is resolved again between the check and the connection
    assert inbox.asked == []


def test_every_kind_of_channel_that_has_an_address_is_held_to_it(inbox: Inbox, tmp_path: Path) -> None:
    file = tmp_path / "drainwatch.toml"
    file.write_text(
        f"""
        [alerts.channels.a]
        type = "slack"
        url = "{inbox.address}/"
        [alerts.channels.b]
        type = "webhook"
        url = "{inbox.address}/"
        [alerts.channels.c]
        type = "pagerduty"
        routing_key = "not-a-real-key-not-a-real-key-00"
        url = "{inbox.address}/"
        """
    )
    settings = load_settings(file, {})
    for inside, refused in (((), 3), (("127.0.0.0/8",), 0)):
        channels = open_all(settings.alerts.channels, lambda: pytest.fail("no brokers"), inside)
        found = 0
        for channel in channels:
            with closing(channel._peer) as peer:  # type: ignore[attr-defined]
                try:
                    peer.post(b"{}", {}, NOW)
                except ServerError as error:
                    found += "private address" in error.problem
        assert found == refused


def test_the_heartbeat_and_a_provider_of_log_ins_too(inbox: Inbox, capsys: pytest.CaptureFixture[str]) -> None:
    store: Any = SimpleNamespace()
    Heartbeat(inbox.address, timedelta(minutes=1), lambda: 0, lambda: 0, ()).turn(store)
    assert "private address 127.0.0.1" in capsys.readouterr().out
    Heartbeat(inbox.address, timedelta(minutes=1), lambda: 0, lambda: 0, LOOPBACK).turn(store)
    with pytest.raises(ServerError, match="private address 127"):
        Asker(own="login.example.org").get(f"{inbox.address}/jwks")
    assert len(inbox.asked) == 1
    with pytest.raises(ServerError, match="JSON"):
        Asker(own="127.0.0.1").get(f"{inbox.address}/jwks")


def test_not_even_the_provider_itself_is_of_the_link() -> None:
    guard = Guard((), own="metadata")
    assert guard.allows("10.1.2.3", own=True)
    for address in ("169.254.169.254", "::ffff:169.254.169.254", "fe80::1"):
        assert not guard.allows(address, own=True)


def test_a_proxy_gets_no_address_that_is_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "proxy.example:3128")
    monkeypatch.setenv("no_proxy", "inside.example")
    assert proxy_of("https://hooks.example/x") == "http://proxy.example:3128"
    assert proxy_of("https://inside.example/x") == ""
    guard = Guard()
    guard.check_written("hooks.example")
    for host in ("169.254.169.254", "2852039166", "localhost", "::1"):
        with pytest.raises(InsideError):
            guard.check_written(host)
