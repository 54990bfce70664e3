"""Counts what was refused by address: whoever tries too often waits, and the log says so once a minute."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock

MOST = 10
"""Wrong tokens from one address in a minute; of more it is told to wait."""
MINUTE = 60.0
_ADDRESSES = 10_000
"""That are remembered: the oldest are forgotten."""


@dataclass
class _Seen:
    since: float
    times: int


class Failures:
    """Usable from several threads. `monotonic` gives seconds that only grow."""

    def __init__(self, monotonic: Callable[[], float], most: int = MOST) -> None:
        self._monotonic, self._most = monotonic, most
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self._lock = Lock()

    def add(self, key: str) -> int:
        """Count one more; how many it are in the minute that began with the first."""
        now = self._monotonic()
        with self._lock:
            seen = self._seen.get(key)
            if seen is None or now - seen.since >= MINUTE:
                self._seen.pop(key, None)
                seen = self._seen[key] = _Seen(now, 0)
                while len(self._seen) > _ADDRESSES:
                    self._seen.popitem(last=False)
            seen.times += 1
            return seen.times

    def wait(self, key: str) -> float:
        """Seconds until the next one is looked at; 0 where that is now."""
        now = self._monotonic()
        with self._lock:
            seen = self._seen.get(key)
            if seen is None or seen.times < self._most:
                return 0.0
            return max(0.0, seen.since + MINUTE - now)


def neighbourhood(address: str) -> str:
    """What addresses are counted by: of IPv6 the network of a customer, who has all addresses of it.

    >>> [neighbourhood(one) for one in ("10.0.0.7", "2001:db8:1:2:3::4", "::ffff:10.0.0.7", "testclient")]
    ['10.0.0.7', '2001:db8:1:2::/64', '10.0.0.7', 'testclient']
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ip_network((found, 64), strict=False))
    return str(found)
