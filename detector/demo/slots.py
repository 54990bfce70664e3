"""Fills the slots of a statement: `{order}`, `{ms}`, …, from the random numbers that it is given."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from random import Random
from string import Formatter

_PRODUCTS = ("lamp", "kettle", "desk", "chair", "rug", "mirror", "vase", "clock", "shelf", "quilt")
_CITIES = ("Lisbon", "Oslo", "Turin", "Ghent", "Riga", "Graz", "Porto", "Lyon")
_NAMES = ("ana", "bo", "chen", "dita", "emil", "fay", "gus", "hana", "ivo", "jun")
_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X)",
    "kube-probe/1.34",
)


def _hex(digits: int) -> Callable[[Random], str]:
    return lambda rng: f"{rng.getrandbits(4 * digits):0{digits}x}"


def _whole(low: int, high: int) -> Callable[[Random], str]:
    return lambda rng: str(int(low + (high - low) * rng.random()))


def _one_of(words: tuple[str, ...]) -> Callable[[Random], str]:
    return lambda rng: words[int(len(words) * rng.random())]


def _uuid(rng: Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


SLOTS: dict[str, Callable[[Random], str]] = {
    "order": lambda rng: f"ord-{rng.randrange(10**5, 10**6)}",
    "customer": lambda rng: f"c{rng.randrange(10**4, 10**5)}",
    "sku": lambda rng: f"{_PRODUCTS[rng.randrange(10)]}-{rng.randrange(100, 999)}",
    "product": _one_of(_PRODUCTS),
    "city": _one_of(_CITIES),
    "mail": lambda rng: f"{_NAMES[rng.randrange(10)]}{rng.randrange(100)}@example.com",
    "agent": _one_of(_AGENTS),
    "trace": _hex(32),
    "span": _hex(16),
    "payment": _uuid,
    "video": _hex(12),
    "sha": _hex(40),
    "client": lambda rng: f"10.{rng.randrange(4)}.{rng.randrange(256)}.{rng.randrange(1, 255)}",
    "peer": lambda rng: f"10.96.{rng.randrange(4)}.{rng.randrange(1, 255)}",
    "port": _whole(30_000, 60_000),
    "pid": _whole(40, 900),
    "ms": lambda rng: str(1 + int(rng.lognormvariate(3.2, 0.7))),
    "slow": lambda rng: str(2_000 + int(rng.lognormvariate(6.5, 0.6))),
    "seconds": lambda rng: f"{rng.lognormvariate(0.3, 0.5):.2f}",
    "n": _whole(1, 40),
    "few": _whole(1, 6),
    "many": _whole(200, 9_000),
    "bytes": _whole(180, 48_000),
    "percent": _whole(1, 100),
    "amount": lambda rng: f"{rng.lognormvariate(3.6, 0.8):.2f}",
    "score": lambda rng: f"{rng.random():.3f}",
    # Longer than the 16 KiB at which container runtimes split a line.
    "blob": lambda rng: " ".join(f"seg={n:04d}:{rng.getrandbits(48):012x}" for n in range(900)),
}

# Within one request these mean the same thing in every line.
_OF_THE_REQUEST = frozenset({"order", "customer", "sku", "trace", "payment", "video", "client", "amount", "product"})


@lru_cache(maxsize=4_096)
def _parts(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((literal, slot or "") for literal, slot, _, _ in Formatter().parse(text))


def fill(text: str, rng: Random, request: dict[str, str]) -> str:
    """The text with its slots filled; what belongs to the request is taken from, or added to, `request`."""
    filled: list[str] = []
    for literal, slot in _parts(text):
        filled.append(literal)
        if not slot:
            continue
        value = request.get(slot) or SLOTS[slot](rng)
        if slot in _OF_THE_REQUEST:
            request[slot] = value
        filled.append(value)
    return "".join(filled)
