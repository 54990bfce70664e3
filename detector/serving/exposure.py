"""Whether the service may listen where it is told to.

Whoever reaches it may do what it lets them: without a log-in that is everything, and without TLS whoever is on the way
reads along. So beyond this machine it listens only where both are there, here or in a proxy that somebody vouches for.
"""

from __future__ import annotations

import socket
from enum import StrEnum
from urllib.parse import urlsplit

from detector.errors import UsageError
from detector.serving.clients import is_loopback
from detector.settings import Settings


class Exposure(StrEnum):
    """Who can come in, for the log."""

    OPEN_HERE = "open to everybody on this machine"
    LOG_IN = "who comes in has to log in"
    PROXY = "open to everybody whom the proxy in front lets in"


def called(settings: Settings) -> tuple[str, ...]:
    """The names by which it answers, in lower case: where people reach the page, and those of `service.host_names`."""
    page = urlsplit(settings.alerts.page).hostname
    return tuple(dict.fromkeys([*([page] if page else []), *settings.service.host_names]))


def resolved(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    """The one address to listen on. Raises `UsageError` where the name has none.

    It is looked up once: what is checked is what is listened on.
    """
    try:
        # No host at all would be every address there is, told by nothing.
        found = socket.getaddrinfo(host or "0.0.0.0", port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise UsageError(f"Can't listen on {host!r}: it has no address.", "Name one of this machine.") from error
    family, _, _, _, address = found[0]
    return family, (str(address[0]), int(address[1]))


def exposed(settings: Settings) -> Exposure:
    """Who can come in by the settings. Raises as `resolved` and `exposure`."""
    return exposure(settings, resolved(settings.service.host, settings.service.port)[1][0])


def exposure(settings: Settings, address: str) -> Exposure:
    """Who can come in at an address (no name) where the service is about to listen.

    Raises `UsageError` where that would be anybody, or where anybody could read along.
    """
    service, required = settings.service, settings.access.required
    if service.behind_proxy:
        return Exposure.LOG_IN if required else Exposure.PROXY
    if not is_loopback(address):
        missing = [] if required else ["nobody has to log in"]
        missing += [] if service.tls_cert_file else ["it speaks no TLS"]
        if missing:
            raise UsageError(
                f"{service.host or 'Every address'} can be reached from other machines, and {' and '.join(missing)}.",
                "Listen on 127.0.0.1; or set access.required, service.tls_cert_file and service.tls_key_file; or say "
                "--behind-proxy where a proxy in front does TLS and log-in.",
            )
    return Exposure.LOG_IN if required else Exposure.OPEN_HERE
