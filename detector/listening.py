"""The socket that the service listens on, and the signals that it listens for."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType

import uvicorn

from detector.errors import UsageError
from detector.settings import Settings


class Server(uvicorn.Server):
    """Calls `ending` when it is told to stop, before it waits for answers that were begun: some go on until then."""

    def __init__(self, config: uvicorn.Config, ending: Callable[[], None]) -> None:
        super().__init__(config)
        self._ending = ending

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does."""
        self._ending()
        await super().shutdown(sockets)


@contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """The socket of the address in the settings. Raises `UsageError` where it can't be listened on."""
    host, port = settings.service.host, settings.service.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(128)
        except OSError as error:
            advice = "Choose another one with --port (0 takes a free one), or end what uses it."
            raise UsageError(f"Can't listen on {host}:{port}: {error.strerror or error}.", advice) from error
        yield listener


@contextmanager
def stopping(stop: Event, server: uvicorn.Server) -> Iterator[None]:
    """Let SIGTERM and SIGINT end the server, also before it listens for them itself.

    uvicorn takes the signals over while it serves, and raises them again when it has shut down.
    """

    def note(_signal: int, _frame: FrameType | None) -> None:
        stop.set()
        server.should_exit = True

    before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def address(listener: socket.socket) -> str:
    """Where a browser finds it."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
