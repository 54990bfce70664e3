"""Cursors: where a page ended, as a text that goes into a URL and means nothing to whoever passes it on."""

from __future__ import annotations

import base64
import binascii

import msgspec

from detector.errors import UsageError


def encode_cursor(order: str, value: int | str, last: str) -> str:
    """The position after the item with this value and id, in a list of this kind and order."""
    return base64.urlsafe_b64encode(msgspec.json.encode((order, value, last))).decode().rstrip("=")


def decode_cursor(order: str, cursor: str) -> tuple[int | str, str]:
    """The value and id that were encoded. Raises `UsageError` for anything that isn't a cursor of this order."""
    try:
        text = base64.b64decode(cursor.encode() + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        found, value, last = msgspec.json.decode(text, type=tuple[str, int | str, str])
    except (binascii.Error, UnicodeError, RecursionError, msgspec.DecodeError):
        raise unreadable_cursor() from None
    if found != order:
        raise unreadable_cursor()
    return value, last


def unreadable_cursor() -> UsageError:
    """What there is to say about it."""
    return UsageError("The cursor can't be read.", "Take it as it came from the page before, or leave it out.")
