"""Nobody gets in by accident: what is open stays on this machine."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import httpx2
import pytest
import trustme

from detector.errors import UsageError
from detector.listening import listening
from detector.serving.exposure import Exposure, called
from detector.settings.load import load_settings
from tests import loops
from tests.serving.running import Certified, service


def exposed(folder: Path, **said: str) -> Exposure:
    environ = {f"DRAINWATCH_{name.upper()}": value for name, value in {"service__port": "0", **said}.items()}
    with listening(load_settings(None, environ)) as listener:
        return listener.exposure


def test_an_answer_on_a_connection_that_is_kept_waits_for_no_acknowledgement() -> None:
    async def undelayed(listener: socket.socket) -> int:
        found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            own: socket.socket = writer.get_extra_info("socket")
            found.set_result(own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        async with await asyncio.start_server(connected, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname()[:2])
            said = await asyncio.wait_for(found, 10)
            writer.close()
            await writer.wait_closed()
            return said

    with listening(load_settings(None, {"DRAINWATCH_SERVICE__PORT": "0"})) as listener:
        assert loops.run(undelayed(listener.socket)) == 1


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    certified = Certified(tmp_path_factory.mktemp("tls"), trustme.CA())
    return {"service__tls_cert_file": str(certified.cert), "service__tls_key_file": str(certified.key)}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "localhost", "::1", "::ffff:127.0.0.1"])
def test_on_this_machine_it_is_open(tmp_path: Path, host: str) -> None:
    assert exposed(tmp_path, service__host=host) is Exposure.OPEN_HERE
    assert exposed(tmp_path, service__host=host, access__required="true") is Exposure.LOG_IN


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "0", "::ffff:0.0.0.0"])
def test_elsewhere_it_refuses_to_be(tmp_path: Path, files: dict[str, str], host: str) -> None:
    for more, missing in (
        ({}, "nobody has to log in and it speaks no TLS"),
        ({"access__required": "true"}, "machines, and it speaks no TLS"),
        (files, "machines, and nobody has to log in."),
    ):
        with pytest.raises(UsageError) as refused:
            exposed(tmp_path, service__host=host, **more)
        assert missing in refused.value.problem
        for way in ("127.0.0.1", "access.required, service.tls_cert_file", "--behind-proxy"):
            assert way in refused.value.advice


def test_a_name_is_what_it_resolves_to(tmp_path: Path) -> None:
    own = socket.gethostname()
    address = socket.getaddrinfo(own, 0, type=socket.SOCK_STREAM)[0][4][0]
    if str(address).startswith("127.") or address == "::1":
        assert exposed(tmp_path, service__host=own) is Exposure.OPEN_HERE
    else:
        with pytest.raises(UsageError, match=own):
            exposed(tmp_path, service__host=own)
    with pytest.raises(UsageError, match=r"nowhere\.invalid.* has no address"):
        exposed(tmp_path, service__host="nowhere.invalid")


def test_the_three_ways_out(tmp_path: Path, files: dict[str, str]) -> None:
    anywhere = {"service__host": "0.0.0.0"}
    assert exposed(tmp_path, **anywhere, access__required="true", **files) is Exposure.LOG_IN
    assert exposed(tmp_path, **anywhere, service__behind_proxy="true") is Exposure.PROXY
    assert exposed(tmp_path, **anywhere, service__behind_proxy="true", access__required="true") is Exposure.LOG_IN


def test_what_is_started_says_who_can_come_in(tmp_path: Path) -> None:
    with service(tmp_path) as running:
        assert "open to everybody on this machine" in running.said()
        with closing(HTTPConnection("127.0.0.1", running.port, timeout=30)) as connection:
            for method in ("HEAD", "GET"):  # on one connection: a body after HEAD would be taken for the next answer
                connection.request(method, "/healthz")
                answer = connection.getresponse()
                assert (answer.status, bool(answer.read())) == (200, method == "GET")
    with service(tmp_path, "--host", "0.0.0.0", "--behind-proxy") as running:
        assert "the proxy has to see to that" in running.said()
        assert f"drainwatch is at http://127.0.0.1:{running.port}/ (on all addresses)\n" in running.said()
        assert httpx2.get(f"{running.address}healthz").status_code == 200


def test_the_address_that_is_said_can_be_opened(files: dict[str, str]) -> None:
    def said(**settings: str) -> str:
        environ = {f"DRAINWATCH_{name.upper()}": value for name, value in {"service__port": "0", **settings}.items()}
        with listening(load_settings(None, environ)) as listener:
            return listener.address.replace(str(listener.socket.getsockname()[1]), "PORT")

    open_here, names = {"access__required": "true", **files}, {"service__host_names": "watch.example.org,w"}
    assert said(service__host="0.0.0.0", **open_here) == "https://127.0.0.1:PORT/"
    assert said(service__host="0.0.0.0", **open_here, **names) == "https://watch.example.org:PORT/"
    assert said(service__host="0.0.0.0", **open_here, alerts__page="https://page.org/").startswith("https://page.org:")
    assert said(service__host="::", **open_here) == "https://[::1]:PORT/"
    assert said(service__host="::ffff:0.0.0.0", **open_here) == "https://127.0.0.1:PORT/"
    assert said(service__host="127.0.0.1", **names) == "http://127.0.0.1:PORT/"
    # The name leads to the proxy.
    assert said(service__host="0.0.0.0", service__behind_proxy="true", **names) == "http://127.0.0.1:PORT/"


def test_it_answers_by_the_name_where_people_reach_the_page(tmp_path: Path) -> None:
    config = tmp_path / "drainwatch.toml"
    config.write_text(
        '[alerts]\npage = "https://Watch.example.org:8443/x"\n[service]\nhost_names = ["Other.example.org"]\n'
    )
    assert called(load_settings(config, {})) == ("watch.example.org", "other.example.org")
    assert called(load_settings(None, {})) == ()
    with service(tmp_path, "--config", str(config)) as running:
        for host, status in {"watch.example.org": 200, "elsewhere.example.org": 403}.items():
            assert httpx2.get(f"{running.address}healthz", headers={"Host": host}).status_code == status


@pytest.mark.parametrize("command", ["run", "demo"])
def test_every_command_that_serves_refuses(tmp_path: Path, command: str) -> None:
    with service(tmp_path, "--host", "0.0.0.0", command=command, refused=True) as running:
        assert running.process.wait(30) == 2
        assert running.said().strip().splitlines()[-1].startswith("drainwatch: 0.0.0.0 can be reached from other")
        assert not (tmp_path / "demo-data").exists()
