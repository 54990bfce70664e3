"""Addresses of those who ask, and whose word is taken for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network


def networks(written: Iterable[str]) -> tuple[Network, ...]:
    """Addresses and networks, as networks."""
    return tuple(ip_network(one, strict=False) for one in written)


def client_of(address: str) -> str:
    """What limits are kept by: an address of IPv4, or the network of 64 bits that one customer of IPv6 has."""
    found = _parsed(address)
    if found is None:
        return address[:64]
    return str(ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


def is_among(address: str, among: Collection[Network]) -> bool:
    """Whether an address, or all of the network that `client_of` made of it, is in one of these."""
    found = _parsed(address.partition("/")[0])
    return found is not None and any(found.version == one.version and found in one for one in among)


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address, or asks from it."""
    found = _parsed(address)
    return found is not None and found.is_loopback


def is_everywhere(address: str) -> bool:
    """Whether what listens there is reached by all addresses of this machine."""
    found = _parsed(address)
    return found is not None and found.is_unspecified


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    """Also one of IPv4 as IPv6 writes it."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
