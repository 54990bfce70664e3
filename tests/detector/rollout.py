"""A namespace `shop` through a morning in which an image is rolled out, as Filebeat would write it down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from tests.detector.records import MINUTE, SECOND, START

ROLLED = 180
"""Minute of the roll-out."""
MINUTES = 240
USUAL = ("cart opened by user {}", "item {} added to cart", "price of {} asked for", "session {} renewed")
NEW = "retry {} of payment gateway after 503"
GONE = "legacy discount table row {} read"
MORE = "cache miss for key {}"


def write_rollout(folder: Path, *, rolled: int = ROLLED, minutes: int = MINUTES, seed: int = 3) -> Path:
    """An NDJSON file, its lines in the order of time."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "shop.ndjson"
    file.write_text("".join(json.dumps(document) + "\n" for document in documents(rolled, minutes, seed)))
    return file


def documents(rolled: int, minutes: int, seed: int) -> Iterator[dict[str, object]]:
    """As Filebeat makes them with the metadata of Kubernetes."""
    rng = np.random.default_rng(seed)
    for minute in range(minutes):
        is_new = minute >= rolled
        load = rng.gamma(10, 0.1)
        rates = dict.fromkeys(USUAL, 6.0) | {MORE: 9.0 if is_new else 3.0}
        rates |= {NEW: 2.0} if is_new else {GONE: 3.0}
        lines = [text for text, rate in rates.items() for _ in range(rng.poisson(rate * load))]
        rng.shuffle(lines)
        for second, text in zip(np.sort(rng.uniform(0, 60, len(lines))), lines, strict=True):
            yield document(minute * 60 + float(second), text.format(rng.integers(1_000_000)), is_new=is_new)


def document(second: float, message: str, *, is_new: bool) -> dict[str, object]:
    """One line of the deployment `cart`."""
    tag, revision = ("1.5", "6f7c8d9b4") if is_new else ("1.4", "7d9c5b6f4")
    pod = f"cart-{revision}-x2x9p"
    time = datetime.fromtimestamp(START // SECOND + round(second, 3), UTC)
    return {
        "@timestamp": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "message": f"INFO {message}",
        "stream": "stdout",
        "log": {
            "file": {"path": f"/var/log/containers/{pod}_shop_cart-{'ab' * 32}.log"},
            "offset": round(second * 1e3),
        },
        "kubernetes": {
            "namespace": "shop",
            "pod": {"name": pod},
            "container": {"name": "cart"},
            "deployment": {"name": "cart"},
            "labels": {"pod-template-hash": revision},
        },
        "container": {"image": {"name": f"registry.example/shop/cart:{tag}"}},
    }


def at(minute: float) -> int:
    """Microseconds UTC of a minute of the morning."""
    return START + round(minute * MINUTE)
