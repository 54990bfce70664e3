"""Connections to addresses that somebody set: they lead out into the internet, never to what stands behind the door.

A webhook is an address that a service inside asks on behalf of whoever wrote it down: of the cloud's metadata, of the
node, of a database (https://owasp.org/www-community/attacks/Server_Side_Request_Forgery). So private addresses are
refused unless the settings allow their networks. A name is resolved once, and what was checked is what is connected to:
one that changes its mind meanwhile (DNS rebinding) gains nothing. TLS and `Host` go by the name as ever.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Collection, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore2
import httpx2

Network = IPv4Network | IPv6Network
_NAT64 = ip_network("64:ff9b::/96")
_ODD = tuple(map(ip_network, ("192.0.0.0/24", "fec0::/10")))
"""What Python doesn't count: of protocols (a cloud's metadata is at 192.0.0.192), and the local ones of old."""


class InsideError(Exception):
    """An address is none to be sent to; says which."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address

    @property
    def problem(self) -> str:
        """The end of a sentence about who is there."""
        return f"is at the private address {self.address}, and nothing is sent to those"


def is_inside(address: IPv4Address | IPv6Address) -> bool:
    """Whether it isn't one of the internet: private, of this machine or link, shared, multicast, or reserved.

    One of IPv4 that is written into one of IPv6 (mapped, NAT64, 6to4, Teredo) is what counts.
    """
    if isinstance(address, IPv6Address) and (inner := _inner(address)):
        return any(map(is_inside, inner))
    odd = address.is_multicast or address.is_reserved or address.is_link_local
    return odd or any(address.version == one.version and address in one for one in _ODD) or not address.is_global


def _inner(address: IPv6Address) -> tuple[IPv4Address, ...]:
    if address.ipv4_mapped:
        return (address.ipv4_mapped,)
    if address.sixtofour:
        return (address.sixtofour,)
    if address.teredo:
        return address.teredo
    return (IPv4Address(int(address) & 0xFFFF_FFFF),) if address in _NAT64 else ()


def networks(written: Iterable[str]) -> tuple[Network, ...]:
    """Addresses and networks, as networks."""
    return tuple(map(ip_network, written))


class Guard(httpcore2.NetworkBackend):
    """Connects to addresses of the internet and of the networks that are allowed."""

    def __init__(self, allowed: Collection[Network] = (), own: str = "") -> None:
        """`own` is a host that may be inside, as somebody who runs drainwatch named it; but none of the link."""
        self._allowed, self._own, self._backend = allowed, own, httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """As httpcore has it. Raises `InsideError` where no address of a name may be connected to."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError("the name has no address") from error
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        may = [one for one in addresses if self.allows(one, own=bool(self._own) and host == self._own)]
        if not may:
            raise InsideError(addresses[0])
        for one in may[:-1]:
            try:
                return self._backend.connect_tcp(one, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return self._backend.connect_tcp(may[-1], port, timeout, local_address, socket_options)

    def allows(self, address: str, *, own: bool = False) -> bool:
        """Whether it may be connected to."""
        parsed = ip_address(address.partition("%")[0])
        forms = (parsed, *(_inner(parsed) if isinstance(parsed, IPv6Address) else ()))
        if any(form.version == one.version and form in one for form in forms for one in self._allowed):
            return True
        return not is_inside(parsed) or (own and not any(one.is_link_local or one.is_multicast for one in forms))

    def check_written(self, host: str) -> None:
        """Raises `InsideError` for an address that is written instead of a name, also as `inet_aton` reads it."""
        try:
            address = socket.inet_ntoa(socket.inet_aton(host))
        except OSError:
            address = host
        try:
            allowed = self.allows(address)
        except ValueError:  # a name
            allowed = host.lower().rstrip(".") != "localhost"
        if not allowed:
            raise InsideError(address)


class Outgoing(httpx2.BaseTransport):
    """A transport through the guard; or through the environment's proxy, which sees to where names lead."""

    def __init__(self, guard: Guard, verify: ssl.SSLContext | bool, limits: httpx2.Limits) -> None:
        self._guard, self._verify, self._limits = guard, verify, limits
        self._direct = _Guarded(guard, verify, limits)
        self._proxied: dict[str, httpx2.HTTPTransport] = {}

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """As httpx has it. Raises `InsideError` too."""
        proxy = proxy_of(str(request.url))
        if not proxy:
            return self._direct.handle_request(request)
        self._guard.check_written(request.url.host)
        if proxy not in self._proxied:
            self._proxied[proxy] = httpx2.HTTPTransport(verify=self._verify, limits=self._limits, proxy=proxy)
        return self._proxied[proxy].handle_request(request)

    def close(self) -> None:
        """Let go of all connections."""
        for transport in (self._direct, *self._proxied.values()):
            transport.close()


class _Guarded(httpx2.HTTPTransport):
    """httpx's own, whose pool connects through the guard: there is no other place to say so."""

    def __init__(self, guard: Guard, verify: ssl.SSLContext | bool, limits: httpx2.Limits) -> None:
        super().__init__(verify=verify, limits=limits)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(verify=verify),
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=guard,
        )


def proxy_of(url: str) -> str:
    """The proxy that the environment names for an address: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, not `NO_PROXY`."""
    parts, proxies = urlsplit(url), getproxies()
    if proxy_bypass(parts.hostname or ""):
        return ""
    proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
    return proxy if "://" in proxy or not proxy else f"http://{proxy}"
