"""The socket that the service listens on, and the signals that it listens for."""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_network
from threading import Event
from types import FrameType

import structlog
import uvicorn
from starlette.types import ASGIApp

from detector.errors import UsageError
from detector.serving.certificate import Pair, Renewed
from detector.serving.clients import is_everywhere, is_loopback, networks
from detector.serving.exposure import Exposure, called, exposure, resolved
from detector.serving.handshakes import MOST, CountingSocket, Handshakes
from detector.serving.protocol import Patience, PatientConfig, PatientProtocol
from detector.settings import Settings

log = structlog.get_logger("drainwatch.service")

_LAST_ANSWERS = 10
"""Seconds in which answers that were begun have to arrive once it is told to stop."""
_HANDSHAKE = 10.0
"""Seconds in which TLS has to be agreed on."""
_KEPT_ALIVE = 20
"""Seconds for which a connection is kept for another request."""
_LONGEST_HEAD = 32 * 1024
"""Bytes of a request's first line and headers that are waited for."""
_OTHER_FILES = 200 + MOST
"""File descriptors that aren't for connections: logs, the store, other servers, and where TLS isn't agreed on."""


class Server(uvicorn.Server):
    """Calls `ending` when it is told to stop, before it waits for answers that were begun: some go on until then."""

    def __init__(self, config: uvicorn.Config, ending: Callable[[], None]) -> None:
        super().__init__(config)
        self._ending = ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does, but it waits less long for who begins to speak TLS."""
        if self.config.is_ssl:
            loop = asyncio.get_running_loop()
            loop.create_server = partial(loop.create_server, ssl_handshake_timeout=_HANDSHAKE)  # type: ignore[method-assign]
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does."""
        self._ending()
        await super().shutdown(sockets)


@dataclass(frozen=True, slots=True)
class Listener:
    """Where the service listens, and how."""

    socket: CountingSocket
    exposure: Exposure
    tls: Renewed | None
    name: str = ""
    """By which people reach it; empty where nobody said one."""

    @property
    def is_here(self) -> bool:
        """Whether only this machine reaches it."""
        return is_loopback(self.socket.getsockname()[0])

    @property
    def is_everywhere(self) -> bool:
        """Whether it listens on all addresses of this machine."""
        return is_everywhere(self.socket.getsockname()[0])

    @property
    def address(self) -> str:
        """Where a browser finds it: on all addresses by the name that its certificate is for, else on this machine."""
        host, port = self.socket.getsockname()[:2]
        if self.is_everywhere:
            host = self.name if self.tls and self.name else "::1" if host == "::" else "127.0.0.1"
        return f"{'https' if self.tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}/"

    def server(self, app: ASGIApp, settings: Settings, ending: Callable[[], None]) -> Server:
        """What serves the application here; `ending` as `Server` has it."""
        tls = self.tls
        config = PatientConfig(
            app,
            http=PatientProtocol,
            ws="none",
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=False,  # the application sees to them itself
            timeout_keep_alive=_KEPT_ALIVE,
            timeout_graceful_shutdown=_LAST_ANSWERS,
            h11_max_incomplete_event_size=_LONGEST_HEAD,
            ssl_context_factory=None if tls is None else lambda _config, _make: tls.context,
        )
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = min(settings.service.connections, max(files - _OTHER_FILES, 10))
        config.patience = Patience(most, networks(settings.service.trusted_proxies))
        self.socket.handshakes = config.handshakes = Handshakes()
        return Server(config, ending)


@contextmanager
def listening(settings: Settings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Iterator[Listener]:
    """The address in the settings. Raises `UsageError` where it can't be listened on, or is open to anybody."""
    service = settings.service
    family, where = resolved(service.host, service.port)
    seen = exposure(settings, where[0])
    tls = None
    if service.tls_cert_file is not None and service.tls_key_file is not None:
        tls = Renewed(Pair(service.tls_cert_file, service.tls_key_file), now)
    # Of a socket that isn't said to be TCP's asyncio doesn't turn off Nagle's algorithm: each answer on a connection
    # that is kept would wait 40 ms for the other side to acknowledge its headers.
    with CountingSocket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(where)
            listener.listen(128)
        except OSError as error:
            advice = "Choose another one with --port (0 takes a free one), or end what uses it."
            raise UsageError(
                f"Can't listen on {service.host}:{service.port}: {error.strerror or error}.", advice
            ) from error
        yield Listener(listener, seen, tls, next(iter(called(settings)), ""))


def tell(listener: Listener, settings: Settings) -> None:
    """Log who can come in."""
    how = {"address": listener.address, "everywhere": listener.is_everywhere, "tls": listener.tls is not None}
    if listener.exposure is Exposure.PROXY:
        advice = "Nobody has to log in here: the proxy has to see to that. access.required has drainwatch do it itself."
        log.warning(listener.exposure, **how, advice=advice)
    else:
        log.info(listener.exposure, **how)
    service = settings.service
    if service.behind_proxy and not listener.is_here and all(map(_is_here, service.trusted_proxies)):
        advice = "Name its address in service.trusted_proxies: until then all who come by it are taken for one client."
        log.warning("no proxy on another machine is trusted", advice=advice)


def _is_here(network: str) -> bool:
    return ip_network(network).is_loopback


class Stopping:
    """What SIGTERM and SIGINT end: whatever looks at `stop`, and the server, once there is one."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop
        self._server: uvicorn.Server | None = None

    def serve(self, server: uvicorn.Server) -> None:
        """From now on there is a server; it ends at once where the signal was there before."""
        self._server = server
        server.should_exit = self._stop.is_set()

    def note(self, _signal: int, _frame: FrameType | None) -> None:
        """A signal came."""
        self._stop.set()
        if self._server is not None:
            self._server.should_exit = True


@contextmanager
def stopping(stop: Event) -> Iterator[Stopping]:
    """Let SIGTERM and SIGINT end all properly, from before anything is opened on.

    uvicorn takes the signals over while it serves, and raises them again when it has shut down.
    """
    told = Stopping(stop)
    before = {number: signal.signal(number, told.note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
