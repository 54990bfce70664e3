"""Writes the container logs of a small namespace, an hour and more of them, with a fault near the end."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from tests.detector.records import MINUTE, SECOND, START

LEARNED = 70
"""Minutes before the fault."""
FAULT = range(LEARNED + 20, LEARNED + 25)
MINUTES = LEARNED + 40
ID = "0" * 64


def write_logs(folder: Path, *, seed: int = 1, minutes: int = MINUTES) -> Path:
    """Two pods of namespace `shop`.

    `web`, which takes requests, and `cart`, which can't reach its database in `FAULT`.
    """
    chance = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    lines: dict[str, list[tuple[int, str]]] = {"web-7d9c5b6f4-abcde_shop_web": [], "cart-0_shop_cart": []}
    web, cart = lines.values()
    for minute in range(minutes):
        for _ in range(chance.poisson(12)):
            at = START + minute * MINUTE + int(chance.integers(60 * SECOND))
            item, user, host = chance.integers(10**6), chance.integers(10**4), chance.integers(250)
            web.append((at, f"INFO request {item} served in {user % 90} ms"))
            cart.append((at + 900, f"INFO added item {item} to cart of user {user}"))
            if minute in FAULT and chance.random() < 0.5:
                cart.append((at + 1_000, f"ERROR database at 10.0.0.{host}:5432 refused the connection"))
    for name, own in lines.items():
        text = "".join(f"{_rfc3339(at)} stdout F {message}\n" for at, message in sorted(own))
        (folder / f"{name}-{ID}.log").write_text(text)
    return folder


def minute(at: int) -> int:
    """Which minute of the logs a time is in."""
    return (at - START) // MINUTE


def _rfc3339(at: int) -> str:
    whole = datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{at % SECOND:06d}000Z"
