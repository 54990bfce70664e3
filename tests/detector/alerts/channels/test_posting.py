"""How a peer is reached: with its certificate checked, through a proxy where there is one, never for ever."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Timer

import pytest
import trustme

from detector.alerts.channels.posting import Peer, retry_after
from detector.errors import ServerError
from tests.detector.alerts.channels.notices import NOW
from tests.servers.inbox import Inbox, Reply


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox(lambda _: Reply()) as opened:
        yield opened


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Inbox]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with Inbox(lambda _: Reply(), tls=context) as opened:
        yield opened


def test_a_certificate_that_is_trusted_is_taken(secure: Inbox, tmp_path: Path) -> None:
    with closing(Peer("Peer", secure.address, ca_file=str(tmp_path / "ca.pem"))) as peer:
        assert peer.post(b"{}", {}, NOW).text == "ok"


def test_one_that_is_not_trusted_is_refused_and_nothing_is_sent(secure: Inbox) -> None:
    said = r"Peer shows a certificate that isn't trusted\. Set ca_file to what has"
    with closing(Peer("Peer", secure.address)) as peer, pytest.raises(ServerError, match=said):
        peer.post(b"{}", {}, NOW)
    assert secure.asked == []


def test_a_redirect_is_not_followed(inbox: Inbox) -> None:
    inbox.then(Reply(307, b"", {"Location": f"{inbox.address}/elsewhere"}))
    with closing(Peer("Peer", inbox.address)) as peer, pytest.raises(ServerError, match="it is elsewhere now"):
        peer.post(b"{}", {}, NOW)
    assert len(inbox.asked) == 1


def test_a_proxy_of_the_environment_is_used(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", inbox.address)
    with closing(Peer("Peer", "http://hooks.invalid/in")) as peer:
        peer.post(b"{}", {}, NOW)
    assert inbox.taken[0].path == "http://hooks.invalid/in"


def test_a_name_without_an_address_is_said() -> None:
    with closing(Peer("Peer", "http://hooks.invalid/in")) as peer, pytest.raises(ServerError, match="can't be found"):
        peer.post(b"{}", {}, NOW)


@pytest.mark.long
def test_a_peer_that_does_not_answer_is_given_up_for_now(inbox: Inbox) -> None:
    inbox.then(Reply(delay=30))
    begun = time.monotonic()
    with closing(Peer("Peer", inbox.address)) as peer, pytest.raises(ServerError, match="doesn't answer within 8 s"):
        peer.post(b"{}", {}, NOW)
    assert time.monotonic() - begun < 10


def test_an_answer_without_end_is_not_read_to_its_end(inbox: Inbox) -> None:
    inbox.then(Reply(200, b"x" * 5_000_000))
    with closing(Peer("Peer", inbox.address)) as peer:
        assert len(peer.post(b"{}", {}, NOW).text) == 200
        assert peer.post(b"{}", {}, NOW).text == "ok", "the connection is well afterwards, or another one is made"


def test_what_is_closed_is_not_asked_any_more(inbox: Inbox) -> None:
    peer = Peer("Peer", inbox.address, pace=30.0)
    peer.post(b"{}", {}, NOW)
    peer.close()
    begun = time.monotonic()
    with pytest.raises(ServerError, match="was not asked any more"):
        peer.post(b"{}", {}, NOW)
    assert time.monotonic() - begun < 1
    assert len(inbox.asked) == 1


def test_a_connection_that_is_closed_by_us_is_not_said_to_be_cut_by_the_peer(inbox: Inbox) -> None:
    inbox.then(Reply(delay=1.0))
    peer = Peer("Peer", inbox.address)
    timer = Timer(0.3, peer.close)
    timer.start()
    with pytest.raises(ServerError, match="had not answered yet"):
        peer.post(b"{}", {}, NOW)
    timer.join()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0", 1.0),
        ("-5", 1.0),
        ("2.5", 2.5),
        ("Sat, 21 Nov 2026 02:44:10 GMT", 60.0),
        ("Sat, 21 Nov 2026 02:40:10 -0000", 1.0),
        ("", 30.0),
        ("inf", 30.0),
        ("nan", 30.0),
        ("tomorrow", 30.0),
        ("Sat, 99 Nov 9999999 02:44:10 GMT", 30.0),
    ],
)
def test_how_long_it_asks_to_be_left_alone(header: str, seconds: float) -> None:
    assert retry_after(header, NOW) == seconds
    assert timedelta(seconds=retry_after(header, NOW))
