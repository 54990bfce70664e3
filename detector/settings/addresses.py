"""Which addresses something may be sent to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")


def is_loopback(address: str) -> bool:
    """Whether it leads to this machine."""
    try:
        return _LOOPBACK.fullmatch(urlsplit(address).hostname or "") is not None
    except ValueError:
        return False


def address_problem(address: str, *, plain: bool = False) -> str:
    """Why nothing is to be sent there, as the end of a sentence without the address; empty where it may be.

    `plain`: also over the network without TLS.
    """
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return "should be an address such as https://example.org/path"
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s\x00-\x1f\x7f]", address):
        return "should be an address such as https://example.org/path"
    if parts.username is not None:
        return "should hold no user name before the @"
    if parts.scheme == "http" and not plain and not is_loopback(address):
        return "should begin with https://: whoever reads it on its way could use it"
    return ""
