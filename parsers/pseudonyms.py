"""What stands for a value that was masked: its kind alone, or also a name that is the same wherever the value comes up.

Such a name is a keyed hash (HMAC-SHA-256, RFC 2104), cut to 64 bits: whoever lacks the key can't find out which value
it is by trying all there are, which without one takes seconds for telephone numbers and addresses of machines.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Collection

Mark = Callable[[str, str], str]
"""Gives what stands for a value of a kind: `("EMAIL", "a@example.org")` to `<EMAIL>`."""
KINDS = ("EMAIL", "IP", "PHONE", "IBAN", "CARD", "TOKEN", "SECRET")
"""Of `parsers.redaction`."""
LEAST_KEY = 32
"""Bytes; as long as the hash."""
_DIGITS = str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst")
"""No vowels and no figures: a name is never taken for a word, a number or an address, by us or by whoever reads on."""
_LENGTH = 16
_SPACING = re.compile(r"[\s()./-]")


def plain(name: str, _value: str) -> str:
    """The kind alone."""
    return f"<{name}>"


class Pseudonyms:
    """Marks values of these kinds by a name of their own, and all others by their kind alone.

    The same key gives the same names. Raises `ValueError` with a sentence for the reader where the key is too short.
    """

    def __init__(self, kinds: Collection[str], key: bytes) -> None:
        if len(key) < LEAST_KEY:
            raise ValueError(
                f"The key of parsing.pseudonyms has {len(key)} characters, and {LEAST_KEY} are the least: "
                "make one with `openssl rand -hex 32`."
            )
        self._kinds, self._key = frozenset(kinds), key

    def __call__(self, name: str, value: str) -> str:
        """`<EMAIL:kqtbdfghnmcrpslj>`; the same however the value is written: in capitals, with or without spaces."""
        if name not in self._kinds:
            return plain(name, value)
        digest = hmac.new(self._key, f"{name}\0{_same(name, value)}".encode("utf-8", "surrogatepass"), hashlib.sha256)
        return f"<{name}:{digest.hexdigest()[:_LENGTH].translate(_DIGITS)}>"


def unknown(kinds: Collection[str], own: Collection[str]) -> str:
    """What there is to say of the first of these kinds that is no mask, be it one of the reader's own; else nothing."""
    for name in kinds:
        if name not in KINDS and name not in own:
            return f"parsing.pseudonyms names {name}, which is no mask: take of {', '.join((*KINDS, *own))}."
    return ""


def _same(name: str, value: str) -> str:
    if name in {"PHONE", "IBAN", "CARD"}:
        value = _SPACING.sub("", value)
    # Tokens and secrets are others in capitals.
    return value if name in {"TOKEN", "SECRET"} else value.casefold()
