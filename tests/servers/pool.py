"""The servers of one test session: each is started when the first test asks for it, and serves all that follow."""

from __future__ import annotations

from collections.abc import Iterable

from tests.servers.elasticsearch import Server


class Pool:
    """Servers by version."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self._wanted = tuple(wanted)
        """Versions that will be asked for: they are started together, because each takes its time."""
        self._servers: dict[str, Server] = {}
        self._up: set[str] = set()

    def get(self, version: str) -> Server:
        """The server of that version, answering. Raises `MissingError` where something has to be installed first."""
        for each in (version, *self._wanted):
            if each not in self._servers:
                self._servers[each] = server = Server(each)
                server.start()
        server = self._servers[version]
        if version not in self._up:
            server.wait()
            self._up.add(version)
        return server

    def close(self) -> None:
        """End all of them."""
        for server in self._servers.values():
            server.close()
